//! Observability and audit.

use super::{faults, takes_header};
use crate::gates::facts::Facts;
use crate::gates::gate::{Cause, Check, Found, Kind};

const OBSERVABILITY: &str = "docs/observability.md";

pub(in crate::gates) fn cause(facts: &Facts) -> Cause {
    Cause::Given(format!(
        "{} operations are served, {} of them write",
        facts.openapi.operations.len(),
        facts.writes().count()
    ))
}

pub(in crate::gates) fn check(facts: &Facts) -> Vec<Check> {
    let operations = || facts.openapi.operations.iter();
    let unaudited = faults(facts.writes(), |operation| match operation.audit.as_deref() {
        None => Some("lacks x-audit".to_owned()),
        Some(action) if action.split('.').filter(|part| !part.is_empty()).count() != 2 => {
            Some(format!("has the action `{action}`, which is not entity.verb"))
        }
        Some(_) => None,
    });
    let uncorrelated = faults(operations(), |operation| {
        let mut responses = operation.responses.iter();
        let answers = responses.all(|response| {
            response
                .headers
                .iter()
                .any(|header| header.name == "X-Correlation-Id")
        });
        let is_correlated = takes_header(operation, "X-Correlation-Id") && answers;
        (!is_correlated).then(|| "does not take and answer X-Correlation-Id".to_owned())
    });
    let uncaused = faults(facts.writes(), |operation| {
        (!takes_header(operation, "X-Causation-Id")).then(|| "does not take X-Causation-Id".to_owned())
    });
    vec![
        Check::rule("every write leaves an audit record (x-audit)", &unaudited),
        Check::rule(
            "every operation takes and answers X-Correlation-Id",
            &uncorrelated,
        ),
        Check::rule("every write takes X-Causation-Id", &uncaused),
        Check::rule(
            "every message carries correlationid, causationid and traceparent",
            &untraced_messages(facts),
        ),
        Check::rule("health tells alive, ready and degraded", &unhealthy(facts)),
        exported_signals(facts),
    ]
}

fn untraced_messages(facts: &Facts) -> Vec<String> {
    let mut faults = Vec::new();
    for message in facts.asyncapi.messages.values() {
        for attribute in ["correlationid", "causationid", "traceparent"] {
            if !message.payload.properties.contains_key(attribute) {
                faults.push(format!("{} lacks {attribute}", message.key));
            }
        }
    }
    faults
}

fn unhealthy(facts: &Facts) -> Vec<String> {
    let is_served = |path: &&str| facts.openapi.operations.iter().any(|found| found.path == *path);
    let paths = ["/health/live", "/health/ready", "/health/degraded"].into_iter();
    paths
        .filter(|path| !is_served(path))
        .map(|path| format!("the contract lacks {path}"))
        .collect()
}

/// Metrics and exported traces are asked for as soon as there are any: an operator who is given a signal has to be told
/// what it means.
fn exported_signals(facts: &Facts) -> Check {
    let is_exported = facts.manifest.lines().any(|line| {
        line.starts_with("opentelemetry")
            || line.starts_with("tracing-opentelemetry")
            || line.starts_with("prometheus")
    });
    let is_served = facts
        .openapi
        .operations
        .iter()
        .any(|found| found.path == "/metrics");
    let found = if !is_exported && !is_served {
        Found::NotYet(
            "the service exports neither metrics nor traces: no dependency on opentelemetry or prometheus, no \
             /metrics in the contract; its signals are log and health"
                .to_owned(),
        )
    } else if facts.documents.contains_key(OBSERVABILITY) {
        Found::Met
    } else {
        Found::Missing(format!("write {OBSERVABILITY}"))
    };
    Check {
        kind: Kind::Rule,
        asks: format!("every exported metric and trace is explained in {OBSERVABILITY}"),
        found,
    }
}
