//! What of an answer is counted.

use contract_runtime::Answered;
use poem::Response;

use crate::telemetry::metrics::{HttpMetrics, RequestMeasurement};

/// What an answer carries that was given before.
const REPLAYED_HEADER: &str = "idempotent-replayed";

/// Counts `response`, which ends `measurement`.
pub(super) fn answered(metrics: &HttpMetrics, measurement: RequestMeasurement<'_>, response: &Response) {
    if let Some(answered) = response.extensions().get::<Answered>() {
        if let Some(problem) = answered.problem {
            metrics.refused(problem.slug, Some(answered.operation.id));
        }
        if response.headers().contains_key(REPLAYED_HEADER) {
            metrics.replayed(answered.operation.id);
        }
    }
    measurement.answered(response.status().as_u16());
}
