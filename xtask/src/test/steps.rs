//! The steps themselves.

use std::process::Command;

use serde_json::Value;

use super::tally::Tally;
use super::tools;
use crate::error::TaskError;
use crate::workspace::{Workspace, line, run};
use crate::{chaos, check, corpus, generate, ops};

/// The tests that the step `simulate` runs, by the start of their names.
const SIMULATIONS: &str = "simulate::";

/// The tests that the step `property` runs, by the start of their names.
const PROPERTY_TESTS: &str = "property::";

/// What the faults of the step `chaos` are drawn from: 18 rounds of it cause every kind. The eighth deletes
/// streams, which nobody survives who believes in a checkpoint.
const CHAOS_SEED: &str = "1";

pub(super) fn fmt(workspace: &Workspace) -> Result<(), TaskError> {
    run(&mut workspace.cargo(&["fmt", "--all", "--check"]))
}

pub(super) fn clippy(workspace: &Workspace) -> Result<(), TaskError> {
    run(&mut workspace.cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
}

/// The contracts as the linters of their own fields see them; each warning counts.
///
/// Remarks below a warning do not: Spectral has one that there is an `AsyncAPI` newer than 3.0.
pub(super) fn lint(workspace: &Workspace) -> Result<(), TaskError> {
    let (openapi, asyncapi) = ("contracts/openapi.yaml", "contracts/asyncapi.yaml");
    let linter = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(tools::linters(workspace).join(program));
        // None of them has a reason to call home, and CI has no terminal to draw on.
        command.envs([
            ("REDOCLY_TELEMETRY", "off"),
            ("ASYNCAPI_METRICS", "false"),
            ("CI", "true"),
            ("NO_COLOR", "1"),
        ]);
        command.current_dir(workspace.root()).args(arguments);
        command
    };
    let ruleset = "contracts/lint/.spectral.yaml";
    run(&mut linter(
        "spectral",
        &[
            "lint",
            "--ruleset",
            ruleset,
            "--fail-severity",
            "warn",
            openapi,
            asyncapi,
        ],
    ))?;
    // Redocly ends well whatever it warns of, so its report has to be read.
    let configuration = ["--config", "contracts/lint/redocly.yaml"];
    let mut redocly = linter("redocly", &["lint", openapi, "--format", "json"]);
    let report = redocly
        .args(configuration)
        .output()
        .map_err(|source| TaskError::CannotRun {
            command: line(&redocly),
            source,
        })?;
    let report = String::from_utf8_lossy(&report.stdout);
    if !redocly_is_content(&report) {
        return Err(TaskError::Unexpected(format!(
            "redocly finds fault with {openapi}:\n{report}"
        )));
    }
    println!("{openapi}: no errors or warnings from redocly");
    run(&mut linter(
        "asyncapi",
        &["validate", asyncapi, "--fail-severity", "warn"],
    ))
}

/// Whether a JSON report of redocly counts neither errors nor warnings.
fn redocly_is_content(report: &str) -> bool {
    let report: Value = serde_json::from_str(report).unwrap_or_default();
    ["errors", "warnings"]
        .iter()
        .all(|kind| report.pointer(&format!("/totals/{kind}")) == Some(&Value::from(0)))
}

pub(super) fn contract(workspace: &Workspace) -> Result<(), TaskError> {
    generate::run(workspace, true)?;
    check::run(workspace, &check::CheckArguments::OWN)
}

/// Each of the contracts must be accepted: it compiles, its loop is closed, and its API and the oracle judge every request alike.
pub(super) fn corpus(workspace: &Workspace) -> Result<(), TaskError> {
    let folder = workspace.root().join("xtask/generator/tests/corpus");
    let folder = folder.to_string_lossy().into_owned();
    let arguments = [folder.as_str(), "--deny-refusals", "--requests", "500"].map(str::to_owned);
    corpus::run_corpus(workspace, arguments.as_slice())
}

pub(super) fn operations(workspace: &Workspace) -> Result<(), TaskError> {
    ops::run(workspace, true)?;
    ops::test_rules(workspace)
}

/// All tests of the workspace but the property tests and the simulations, which have steps of their own.
pub(super) fn test(workspace: &Workspace, tally: &mut Tally) -> Result<(), TaskError> {
    tally.run(&mut workspace.cargo(&[
        "test",
        "--workspace",
        "--locked",
        "--no-fail-fast",
        "--",
        "--skip",
        PROPERTY_TESTS,
        "--skip",
        SIMULATIONS,
    ]))
}

/// The relay's decisions through faults: ten thousand seeds, the control, and the model of the broker beside a real one.
pub(super) fn simulate(workspace: &Workspace, tally: &mut Tally) -> Result<(), TaskError> {
    tally.run(&mut workspace.cargo(&[
        "test",
        "--package",
        "rollcall-faults",
        "--lib",
        "--locked",
        "--",
        SIMULATIONS,
    ]))
}

/// The property tests, with what they print: how many cases there were.
pub(super) fn property(workspace: &Workspace, tally: &mut Tally) -> Result<(), TaskError> {
    let only = [
        "test",
        "--package",
        "rollcall",
        "--test",
        "it",
        "--locked",
        "--",
        PROPERTY_TESTS,
        "--nocapture",
    ];
    tally.run(&mut workspace.cargo(&only))
}

/// Every kind of fault once on real servers; then the control, which must be found out.
pub(super) fn chaos(workspace: &Workspace, tally: &mut Tally) -> Result<(), TaskError> {
    let build = ["build", "--locked", "--bin", "rollcall", "--package", "rollcall"];
    run(&mut workspace.cargo(&build))?;
    let failovers = &["--rounds", "2", "--sentinel", "--only", "redis-failover"];
    for arguments in [
        &["--rounds", "18"][..],
        failovers,
        &["--rounds", "8", "--control"],
    ] {
        let mut command = chaos::command(workspace, false);
        command.args(["--seed", CHAOS_SEED]).args(arguments);
        tally.run(&mut command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::redocly_is_content;

    #[test]
    fn a_report_of_redocly_must_count_no_errors_and_no_warnings() {
        assert!(redocly_is_content(
            r#"{"totals":{"errors":0,"warnings":0,"ignored":0},"problems":[]}"#
        ));
        assert!(!redocly_is_content(
            r#"{"totals":{"errors":0,"warnings":1,"ignored":0},"problems":[]}"#
        ));
        assert!(!redocly_is_content(
            r#"{"totals":{"errors":2,"warnings":0,"ignored":0},"problems":[]}"#
        ));
        assert!(!redocly_is_content("cannot read the file"));
    }
}
