//! The steps themselves.

use std::process::Command;

use super::tally::Tally;
use super::tools;
use crate::error::TaskError;
use crate::workspace::{Workspace, run};
use crate::{check, generate};

/// The tests that the step `property` runs, by the start of their names.
const PROPERTY_TESTS: &str = "property::";

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
        run(command.current_dir(workspace.root()).args(arguments))
    };
    let ruleset = "contracts/lint/.spectral.yaml";
    linter(
        "spectral",
        &[
            "lint",
            "--ruleset",
            ruleset,
            "--fail-severity",
            "hint",
            openapi,
            asyncapi,
        ],
    )?;
    linter(
        "redocly",
        &[
            "lint",
            "--config",
            "contracts/lint/redocly.yaml",
            "--max-problems",
            "1000",
            openapi,
        ],
    )?;
    linter("asyncapi", &["validate", asyncapi, "--fail-severity", "hint"])
}

pub(super) fn contract(workspace: &Workspace) -> Result<(), TaskError> {
    generate::run(workspace, true)?;
    check::run(workspace)
}

/// All tests of the workspace but the property tests, which have a step of their own.
pub(super) fn test(workspace: &Workspace, tally: &mut Tally) -> Result<(), TaskError> {
    tally.run(&mut workspace.cargo(&[
        "test",
        "--workspace",
        "--locked",
        "--no-fail-fast",
        "--",
        "--skip",
        PROPERTY_TESTS,
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
