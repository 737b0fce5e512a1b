//! What is committed is what is described; every alert has its cases and its runbook; nothing is drawn or asked that is not
//! explained. That the cases are worth something is shown in `cases`.

mod cases;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::alerts;
use super::promql::{self, Uses};
use super::{DASHBOARD, FOLDER, dashboard, files, objectives, rules};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

#[test]
fn what_is_committed_is_what_is_described() {
    for file in files().unwrap() {
        let path = format!("{FOLDER}/{}", file.name);
        assert!(read(&path) == file.text, "{path} is stale; run `cargo xtask ops`");
    }
}

#[test]
fn the_same_is_made_every_time() {
    let texts = || {
        files()
            .unwrap()
            .into_iter()
            .map(|file| file.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(), texts());
}

#[test]
fn each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent() {
    let mut names = BTreeSet::new();
    for alert in alerts::all() {
        assert!(
            names.insert(alert.name.clone()),
            "there are two of {}",
            alert.name
        );
        for is_silent in [false, true] {
            let has_one = alert.cases.iter().any(|case| case.firing.is_empty() == is_silent);
            assert!(
                has_one,
                "{} has no case in which it is silent ({is_silent})",
                alert.name
            );
        }
    }
}

#[test]
fn each_alert_has_a_runbook() {
    let document = read("docs/OPERATIONS.md");
    let headings: BTreeSet<&str> = document
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim())
        .collect();
    let alerts = alerts::all();
    for alert in &alerts {
        assert!(
            headings.contains(alert.name.as_str()),
            "docs/OPERATIONS.md has no heading {}, to which {} points",
            alert.name,
            alert.runbook()
        );
    }
    for heading in headings.iter().filter(|heading| heading.starts_with("Rollcall")) {
        assert!(
            alerts.iter().any(|alert| alert.name == *heading),
            "there is no alert {heading} any more"
        );
    }
}

/// What is promised in words is what is counted.
#[test]
fn each_service_level_of_the_document_has_its_alerts() {
    let document = read("docs/observability.md");
    let section = document
        .split("\n## ")
        .find(|section| section.starts_with("Service levels\n"))
        .unwrap_or_default();
    let row = |line: &str| {
        Some((
            line.strip_prefix("| `")?.split_once('`')?.0.to_owned(),
            line.to_owned(),
        ))
    };
    let mut promised: BTreeMap<String, String> = section.lines().filter_map(row).collect();
    for level in objectives::all() {
        let promise = promised.remove(level.name).unwrap_or_default();
        let budget: f64 = level.budget.parse().unwrap();
        assert!(
            promise.contains(&format!("| {} %", budget * 100.0)),
            "the budget of {}: {promise}",
            level.name
        );
        assert!(
            promise.contains(&format!("| {} %", 100.0 - budget * 100.0)),
            "{promise}"
        );
        for pace in ["Fast", "Slowly"] {
            let name = format!("{}Burns{pace}", level.alert_name);
            assert!(
                alerts::all().iter().any(|alert| alert.name == name),
                "there is no {name}"
            );
        }
    }
    assert!(promised.is_empty(), "promised, and nowhere counted: {promised:?}");
}

/// The rows of the table of metrics: the name in Prometheus, with its labels there.
fn explained() -> BTreeMap<String, BTreeSet<String>> {
    let document = read("docs/observability.md");
    let section = document
        .split("\n## ")
        .find(|section| section.starts_with("Metrics\n"))
        .unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let quoted = |cell: &str| {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut explained = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        if let [_, prometheus, kind, labels, ..] = cells[..] {
            let mut labels: BTreeSet<String> = quoted(labels)
                .iter()
                .map(|label| label.replace('.', "_"))
                .collect();
            let Some(name) = quoted(prometheus).into_iter().next() else {
                continue;
            };
            if kind.starts_with("histogram") {
                explained.insert(format!("{name}_count"), labels.clone());
                labels.insert("le".to_owned());
                explained.insert(format!("{name}_bucket"), labels);
            } else {
                explained.insert(name, labels);
            }
        }
    }
    assert!(explained.len() > 20, "{} metrics are explained", explained.len());
    explained
}

