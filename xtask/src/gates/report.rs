//! The gates as a person reads them: each with its evidence, and a table of all.

use std::fmt::Write as _;

use super::gate::{Cause, Check, Found, Kind, Verdict};

/// The whole report.
pub(super) fn text(verdicts: &[Verdict]) -> String {
    let mut text = String::new();
    for verdict in verdicts {
        let cause = match &verdict.cause {
            Cause::Given(cause) | Cause::NotYet(cause) => cause,
        };
        _ = writeln!(
            text,
            "\n{}: {}\n  cause      {cause}",
            verdict.gate,
            verdict.state()
        );
        for check in &verdict.checks {
            _ = writeln!(text, "  {:<11}{}", check.kind.name(), line(check));
        }
    }
    let row = |cells: [&str; 6]| {
        let [gate, state, rules, tests, invariants, sections] = cells;
        format!("{gate:<30}{state:<20}{rules:>8}{tests:>8}{invariants:>12}{sections:>10}\n")
    };
    text.push('\n');
    text.push_str(&row([
        "gate",
        "state",
        "rules",
        "tests",
        "invariants",
        "sections",
    ]));
    for verdict in verdicts {
        let [rules, tests, invariants, sections] =
            [Kind::Rule, Kind::Test, Kind::Invariant, Kind::Section].map(|kind| count(verdict, kind));
        text.push_str(&row([
            verdict.gate,
            verdict.state(),
            &rules,
            &tests,
            &invariants,
            &sections,
        ]));
    }
    text
}

fn line(check: &Check) -> String {
    match &check.found {
        Found::Met => check.asks.clone(),
        Found::Missing(reason) => format!("MISSING: {}: {reason}", check.asks),
        Found::NotYet(reason) => format!("{}: not applicable yet: {reason}", check.asks),
    }
}

/// How many checks of a kind are met, and of how many where that differs. What does not apply is not counted.
fn count(verdict: &Verdict, kind: Kind) -> String {
    let of_kind = |check: &&Check| check.kind.name() == kind.name();
    let checks = || verdict.checks.iter().filter(of_kind);
    let met = checks().filter(|check| matches!(check.found, Found::Met)).count();
    let missing = checks()
        .filter(|check| matches!(check.found, Found::Missing(_)))
        .count();
    match (met, missing) {
        (0, 0) => "-".to_owned(),
        (met, 0) => met.to_string(),
        (met, missing) => format!("{met} of {}", met + missing),
    }
}
