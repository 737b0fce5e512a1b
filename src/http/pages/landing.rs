//! The page under `/`.

use super::asset::Asset;
use super::{PagesData, html};

/// The link to what is not served everywhere.
const METRICS: &str =
    r#"<li><a href="/metrics">Metrics</a><p>What it does and how long that takes, for Prometheus.</p></li>"#;

pub(super) fn page(data: &PagesData) -> Asset {
    let values = [
        ("version", html::escape(&data.version)),
        ("first_call", html::escape(data.first_call.trim())),
        (
            "metrics",
            data.metrics.as_ref().map_or("", |_| METRICS).to_owned(),
        ),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    html::page("Rollcall", &html::render(include_str!("landing.html"), &values))
}
