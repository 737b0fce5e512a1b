//! Recording rules: what alerts and dashboards share, computed once.

use serde_json::{Value, json};

use super::objectives::{Measured, ServiceLevel};

/// The windows over which the share of what breaks a promise is taken.
const WINDOWS: [&str; 7] = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];
/// The windows over which it is counted, too: a share of very few requests is no reason to wake anybody.
const COUNTED_WINDOWS: [&str; 4] = ["1h", "6h", "1d", "3d"];

/// The series that holds the share of what breaks a promise.
pub(super) fn share(window: &str) -> String {
    format!("rollcall:service_level_error:ratio_rate{window}")
}

/// The series that holds how many broke it.
pub(super) fn count(window: &str) -> String {
    format!("rollcall:service_level_error:increase{window}")
}

/// The series that holds how many events wait, each partition once however many processes report it.
pub(super) const BACKLOG: &str = "rollcall:event_log_backlog:sum";

/// All recording rules of one service level.
pub(super) fn of_service_level(level: &ServiceLevel) -> Vec<Value> {
    let shares = WINDOWS
        .iter()
        .map(|window| (share(window), level.measured.share(window)));
    let counts = COUNTED_WINDOWS
        .iter()
        .map(|window| (count(window), level.measured.count(window)));
    let rule =
        |(record, expr)| json!({ "record": record, "expr": expr, "labels": { "service_level": level.name } });
    shares.chain(counts).map(rule).collect()
}

/// The recording rules of the event log.
pub(super) fn of_event_log() -> Vec<Value> {
    let partitions =
        r#"max by (messaging_destination_partition_id) (rollcall_event_log_backlog{job="rollcall"})"#;
    vec![json!({ "record": BACKLOG, "expr": format!("sum({partitions})") })]
}

impl Measured {
    fn share(&self, window: &str) -> String {
        match self {
            Self::Good { good, total } => {
                format!("1 - sum(rate({good}[{window}])) / sum(rate({total}[{window}]))")
            }
            // Before the first failure there is no series of failures, and the share is nought all the same.
            Self::Bad { bad, total } => {
                format!("(sum(rate({bad}[{window}])) or vector(0)) / sum(rate({total}[{window}]))")
            }
        }
    }

    fn count(&self, window: &str) -> String {
        match self {
            Self::Good { good, total } => {
                format!("sum(increase({total}[{window}])) - sum(increase({good}[{window}]))")
            }
            Self::Bad { bad, .. } => format!("sum(increase({bad}[{window}])) or vector(0)"),
        }
    }
}
