//! The demo tenant of a first start: decided and committed like one that a caller creates, with audit record and event.

use contract_runtime::{Outcome, RequestIdentity, Service as _, ServiceProblem};
use uuid::Uuid;

use super::{Admission, Rollcall, Work, create_tenant};
use crate::contract::operations::CREATE_TENANT;
use crate::http::auth::Caller;
use crate::roster::{Name, NameError, Tenant};
use crate::store::StoreError;
use crate::tenancy::{TenantContext, TenantId};

/// The name of the demo tenant.
pub const DEMO_TENANT_NAME: &str = "Demo School District";

/// Always the same id, so that the first call in the README is the same for everybody.
const DEMO_TENANT: Uuid = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0001);

/// Why there is no demo tenant.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The store did not take it.
    #[error("cannot create the demo tenant: {0}")]
    Store(#[from] StoreError),
    /// Its name is none.
    #[error("cannot create the demo tenant: its name {0}")]
    Name(#[from] NameError),
    /// It could not be committed; the log says why.
    #[error("cannot create the demo tenant; the log says why")]
    Commit,
}

impl From<ServiceProblem> for DemoError {
    fn from(_: ServiceProblem) -> Self {
        Self::Commit
    }
}

impl Rollcall {
    /// Creates the demo tenant where it is missing; its id. Of several processes that do so at once one creates it.
    pub async fn ensure_demo_tenant(&self) -> Result<TenantId, DemoError> {
        let tenant_id = TenantId(DEMO_TENANT);
        let context = TenantContext::checked(tenant_id);
        let transaction = self.parts.store.begin_write(context).await?;
        let now = self.parts.environment.now();
        let tenant = Tenant::create(tenant_id, Name::parse(DEMO_TENANT_NAME)?, None, now);
        if transaction.tenant().await?.is_some() || !transaction.insert_tenant(&tenant).await? {
            transaction.rollback().await?;
            return Ok(tenant_id);
        }
        let written = create_tenant::created(&tenant)?;
        let (response, events, affected) = written.into_parts();
        let outcome = Outcome {
            reply: response.into_reply().record(),
            events,
            affected,
        };
        let work = Work::of_the_service(transaction, &CREATE_TENANT, self.own_admission(context));
        _ = self.commit(work, outcome).await?;
        Ok(tenant_id)
    }

    /// The service as its own caller.
    fn own_admission(&self, context: TenantContext) -> Admission {
        let caller = Caller {
            subject: "rollcall".to_owned(),
            ..Caller::anonymous()
        };
        let identity = RequestIdentity {
            correlation_id: self.parts.environment.new_id(),
            causation_id: None,
            trace_id: "0".repeat(32),
            traceparent: String::new(),
        };
        Admission {
            caller,
            identity,
            context,
        }
    }
}
