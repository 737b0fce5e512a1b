//! Alerts on the way of events: broker, backlog, streams.

use super::{Alert, Case, Severity};
use crate::ops::recording::BACKLOG;
use crate::ops::samples::Samples;

const GROUP: &str = "rollcall-events";

pub(super) fn alerts() -> Vec<Alert> {
    vec![
        relay_stopped(),
        broker_unavailable(),
        events_wait(),
        backlog_grows(),
        diverged(),
        parked(),
        rewound(),
        withheld(),
    ]
}

fn relay_stopped() -> Alert {
    let series = r#"rollcall_relay_up{job="rollcall",instance="a"}"#;
    Alert {
        group: GROUP,
        name: "RollcallRelayStopped".to_owned(),
        severity: Severity::Page,
        lasting: "2m",
        expr: r#"min by (instance) (rollcall_relay_up{job="rollcall"}) == 0"#.to_owned(),
        summary: "The relay of a process has ended, stands still, or cannot read the event log.".to_owned(),
        description:
            "What it last told of backlog and streams holds no more, so that other alerts on events may be silent."
                .to_owned(),
        cases: vec![
            Case::fires(
                "its task has ended",
                "5m",
                &[("instance", "a")],
                vec![Samples::constant(series, 0, 10)],
            ),
            Case::silent("it relays", "5m", vec![Samples::constant(series, 1, 10)]),
            Case::silent(
                "the log was away for a minute",
                "6m",
                vec![Samples::literal(series, "1x3 0 0 1x9")],
            ),
        ],
    }
}

fn broker_unavailable() -> Alert {
    let series = r#"rollcall_dependency_up{job="rollcall",instance="a",dependency="broker"}"#;
    Alert {
        group: GROUP,
        name: "RollcallBrokerUnavailable".to_owned(),
        severity: Severity::Page,
        lasting: "2m",
        expr: r#"min by (instance) (rollcall_dependency_up{job="rollcall",dependency="broker"}) == 0"#
            .to_owned(),
        summary: "A process gets no answer from Redis.".to_owned(),
        description:
            "Requests are served, and events wait in the log; nothing is lost. Consumers hear nothing new."
                .to_owned(),
        cases: vec![
            Case::fires(
                "Redis is away",
                "5m",
                &[("instance", "a")],
                vec![Samples::constant(series, 0, 10)],
            ),
            Case::silent("Redis answers", "5m", vec![Samples::constant(series, 1, 10)]),
            Case::silent(
                "Redis was restarted",
                "6m",
                vec![Samples::literal(series, "1x3 0 0 1x9")],
            ),
        ],
    }
}

fn events_wait() -> Alert {
    let series = r#"rollcall_event_log_oldest_unpublished_age_seconds{job="rollcall",instance="a"}"#;
    Alert {
        group: GROUP,
        name: "RollcallEventsWait".to_owned(),
        severity: Severity::Page,
        lasting: "2m",
        expr: r#"max(rollcall_event_log_oldest_unpublished_age_seconds{job="rollcall"}) > 60"#.to_owned(),
        summary: "The oldest unpublished event waits for more than a minute.".to_owned(),
        description: "Events are committed and not yet in their stream, at least of one partition."
            .to_owned(),
        cases: vec![
            Case::fires(
                "nothing is published any more",
                "10m",
                &[],
                vec![Samples::literal(series, "0+60x20")],
            ),
            Case::silent("a second", "10m", vec![Samples::constant(series, 1, 20)]),
            Case::silent(
                "it waited for long, and is published",
                "10m",
                vec![Samples::literal(series, "0+60x3 0x20")],
            ),
        ],
    }
}

fn backlog_grows() -> Alert {
    let partition = |number: u32, instance: &str| {
        format!(
            r#"rollcall_event_log_backlog{{job="rollcall",instance="{instance}",messaging_destination_partition_id="{number}"}}"#
        )
    };
    Alert {
        group: GROUP,
        name: "RollcallBacklogGrows".to_owned(),
        severity: Severity::Ticket,
        lasting: "15m",
        expr: format!("{BACKLOG} > 1000 and deriv({BACKLOG}[15m]) > 0"),
        summary: "More events are committed than are published.".to_owned(),
        description:
            "More than a thousand events wait, and their number has been growing for a quarter of an hour."
                .to_owned(),
        cases: vec![
            Case::fires(
                "two partitions fall behind",
                "40m",
                &[],
                vec![
                    Samples::literal(&partition(1, "a"), "600+100x60"),
                    Samples::literal(&partition(2, "a"), "600+100x60"),
                ],
            ),
            Case::silent(
                "it is being worked off",
                "40m",
                vec![Samples::literal(&partition(1, "a"), "9000-100x60")],
            ),
            Case::silent(
                "two processes report the same seven hundred",
                "40m",
                vec![
                    Samples::literal(&partition(1, "a"), "600+2x60"),
                    Samples::literal(&partition(1, "b"), "600+2x60"),
                ],
            ),
        ],
    }
}

