//! The service levels: what is promised, of what, and how much may break it.

/// A promise about a share of requests or of events, over thirty days.
pub(super) struct ServiceLevel {
    /// The value of the label `service_level`.
    pub(super) name: &'static str,
    /// How alerts call it.
    pub(super) alert_name: &'static str,
    /// For people.
    pub(super) title: &'static str,
    /// The share that may break the promise.
    pub(super) budget: &'static str,
    /// Everything that counts, and the part of it that keeps the promise or breaks it.
    pub(super) measured: Measured,
}

/// How it is counted. Selectors are the counters of a histogram, without a range.
pub(super) enum Measured {
    /// `good` of `total` keep the promise.
    Good { good: String, total: String },
    /// `bad` of `total` break it.
    Bad { bad: String, total: String },
}

/// The bucket whose bound is the nearest below 300 ms, so that the alert is stricter than the promise.
pub(super) const READ_BOUND_S: &str = "0.25";
/// The same for 800 ms.
pub(super) const WRITE_BOUND_S: &str = "0.75";
/// Prometheus 3 writes whole bounds with a fraction.
const PUBLISH_BOUND_S: &str = "5([.]0)?";

const REQUESTS: &str = "http_server_request_duration_seconds";
const PUBLISHED: &str = "rollcall_event_publish_duration_seconds";

/// The four of them.
pub(super) fn all() -> [ServiceLevel; 4] {
    [
        ServiceLevel {
            name: "read-latency",
            alert_name: "RollcallReadLatency",
            title: "95 % of reads are answered within 300 ms",
            budget: "0.05",
            measured: answered_within("GET", READ_BOUND_S),
        },
        ServiceLevel {
            name: "write-latency",
            alert_name: "RollcallWriteLatency",
            title: "95 % of writes are answered within 800 ms",
            budget: "0.05",
            measured: answered_within("POST", WRITE_BOUND_S),
        },
        ServiceLevel {
            name: "publish-latency",
            alert_name: "RollcallPublishLatency",
            title: "95 % of events are published within 5 s of their commit",
            budget: "0.05",
            measured: Measured::Good {
                good: format!(r#"{PUBLISHED}_bucket{{job="rollcall",le=~"{PUBLISH_BOUND_S}"}}"#),
                total: format!(r#"{PUBLISHED}_count{{job="rollcall"}}"#),
            },
        },
        ServiceLevel {
            name: "availability",
            alert_name: "RollcallAvailability",
            title: "99.9 % of requests are not answered with a failure of the service (5xx)",
            budget: "0.001",
            measured: Measured::Bad {
                bad: format!(
                    r#"{REQUESTS}_count{{job="rollcall",http_route=~"/api/.*",http_response_status_code=~"5.."}}"#
                ),
                total: format!(r#"{REQUESTS}_count{{job="rollcall",http_route=~"/api/.*"}}"#),
            },
        },
    ]
}

/// A failure that comes quickly is not fast: what is answered 5xx counts for availability alone.
fn answered_within(method: &str, bound_s: &str) -> Measured {
    let requests = format!(
        r#"job="rollcall",http_request_method="{method}",http_route=~"/api/.*",http_response_status_code!~"5..""#
    );
    Measured::Good {
        good: format!(r#"{REQUESTS}_bucket{{{requests},le="{bound_s}"}}"#),
        total: format!("{REQUESTS}_count{{{requests}}}"),
    }
}
