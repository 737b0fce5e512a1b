//! What is told of the deletion of old events.

use super::{MetricDescription, MetricKind};

/// What went from the log.
pub const EVENT_LOG_PURGED_EVENTS: MetricDescription = MetricDescription {
    name: "rollcall.event_log.purged_events",
    prometheus_name: "rollcall_event_log_purged_events_total",
    kind: MetricKind::Counter,
    unit: "{event}",
    labels: &[],
    description: "Events that this process deleted from the log because they were old and had passed into their stream.",
};

/// What went from the streams.
pub const EVENT_STREAM_TRIMMED_ENTRIES: MetricDescription = MetricDescription {
    name: "rollcall.event_stream.trimmed_entries",
    prometheus_name: "rollcall_event_stream_trimmed_entries_total",
    kind: MetricKind::Counter,
    unit: "{entry}",
    labels: &[],
    description: "Entries that this process deleted from streams because they were old and every consumer group had done with them.",
};

/// How far back the log goes.
pub const EVENT_LOG_OLDEST_RETAINED_AGE: MetricDescription = MetricDescription {
    name: "rollcall.event_log.oldest_retained.age",
    prometheus_name: "rollcall_event_log_oldest_retained_age_seconds",
    kind: MetricKind::Gauge,
    unit: "s",
    labels: &[],
    description: "How long ago the oldest event of the log was committed that may be deleted one day; 0 while there is none.",
};