fn check_explained(place: &str, expr: &str, recorded: &BTreeSet<String>) {
    let explained = explained();
    let Uses { metrics, grouped_by } = promql::uses(expr);
    let mut all_labels = BTreeSet::new();
    for (metric, used) in metrics {
        let mut labels: BTreeSet<String> = ["job", "instance"].map(str::to_owned).into();
        if recorded.contains(&metric) {
            labels.insert("service_level".to_owned());
        } else if metric != "up" {
            let own = explained.get(&metric);
            labels.extend(
                own.unwrap_or_else(|| panic!("{place}: {metric} is not explained"))
                    .iter()
                    .cloned(),
            );
        }
        let strange: Vec<&String> = used.difference(&labels).collect();
        assert!(strange.is_empty(), "{place}: {metric} has no {strange:?}\n{expr}");
        all_labels.extend(labels);
    }
    let strange: Vec<&String> = grouped_by.difference(&all_labels).collect();
    assert!(strange.is_empty(), "{place}: nothing has {strange:?}\n{expr}");
}

/// The expressions of all rules, by the name of the series or alert.
fn rule_expressions() -> Vec<(String, String, bool)> {
    let document = rules::rules(&alerts::all());
    let groups = document["groups"].as_array().unwrap().iter();
    let rules = groups.flat_map(|group| group["rules"].as_array().unwrap().clone());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rules
        .map(|rule| {
            let is_recording = rule.get("record").is_some();
            let name = if is_recording {
                &rule["record"]
            } else {
                &rule["alert"]
            };
            (text(name), text(&rule["expr"]), is_recording)
        })
        .collect()
}

fn panels() -> Vec<Value> {
    let dashboard: Value = serde_json::from_str(&dashboard::json().unwrap()).unwrap();
    dashboard["panels"].as_array().unwrap().clone()
}

fn panel_expressions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for panel in panels() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let title = panel["title"].as_str().unwrap().to_owned();
            found.push((title, target["expr"].as_str().unwrap().to_owned()));
        }
    }
    found
}

#[test]
fn every_metric_and_label_that_is_used_is_explained() {
    let rules = rule_expressions();
    let recorded: BTreeSet<String> = rules
        .iter()
        .filter(|(_, _, is_recording)| *is_recording)
        .map(|(name, ..)| name.clone())
        .collect();
    for (name, expr, _) in &rules {
        check_explained(name, expr, &recorded);
    }
    for (title, expr) in panel_expressions() {
        check_explained(&title, &expr, &recorded);
    }
}

/// Every metric is somewhere to be seen: what nobody looks at need not be measured.
#[test]
fn every_metric_is_drawn() {
    let drawn: BTreeSet<String> = panel_expressions()
        .into_iter()
        .map(|(_, expr)| expr)
        .chain(rule_expressions().into_iter().map(|(_, expr, _)| expr))
        .flat_map(|expr| promql::uses(&expr).metrics)
        .map(|(metric, _)| metric)
        .collect();
    for metric in explained().keys() {
        let stem = metric.trim_end_matches("_count").trim_end_matches("_bucket");
        let is_drawn = drawn
            .iter()
            .any(|drawn| drawn == metric || drawn.trim_end_matches("_bucket") == stem);
        assert!(is_drawn, "no panel and no rule shows {metric}");
    }
}

#[test]
fn panels_have_their_own_ids_and_places() {
    let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels() {
        assert!(
            ids.insert(panel["id"].as_u64().unwrap()),
            "an id is given twice: {panel}"
        );
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "beyond the grid: {panel}");
        for (column, line) in
            (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y)))
        {
            assert!(cells.insert((column, line)), "two panels in one place: {panel}");
        }
    }
}

#[test]
fn only_variables_that_exist_are_asked_for() {
    let text = read(&format!("{FOLDER}/{DASHBOARD}"));
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let mut known: BTreeSet<String> = variables
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect();
    known.extend(["__rate_interval".to_owned(), "__all".to_owned()]);
    for (at, _) in text.match_indices('$') {
        let name: String = text[at + 1..]
            .trim_start_matches('{')
            .chars()
            .take_while(|character| character.is_alphanumeric() || *character == '_')
            .collect();
        assert!(known.contains(&name), "there is no variable {name}");
    }
}
