//! Which metrics and which of their labels an expression speaks of: enough of Prometheus' language for what is written here.

use std::collections::BTreeSet;

/// Words of the language that stand before a list of labels.
const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
/// Words of the language that stand between expressions.
const OPERATORS: [&str; 6] = ["and", "or", "unless", "bool", "offset", "atan2"];

/// What an expression speaks of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// Metrics, each with the labels of its selector.
    pub(super) metrics: Vec<(String, BTreeSet<String>)>,
    /// Labels by which results are grouped or matched.
    pub(super) grouped_by: BTreeSet<String>,
}

/// Reads an expression.
pub(super) fn uses(expr: &str) -> Uses {
    let mut uses = Uses::default();
    let mut rest = expr;
    while let Some(start) =
        rest.find(|character: char| is_start(character) || "\"[0123456789".contains(character))
    {
        rest = &rest[start..];
        if let Some(text) = rest.strip_prefix('"') {
            rest = after(text, '"');
        } else if let Some(range) = rest.strip_prefix('[') {
            rest = after(range, ']');
        } else if rest.starts_with(|character: char| character.is_ascii_digit()) {
            // A number, or a duration such as `5m`, whose unit is no name.
            rest = rest
                .trim_start_matches(|character: char| character.is_ascii_alphanumeric() || character == '.');
        } else {
            rest = name(rest, &mut uses);
        }
    }
    uses
}

/// Takes a name from the start of `rest`, and what belongs to it.
fn name<'a>(rest: &'a str, uses: &mut Uses) -> &'a str {
    let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let next = rest.trim_start();
    if BEFORE_LABELS.contains(&name) {
        let list = next.strip_prefix('(').unwrap_or_default();
        let labels = list.split(')').next().unwrap_or_default();
        let labels = labels.split(',').map(str::trim).filter(|label| !label.is_empty());
        uses.grouped_by.extend(labels.map(str::to_owned));
        after(list, ')')
    } else if OPERATORS.contains(&name) || next.starts_with('(') || is_aggregation(name, next) {
        rest
    } else if let Some(selector) = next.strip_prefix('{') {
        let (labels, rest) = selector_labels(selector);
        uses.metrics.push((name.to_owned(), labels));
        rest
    } else {
        uses.metrics.push((name.to_owned(), BTreeSet::new()));
        rest
    }
}

/// `sum by (…) (…)`: what comes next is no bracket yet.
fn is_aggregation(name: &str, next: &str) -> bool {
    ["sum", "min", "max", "avg", "count", "topk"].contains(&name)
        && ["by", "without"].iter().any(|word| next.starts_with(word))
}

/// The labels of a selector up to its closing brace; braces inside of texts are not its own.
fn selector_labels(selector: &str) -> (BTreeSet<String>, &str) {
    let (mut labels, mut rest) = (BTreeSet::new(), selector);
    while let Some(at) = rest.find(|character: char| is_start(character) || "\"}".contains(character)) {
        rest = &rest[at..];
        if let Some(after_brace) = rest.strip_prefix('}') {
            return (labels, after_brace);
        }
        if let Some(text) = rest.strip_prefix('"') {
            rest = after(text, '"');
        } else {
            let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
            labels.insert(rest[..end].to_owned());
            rest = &rest[end..];
        }
    }
    (labels, rest)
}

fn after(text: &str, end: char) -> &str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

fn is_start(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || character == ':'
}

fn is_part(character: char) -> bool {
    is_start(character) || character.is_ascii_digit()
}

#[test]
fn finds_metrics_and_labels() {
    let found = uses(
        r#"histogram_quantile(0.95, sum by (le, http_route) (rate(a_bucket{job="x y",route=~"/{id}/.*"}[5m]))) > 14.4 * 0.05 and on (instance) b:c offset 1h"#,
    );
    let set = |labels: &[&str]| {
        labels
            .iter()
            .map(|label| (*label).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        found.metrics,
        [
            ("a_bucket".to_owned(), set(&["job", "route"])),
            ("b:c".to_owned(), set(&[]))
        ]
    );
    assert_eq!(found.grouped_by, set(&["le", "http_route", "instance"]));
}
