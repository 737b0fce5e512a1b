//! Alerts on the budget of each service level.
//!
//! They ask how fast the budget of thirty days is being spent, over a long window, so that a blip wakes nobody, and over a
//! short one, so that they end soon after the trouble does. Factors and windows are those of the Site Reliability Workbook,
//! chapter 5: 14.4 spends 2 % of the budget in an hour, 6 spends 5 % in six hours, 3 and 1 spend 10 % in one day and in
//! three.
//!
//! A share says little where there is little traffic: one failure among sixty requests of a night would be fourteen times
//! the rate that availability allows. So a number of them has to be bad as well.

use super::{Alert, Case, Severity};
use crate::ops::objectives::{self, Measured, ServiceLevel};
use crate::ops::recording::{count, share};
use crate::ops::samples::Samples;

/// How many requests or events have to break the promise within the long window.
const BAD_COUNT_MIN: u32 = 10;
/// How many requests or events each minute of a case has; budgets are whole numbers of them.
const PER_MINUTE: u32 = 10_000;

/// A pair of windows, and how many times faster than allowed the budget is spent over both.
struct Pace {
    factor: &'static str,
    long: &'static str,
    short: &'static str,
}

const FAST: [Pace; 2] = [
    Pace {
        factor: "14.4",
        long: "1h",
        short: "5m",
    },
    Pace {
        factor: "6",
        long: "6h",
        short: "30m",
    },
];
const SLOW: [Pace; 2] = [
    Pace {
        factor: "3",
        long: "1d",
        short: "2h",
    },
    Pace {
        factor: "1",
        long: "3d",
        short: "6h",
    },
];

pub(super) fn alerts() -> Vec<Alert> {
    objectives::all()
        .iter()
        .flat_map(|level| [fast(level), slow(level)])
        .collect()
}

fn fast(level: &ServiceLevel) -> Alert {
    let allowed = allowed_a_minute(level);
    let steady = |bad| input(level, &[(PER_MINUTE, bad, 120)]);
    let at_once = allowed * 18;
    Alert {
        group: "rollcall-service-levels",
        name: format!("{}BurnsFast", level.alert_name),
        severity: Severity::Page,
        lasting: "2m",
        expr: expr(level, &FAST),
        summary: "The budget of a service level will be spent within days.".to_owned(),
        description: format!("{}: broken at least six times as often as allowed.", level.title),
        cases: vec![
            Case::fires(
                "eighteen times what is allowed, from the start",
                "15m",
                &labels(level),
                steady(at_once),
            ),
            Case::fires(
                "eighteen times what is allowed, for an hour after a good night",
                "365m",
                &labels(level),
                input(level, &[(PER_MINUTE, 0, 300), (PER_MINUTE, at_once, 70)]),
            ),
            Case::fires(
                "ten times what is allowed, for an hour",
                "70m",
                &labels(level),
                steady(allowed * 10),
            ),
            Case::silent("within the promise", "110m", steady(allowed / 2)),
            Case::silent(
                "bad for an hour, and well again for 40 minutes",
                "100m",
                input(level, &[(PER_MINUTE, at_once, 60), (PER_MINUTE, 0, 60)]),
            ),
            Case::silent("bad, but hardly any requests", "8m", input(level, &[(1, 1, 120)])),
        ],
    }
}

fn slow(level: &ServiceLevel) -> Alert {
    let allowed = allowed_a_minute(level);
    let steady = |bad| input(level, &[(PER_MINUTE, bad, 600)]);
    Alert {
        group: "rollcall-service-levels",
        name: format!("{}BurnsSlowly", level.alert_name),
        severity: Severity::Ticket,
        lasting: "15m",
        expr: expr(level, &SLOW),
        summary: "The budget of a service level will not last for its thirty days.".to_owned(),
        description: format!("{}: broken more often than allowed, for hours.", level.title),
        cases: vec![
            Case::fires(
                "four times what is allowed",
                "3h",
                &labels(level),
                steady(allowed * 4),
            ),
            Case::fires("twice what is allowed", "8h", &labels(level), steady(allowed * 2)),
            Case::silent("half of what is allowed", "9h", steady(allowed / 2)),
            Case::silent(
                "bad for an hour, and well again for seven",
                "8h",
                input(level, &[(PER_MINUTE, allowed * 4, 60), (PER_MINUTE, 0, 540)]),
            ),
        ],
    }
}

/// How many of [`PER_MINUTE`] may be bad.
fn allowed_a_minute(level: &ServiceLevel) -> u32 {
    match level.measured {
        Measured::Bad { .. } => PER_MINUTE / 1000,
        Measured::Good { .. } => PER_MINUTE / 20,
    }
}

fn labels(level: &ServiceLevel) -> [(&'static str, &'static str); 1] {
    [("service_level", level.name)]
}

fn expr(level: &ServiceLevel, paces: &[Pace]) -> String {
    let selector = format!(r#"{{service_level="{}"}}"#, level.name);
    let pace = |Pace { factor, long, short }: &Pace| {
        let budget = level.budget;
        format!(
            "({}{selector} > {factor} * {budget} and {}{selector} > {factor} * {budget} and {}{selector} >= {BAD_COUNT_MIN})",
            share(long),
            share(short),
            count(long)
        )
    };
    paces.iter().map(pace).collect::<Vec<_>>().join(" or ")
}

/// Series with so many requests in a minute, so many of them bad, for so many minutes.
fn input(level: &ServiceLevel, stretches: &[(u32, u32, u32)]) -> Vec<Samples> {
    let all: Vec<(u32, u32)> = stretches
        .iter()
        .map(|(rate, _, minutes)| (*rate, *minutes))
        .collect();
    let bad: Vec<(u32, u32)> = stretches
        .iter()
        .map(|(_, bad, minutes)| (*bad, *minutes))
        .collect();
    let good: Vec<(u32, u32)> = stretches
        .iter()
        .map(|(rate, bad, minutes)| (rate - bad, *minutes))
        .collect();
    let request = |method, route, status| {
        format!(
            r#"job="rollcall",instance="a",http_request_method="{method}",http_route="/api/v1/tenants/{route}",http_response_status_code="{status}""#
        )
    };
    let timed = |labels: &str, bound_s: &str| {
        let name = "http_server_request_duration_seconds";
        vec![
            Samples::counter(&format!(r#"{name}_bucket{{{labels},le="{bound_s}"}}"#), &good),
            Samples::counter(&format!("{name}_count{{{labels}}}"), &all),
        ]
    };
    match level.name {
        "read-latency" => timed(&request("GET", "{tenantId}", "200"), objectives::READ_BOUND_S),
        "write-latency" => timed(
            &request("POST", "{tenantId}/schools", "201"),
            objectives::WRITE_BOUND_S,
        ),
        "publish-latency" => {
            let name = "rollcall_event_publish_duration_seconds";
            vec![
                Samples::counter(
                    &format!(r#"{name}_bucket{{job="rollcall",instance="a",le="5"}}"#),
                    &good,
                ),
                Samples::counter(&format!(r#"{name}_count{{job="rollcall",instance="a"}}"#), &all),
            ]
        }
        _ => {
            let name = "http_server_request_duration_seconds_count";
            vec![
                Samples::counter(
                    &format!("{name}{{{}}}", request("GET", "{tenantId}", "200")),
                    &good,
                ),
                Samples::counter(
                    &format!("{name}{{{}}}", request("GET", "{tenantId}", "503")),
                    &bad,
                ),
            ]
        }
    }
}
