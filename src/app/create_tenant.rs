//! `createTenant`: a new tenant, its first event, its first audit record.

use contract_runtime::{Affected, ProblemSet as _, Refusal, ServiceProblem, Subject, Written};

use super::failure::{BROKEN_NAME, name_violation};
use super::{Rollcall, Work, shapes};
use crate::contract::operations::{
    CreateTenantEvents, CreateTenantInput, CreateTenantProblem as Problem, CreateTenantResponse,
};
use crate::roster::{Name, Tenant};
use crate::telemetry::correlation_id;
use crate::tenancy::TenantId;

pub(super) async fn create_tenant(
    service: &Rollcall,
    work: &mut Work,
    input: CreateTenantInput,
) -> Result<Written<CreateTenantResponse, CreateTenantEvents>, Refusal<Problem>> {
    let environment = &service.parts.environment;
    let name = Name::parse(&input.body.name).map_err(|error| {
        Problem::ValidationFailed
            .because(BROKEN_NAME)
            .with_violations(&[name_violation(error)])
    })?;
    let tenant_id = TenantId(environment.new_id());
    let tenant = Tenant::create(tenant_id, name, input.body.region, environment.now());
    work.enter_new_tenant(tenant_id).await?;
    if !work.write.insert_tenant(&tenant).await? {
        let correlation_id = correlation_id().map(tracing::field::display);
        tracing::error!(correlation_id, "the id of a new tenant is not new");
        return Err(ServiceProblem::InternalError.into());
    }
    Ok(created(&tenant)?)
}

/// What follows from a tenant's creation.
pub(super) fn created(
    tenant: &Tenant,
) -> Result<Written<CreateTenantResponse, CreateTenantEvents>, ServiceProblem> {
    let tenant_id = tenant.tenant_id;
    let body = shapes::tenant(tenant);
    let data = shapes::tenant_provisioned(&body).ok_or(ServiceProblem::InternalError)?;
    let events = CreateTenantEvents {
        tenant_provisioned: Subject {
            subject: format!("tenants/{tenant_id}"),
            data,
        },
    };
    let response = CreateTenantResponse::Created {
        location: format!("/api/v1/tenants/{tenant_id}"),
        etag: shapes::entity_tag(tenant.version),
        body,
    };
    Ok(Written::new(
        response,
        events,
        Affected {
            entity_type: "tenant",
            entity_id: tenant_id.0,
        },
    ))
}
