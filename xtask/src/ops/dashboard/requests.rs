//! Rows on what was promised to callers, and on their requests.

use super::{HERE, Kind, Panel, Row, quantile, rate};
use crate::ops::objectives;
use crate::ops::recording::share;

const DURATION: &str = "http_server_request_duration_seconds";

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            title: "Service levels and how fast their budgets burn",
            panels: service_levels(),
        },
        Row {
            title: "Requests",
            panels: requests(),
        },
        Row {
            title: "Latency",
            panels: latency(),
        },
    ]
}

/// The share of each level over three days, then the pace at which each budget is spent.
fn service_levels() -> Vec<Panel> {
    let levels = objectives::all();
    let kept = levels.iter().map(|level| {
        let budget: f64 = level.budget.parse().unwrap_or_default();
        let expr = format!(r#"1 - {}{{service_level="{}"}}"#, share("3d"), level.name);
        Panel::new(
            Kind::Stat,
            level.title,
            "percentunit",
            "The share that kept the promise in three days.",
        )
        .limits(1.0 - budget / 2.0, 1.0 - budget)
        .query(expr, "kept")
    });
    let burn = |window: &'static str, title, description| {
        let mut panel = Panel::new(Kind::TimeSeries, title, "none", description);
        for level in objectives::all() {
            let expr = format!(
                r#"{}{{service_level="{}"}} / {}"#,
                share(window),
                level.name,
                level.budget
            );
            panel = panel.query(expr, level.name);
        }
        panel
    };
    let mut panels: Vec<Panel> = kept.collect();
    panels.push(burn(
        "1h",
        "Budget burn over an hour",
        "1 spends the budget in exactly thirty days; 14.4 for an hour wakes somebody.",
    ));
    panels.push(burn(
        "6h",
        "Budget burn over six hours",
        "1 spends the budget in exactly thirty days; 6 for six hours wakes somebody.",
    ));
    panels
}

fn requests() -> Vec<Panel> {
    let count = format!("{DURATION}_count");
    let failed = format!(r#"{HERE},http_response_status_code=~"5..""#);
    vec![
        Panel::new(
            Kind::TimeSeries,
            "Requests by route",
            "reqps",
            "Requests for unknown paths have no route.",
        )
        .query(
            rate(&count, "http_request_method, http_route", HERE),
            "{{http_request_method}} {{http_route}}",
        ),
        Panel::new(
            Kind::TimeSeries,
            "Answers by status",
            "reqps",
            "No status is a client that went away before its answer; the log has 499 for it.",
        )
        .query(
            rate(&count, "http_response_status_code", HERE),
            "{{http_response_status_code}}",
        ),
        Panel::new(
            Kind::TimeSeries,
            "Failures of the service",
            "reqps",
            "5xx by route and kind. The log has the reason under the correlation id.",
        )
        .query(
            rate(&count, "http_route, error_type", &failed),
            "{{http_route}} {{error_type}}",
        ),
        Panel::new(
            Kind::TimeSeries,
            "Requests at work",
            "short",
            "At its limit a process answers 503.",
        )
        .query(
            format!("sum by (instance) (http_server_active_requests{{{HERE}}})"),
            "{{instance}}",
        ),
    ]
}

fn latency() -> Vec<Panel> {
    let of = |method: &str| format!(r#"{HERE},http_request_method="{method}",http_route=~"/api/.*""#);
    let heatmap = |title, method: &str, description| {
        let expr = format!(
            "sum by (le) (increase({DURATION}_bucket{{{}}}[$__rate_interval]))",
            of(method)
        );
        Panel::new(Kind::Heatmap, title, "s", description).query(expr, "{{le}}")
    };
    let api = format!(r#"{HERE},http_route=~"/api/.*""#);
    vec![
        heatmap(
            "Reads",
            "GET",
            "How long reads took. The promise is 95 % within 300 ms.",
        ),
        heatmap(
            "Writes",
            "POST",
            "How long writes took. The promise is 95 % within 800 ms.",
        ),
        Panel::new(
            Kind::TimeSeries,
            "95th percentile by route",
            "s",
            "Estimated from the buckets.",
        )
        .query(
            quantile("0.95", DURATION, ", http_request_method, http_route", &api),
            "{{http_request_method}} {{http_route}}",
        ),
        Panel::new(Kind::TimeSeries, "Median and tail", "s", "All of the API.")
            .query(quantile("0.5", DURATION, "", &api), "p50")
            .query(quantile("0.95", DURATION, "", &api), "p95")
            .query(quantile("0.99", DURATION, "", &api), "p99"),
    ]
}
