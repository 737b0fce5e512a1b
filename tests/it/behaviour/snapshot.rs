//! Whole responses as snapshots; what differs from run to run is checked for its form and replaced.

use contract_runtime::AnyFormat;
use insta::internals::Content;
use regress::Regex;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::World;
use crate::support::Answer;

const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/// Compares status, headers and body with the snapshot `name`; the same one on both databases.
pub(super) fn assert_answer(world: &World, name: &str, answer: &Answer) {
    assert_eq!(answer.json["correlationId"], answer.header("x-correlation-id"));
    let whole = json!({
        "status": answer.status.as_u16(),
        "headers": headers(&answer.headers),
        "body": answer.json,
    });
    let base_url = world.base_url.clone();
    insta::assert_json_snapshot!(name, AnyFormat(&whole), {
        ".body.correlationId" => insta::dynamic_redaction(|value, _| replace(value, &format!("^{UUID}$"), "[correlation id]")),
        ".body.traceId" => insta::dynamic_redaction(|value, _| replace(value, "^[0-9a-f]{32}$", "[trace id]")),
        ".body.type" => insta::dynamic_redaction(move |value, _| replace(value, &format!("^{base_url}(?=/problems/)"), "[service]")),
        ".body.instance" => insta::dynamic_redaction(|value, _| ids(value)),
        ".body.conflictingResource" => insta::dynamic_redaction(|value, _| ids(value)),
        ".body.detail" => insta::dynamic_redaction(|value, _| ids(value)),
    });
}

/// The headers but those that say when, for whom, how long, and where.
fn headers(headers: &HeaderMap) -> Value {
    const VARYING: [&str; 4] = ["date", "content-length", "x-correlation-id", "connection"];
    let mut kept: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().expect("visible ASCII")))
        .filter(|(name, _)| !VARYING.contains(name))
        .collect();
    kept.sort_unstable();
    kept.into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}

/// The text with its one match replaced; a text without one is shown as it is, and so fails the snapshot.
fn replace(value: Content, pattern: &str, by: &str) -> Content {
    let Some(text) = value.as_str() else { return value };
    let pattern = Regex::new(pattern).expect("a pattern");
    Content::from(pattern.replace(text, by))
}

/// The text with each id replaced.
fn ids(value: Content) -> Content {
    let Some(text) = value.as_str() else { return value };
    let pattern = Regex::new(UUID).expect("a pattern");
    Content::from(pattern.replace_all(text, "[id]"))
}
