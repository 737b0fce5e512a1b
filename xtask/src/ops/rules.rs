//! The rules and their cases as Prometheus reads them.

use contract_scalars::AnyFormat;
use serde_json::{Map, Value, json};

use super::alerts::{Alert, Case};
use super::{objectives, recording};
use crate::error::TaskError;

const FIRST_LINE: &str = "# Made by `cargo xtask ops`. Do not edit.\n";

/// The groups of rules.
pub(super) fn rules(alerts: &[Alert]) -> Value {
    let mut groups =
        vec![json!({ "name": "rollcall-recorded-event-log", "rules": recording::of_event_log() })];
    for level in objectives::all() {
        let name = format!("rollcall-recorded-{}", level.name);
        groups.push(json!({ "name": name, "rules": recording::of_service_level(&level) }));
    }
    let mut names: Vec<&str> = alerts.iter().map(|alert| alert.group).collect();
    names.dedup();
    for name in names {
        let rules: Vec<Value> = alerts
            .iter()
            .filter(|alert| alert.group == name)
            .map(rule)
            .collect();
        groups.push(json!({ "name": name, "rules": rules }));
    }
    json!({ "groups": groups })
}

fn rule(alert: &Alert) -> Value {
    json!({
        "alert": alert.name,
        "expr": alert.expr,
        "for": alert.lasting,
        "labels": { "severity": alert.severity.name() },
        "annotations": annotations(alert),
    })
}

fn annotations(alert: &Alert) -> Value {
    json!({ "summary": alert.summary, "description": alert.description, "runbook": alert.runbook() })
}

/// The cases of `alerts`, as `promtool test rules` runs them on the rules in the file `rules_file`.
pub(super) fn tests(alerts: &[Alert], rules_file: &str) -> Value {
    let cases = alerts
        .iter()
        .flat_map(|alert| alert.cases.iter().map(move |case| test(alert, case)));
    json!({
        "rule_files": [rules_file],
        "evaluation_interval": "1m",
        "tests": cases.collect::<Vec<_>>(),
    })
}

fn test(alert: &Alert, case: &Case) -> Value {
    let state = if case.firing.is_empty() {
        "is silent"
    } else {
        "fires"
    };
    let input = case
        .input
        .iter()
        .map(|samples| json!({ "series": samples.series, "values": samples.values }));
    let expected = case.firing.iter().map(|labels| {
        let mut expected = Map::from_iter([("severity".to_owned(), json!(alert.severity.name()))]);
        expected.extend(
            labels
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value))),
        );
        json!({ "exp_labels": expected, "exp_annotations": annotations(alert) })
    });
    json!({
        "name": format!("{} {state}: {}", alert.name, case.name),
        "interval": "1m",
        "input_series": input.collect::<Vec<_>>(),
        "alert_rule_test": [{
            "eval_time": case.at,
            "alertname": alert.name,
            "exp_alerts": expected.collect::<Vec<_>>(),
        }],
    })
}

/// A document in YAML, whose first line says where it comes from.
pub(super) fn yaml(document: &Value) -> Result<String, TaskError> {
    let text = serde_saphyr::to_string(&AnyFormat(document))
        .map_err(|error| TaskError::Unexpected(format!("the rules cannot be written: {error}")))?;
    Ok(format!("{FIRST_LINE}{text}"))
}
