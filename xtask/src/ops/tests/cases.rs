//! Prometheus' own judgement: it understands what panels ask, and the cases of each alert hold and find one that is broken.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::panel_expressions;
use crate::ops::alerts::{self, Alert};
use crate::ops::{RULES, rules};

/// Runs `promtool` in a folder with these files.
fn promtool(arguments: &[&str], files: &[(&str, String)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let output = Command::new("promtool")
        .current_dir(folder.path())
        .args(arguments)
        .output();
    output.expect(
        "promtool is there; it comes with the package `prometheus`, which `cargo xtask test` installs",
    )
}

fn said(output: &Output) -> String {
    let Output { stdout, stderr, .. } = output;
    format!(
        "{}{}",
        String::from_utf8_lossy(stdout),
        String::from_utf8_lossy(stderr)
    )
}

/// What a panel asks is read by Prometheus itself, with a value for each variable.
#[test]
fn every_panel_asks_what_prometheus_understands() {
    let rules = panel_expressions()
        .into_iter()
        .enumerate()
        .map(|(number, (_, expr))| {
            let expr = expr
                .replace("$__rate_interval", "1m")
                .replace("$job", "rollcall")
                .replace("$instance", ".*");
            json!({ "record": format!("panel:{number}"), "expr": expr })
        });
    let groups = json!({ "groups": [{ "name": "panels", "rules": rules.collect::<Vec<_>>() }] });
    let output = promtool(
        &["check", "rules", "panels.yaml"],
        &[("panels.yaml", groups.to_string())],
    );
    assert!(output.status.success(), "{}", said(&output));
}

/// Runs the cases of one alert on several expressions at once, each under a name of its own; gives the names of those that
/// break a case.
fn broken_cases(alert: &Alert, variants: &[(String, String)]) -> BTreeSet<String> {
    let mut document = rules::rules(std::slice::from_ref(alert));
    let mut cases = rules::tests(std::slice::from_ref(alert), RULES);
    let groups = document["groups"].as_array_mut().unwrap();
    let mut all_rules: Vec<Value> = groups
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap().clone())
        .collect();
    // What the alert does not look at would only take time.
    let looks_at = |rule: &Value| {
        let level = rule["labels"]["service_level"].as_str().unwrap_or_default();
        rule.get("record")
            .is_none_or(|name| alert.expr.contains(name.as_str().unwrap()) && alert.expr.contains(level))
    };
    all_rules.retain(looks_at);
    let rule = all_rules.pop().unwrap();
    for (name, expr) in variants {
        let mut variant = rule.clone();
        (variant["alert"], variant["expr"]) = (json!(name), json!(expr));
        all_rules.push(variant);
    }
    for case in cases["tests"].as_array_mut().unwrap() {
        let expected = case["alert_rule_test"][0].clone();
        let of_variant = |(name, _): &(String, String)| {
            let mut expected = expected.clone();
            expected["alertname"] = json!(name);
            expected
        };
        case["alert_rule_test"] = variants.iter().map(of_variant).collect();
    }
    let document = json!({ "groups": [{ "name": "variants", "rules": all_rules }] });
    let files = [(RULES, document.to_string()), ("cases.yaml", cases.to_string())];
    let output = promtool(&["test", "rules", "cases.yaml"], &files);
    let said = said(&output);
    let is_named = |name: &&String| said.contains(&format!("alertname: {name},"));
    let broken: BTreeSet<String> = variants
        .iter()
        .map(|(name, _)| name)
        .filter(is_named)
        .cloned()
        .collect();
    assert_eq!(output.status.success(), broken.is_empty(), "{said}");
    broken
}

/// The cases are worth something: they hold for the alert as it is, and one of them is broken by an alert that never fires,
/// by one that always fires, and by one that lacks a pace at which somebody is woken.
#[test]
fn the_cases_of_each_alert_hold_and_find_one_that_is_broken() {
    for alert in alerts::all() {
        let mut variants = vec![
            ("Whole".to_owned(), alert.expr.clone()),
            ("Never".to_owned(), "vector(0) > 1".to_owned()),
            ("Always".to_owned(), "vector(1)".to_owned()),
        ];
        if alert.name.ends_with("BurnsFast") {
            let paces = alert.expr.split(" or ").enumerate();
            variants.extend(paces.map(|(number, pace)| (format!("Pace{number}"), pace.to_owned())));
            assert_eq!(variants.len(), 5, "two paces: {}", alert.expr);
        }
        let broken = broken_cases(&alert, &variants);
        let expected = variants.iter().skip(1).map(|(name, _)| name.clone()).collect();
        assert_eq!(
            broken, expected,
            "{} breaks the cases when it is one of these",
            alert.name
        );
    }
}
