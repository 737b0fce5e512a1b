//! `getTenant`: the tenant itself.

use contract_runtime::Refusal;

use super::{Admission, Rollcall, shapes};
use crate::contract::operations::{GetTenantProblem as Problem, GetTenantResponse};

pub(super) async fn get_tenant(
    service: &Rollcall,
    admission: &Admission,
) -> Result<GetTenantResponse, Refusal<Problem>> {
    let (read, tenant) = service.open_read(admission).await?;
    read.finish().await?;
    Ok(GetTenantResponse::Ok {
        etag: shapes::entity_tag(tenant.version),
        body: shapes::tenant(&tenant),
    })
}
