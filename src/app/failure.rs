//! What a client learns of a failure: of the store, whose rest is logged here, once; and of a name that the contract lets through
//! and the domain does not.

use contract_runtime::{ProblemSet, Refusal, ServiceProblem, Violation};

use crate::roster::NameError;
use crate::store::{InternalDetail, StoreError};
use crate::telemetry::correlation_id;

impl From<StoreError> for ServiceProblem {
    fn from(error: StoreError) -> Self {
        log_failure(&error);
        match error {
            StoreError::Unavailable { .. } => Self::Unavailable {
                retry_after_seconds: 1,
            },
            _ => Self::InternalError,
        }
    }
}

impl<P: ProblemSet> From<StoreError> for Refusal<P> {
    fn from(error: StoreError) -> Self {
        Self::from(ServiceProblem::from(error))
    }
}

/// Logs a failure of the store with what only a log may read.
pub(super) fn log_failure(error: &StoreError) {
    let detail = error.detail().map_or("", InternalDetail::for_log);
    let correlation_id = correlation_id().map(tracing::field::display);
    if let StoreError::Unavailable { .. } = error {
        tracing::warn!(%error, detail, correlation_id, "the store is not available");
    } else {
        tracing::error!(%error, detail, correlation_id, "the store failed");
    }
}

/// What a client reads above the violation of a name.
pub(super) const BROKEN_NAME: &str = "The body breaks a rule of its schema.";

/// A name that breaks its schema only once it is normalised, told like any other violation.
pub(super) fn name_violation(error: NameError) -> Violation {
    Violation {
        pointer: "/name".to_owned(),
        keyword: error.keyword(),
        message: error.to_string(),
    }
}
