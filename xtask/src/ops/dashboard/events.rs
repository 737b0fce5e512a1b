//! The row on the way of events: log, relay, broker.

use super::{HERE, Kind, Panel, Row, quantile, rate};
use crate::ops::recording::BACKLOG;

const PUBLISH: &str = "rollcall_event_publish_duration_seconds";
const BROKER: &str = "messaging_client_operation_duration_seconds";

pub(super) fn rows() -> Vec<Row> {
    let mut panels = numbers();
    panels.extend(curves());
    vec![Row {
        title: "Event log and relay",
        panels,
    }]
}

fn numbers() -> Vec<Panel> {
    let stat = |title, unit, expr: String, description| {
        Panel::new(Kind::Stat, title, unit, description).query(expr, "now")
    };
    let most = |metric: &str| format!("max({metric}{{{HERE}}})");
    vec![
        stat(
            "Broker",
            "none",
            format!(r#"min(rollcall_dependency_up{{{HERE},dependency="broker"}})"#),
            "1 where every relay gets answers from Redis.",
        )
        .limits(1.0, 0.5),
        stat(
            "Told of commits",
            "none",
            format!("min(rollcall_wakeup_up{{{HERE}}})"),
            "1 where every process hears of the others' commits at once; 0 where one finds them by its poll.",
        )
        .limits(1.0, 0.5),
        stat(
            "Oldest unpublished event",
            "s",
            most("rollcall_event_log_oldest_unpublished_age_seconds"),
            "How long it has been waiting. The promise is 5 s for 95 %.",
        )
        .limits(5.0, 60.0),
        stat(
            "Diverged partitions",
            "none",
            most("rollcall_relay_partitions_diverged"),
            "Streams that the log contradicts. They need a person.",
        )
        .limits(0.5, 1.0),
        stat(
            "Parked partitions",
            "none",
            most("rollcall_relay_partitions_parked"),
            "Streams to which Redis takes nothing.",
        )
        .limits(0.5, 1.0),
    ]
}

fn curves() -> Vec<Panel> {
    vec![
        Panel::new(Kind::TimeSeries, "Events that wait", "short", "In the log, and not yet in their stream.")
            .query(BACKLOG, "all")
            .query(
                format!(
                    "topk(5, max by (messaging_destination_partition_id) (rollcall_event_log_backlog{{{HERE}}}) > 0)"
                ),
                "partition {{messaging_destination_partition_id}}",
            ),
        Panel::new(Kind::TimeSeries, "From commit to stream", "s", "The promise is 95 % within 5 s.")
            .query(quantile("0.5", PUBLISH, "", HERE), "p50")
            .query(quantile("0.95", PUBLISH, "", HERE), "p95")
            .query(quantile("0.99", PUBLISH, "", HERE), "p99"),
        Panel::new(Kind::TimeSeries, "Published", "cps", "Events that Redis confirmed.")
            .query(rate("messaging_client_sent_messages_total", "instance", HERE), "{{instance}}"),
        Panel::new(Kind::TimeSeries, "Redis", "s", "95th percentile of what the relay asks of it.").query(
            quantile("0.95", BROKER, ", messaging_operation_name", HERE),
            "{{messaging_operation_name}}",
        ),
        Panel::new(
            Kind::TimeSeries,
            "Fence rejections and rewinds",
            "cps",
            "A rejection is normal where several relays run; a rewind means that Redis lost the end of a stream.",
        )
        .query(rate("rollcall_relay_fence_rejections_total", "instance", HERE), "rejections {{instance}}")
        .query(rate("rollcall_relay_rewinds_total", "instance", HERE), "rewinds {{instance}}"),
        Panel::new(
            Kind::TimeSeries,
            "Leases and withheld events",
            "cps",
            "A lease changes hands at the start and after a relay died; a withheld event has a tombstone in its place.",
        )
        .query(rate("rollcall_relay_lease_changes_total", "instance", HERE), "lease changes {{instance}}")
        .query(rate("rollcall_relay_events_withheld_total", "instance", HERE), "withheld {{instance}}"),
        Panel::new(
            Kind::TimeSeries,
            "Old events",
            "cps",
            "What is deleted from the log and trimmed from the streams because it is old.",
        )
        .query(rate("rollcall_event_log_purged_events_total", "instance", HERE), "purged {{instance}}")
        .query(rate("rollcall_event_stream_trimmed_entries_total", "instance", HERE), "trimmed {{instance}}"),
        Panel::new(Kind::TimeSeries, "How far back the log goes", "s", "Far above the retention: something holds the purge back.")
            .query(format!("max(rollcall_event_log_oldest_retained_age_seconds{{{HERE}}})"), "oldest"),
        Panel::new(Kind::TimeSeries, "Open event streams", "short", "At its limit a process answers 503.").query(
            format!("sum by (instance) (rollcall_event_streams_open{{{HERE}}})"),
            "{{instance}}",
        ),
    ]
}