fn diverged() -> Alert {
    let series = r#"rollcall_relay_partitions_diverged{job="rollcall",instance="a"}"#;
    Alert {
        group: GROUP,
        name: "RollcallStreamDiverged".to_owned(),
        severity: Severity::Page,
        lasting: "1m",
        expr: r#"max(rollcall_relay_partitions_diverged{job="rollcall"}) > 0"#.to_owned(),
        summary: "A stream holds what the event log contradicts.".to_owned(),
        description:
            "Nothing more is appended to it until the two agree; other partitions go on. It needs a person."
                .to_owned(),
        cases: vec![
            Case::fires(
                "one partition has diverged",
                "5m",
                &[],
                vec![Samples::constant(series, 1, 10)],
            ),
            Case::silent("none has", "5m", vec![Samples::constant(series, 0, 10)]),
        ],
    }
}

fn parked() -> Alert {
    let series = r#"rollcall_relay_partitions_parked{job="rollcall",instance="a"}"#;
    Alert {
        group: GROUP,
        name: "RollcallStreamParked".to_owned(),
        severity: Severity::Page,
        lasting: "5m",
        expr: r#"max(rollcall_relay_partitions_parked{job="rollcall"}) > 0"#.to_owned(),
        summary: "Redis refuses what is appended to a stream.".to_owned(),
        description: "It answers, but is full, denies the right, or something else has a stream's name."
            .to_owned(),
        cases: vec![
            Case::fires(
                "Redis is full",
                "10m",
                &[],
                vec![Samples::constant(series, 64, 20)],
            ),
            Case::silent(
                "it was full for three minutes",
                "15m",
                vec![Samples::literal(series, "0x2 4x2 0x20")],
            ),
        ],
    }
}

fn rewound() -> Alert {
    let series = r#"rollcall_relay_rewinds_total{job="rollcall",instance="a"}"#;
    Alert {
        group: GROUP,
        name: "RollcallStreamRewound".to_owned(),
        severity: Severity::Ticket,
        lasting: "0m",
        expr: r#"sum(increase(rollcall_relay_rewinds_total{job="rollcall"}[1h])) > 0"#.to_owned(),
        summary: "Redis lost the end of a stream, and the relay filled it again.".to_owned(),
        description:
            "No event is missing. A consumer may meet entries again that it had read before the loss."
                .to_owned(),
        cases: vec![
            Case::fires(
                "one stream was cut",
                "30m",
                &[],
                vec![Samples::literal(series, "0x9 1x30")],
            ),
            Case::silent("hours ago", "2h", vec![Samples::literal(series, "0x9 1x150")]),
            Case::silent("never", "30m", vec![Samples::constant(series, 0, 40)]),
        ],
    }
}

fn withheld() -> Alert {
    let series = r#"rollcall_relay_events_withheld_total{job="rollcall",instance="a"}"#;
    Alert {
        group: GROUP,
        name: "RollcallEventWithheld".to_owned(),
        severity: Severity::Ticket,
        lasting: "0m",
        expr: r#"sum(increase(rollcall_relay_events_withheld_total{job="rollcall"}[1h])) > 0"#.to_owned(),
        summary: "Redis would not take an event, and a tombstone stands in its place.".to_owned(),
        description: "The events after it are carried on. Consumers lack it until it is told again."
            .to_owned(),
        cases: vec![
            Case::fires(
                "one event was withheld",
                "30m",
                &[],
                vec![Samples::literal(series, "0x9 1x30")],
            ),
            Case::silent("hours ago", "2h", vec![Samples::literal(series, "0x9 1x150")]),
            Case::silent("never", "30m", vec![Samples::constant(series, 0, 40)]),
        ],
    }
}
