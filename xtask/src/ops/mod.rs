//! `cargo xtask ops`: what a monitoring system is fed with, in `docs/operations/`.
//!
//! One description of the service levels and of the alerts gives the Prometheus rules, the cases that `promtool test
//! rules` runs on them, and the Grafana dashboard. An alert is not complete without a situation in which it fires and one
//! in which it is silent; both stand beside it, so that whoever changes an expression sees at once what it was for.

mod alerts;
mod dashboard;
mod objectives;
#[cfg(test)]
mod promql;
mod recording;
mod rules;
mod samples;
#[cfg(test)]
mod tests;

use std::fs;
use std::process::Command;

use crate::error::TaskError;
use crate::workspace::{self, Workspace};

/// Where the files are, below the root of the repository.
const FOLDER: &str = "docs/operations";
const RULES: &str = "prometheus-rules.yaml";
const RULE_TESTS: &str = "prometheus-rules.test.yaml";
const DASHBOARD: &str = "grafana-dashboard.json";

/// A file that is made here.
struct OperationsFile {
    name: &'static str,
    text: String,
}

/// Writes the files; with `verify` only compares them with what is committed.
pub(crate) fn run(workspace: &Workspace, verify: bool) -> Result<(), TaskError> {
    let folder = workspace.root().join(FOLDER);
    let files = files()?;
    let is_stale =
        |file: &&OperationsFile| fs::read_to_string(folder.join(file.name)).ok().as_ref() != Some(&file.text);
    let stale: Vec<&OperationsFile> = files.iter().filter(is_stale).collect();
    if verify {
        let names: Vec<&str> = stale.iter().map(|file| file.name).collect();
        if names.is_empty() {
            println!(
                "{FOLDER}/ is what is described in xtask/src/ops ({} files)",
                files.len()
            );
            return Ok(());
        }
        return Err(TaskError::Unexpected(format!(
            "{FOLDER}/ is stale ({}); run `cargo xtask ops`",
            names.join(", ")
        )));
    }
    let failed = |path: &std::path::Path| {
        let path = path.to_owned();
        move |source| TaskError::File { path, source }
    };
    fs::create_dir_all(&folder).map_err(failed(&folder))?;
    for file in stale {
        let path = folder.join(file.name);
        fs::write(&path, &file.text).map_err(failed(&path))?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// Has Prometheus itself read the rules and run the cases that stand beside each alert.
pub(crate) fn test_rules(workspace: &Workspace) -> Result<(), TaskError> {
    for arguments in [["check", "rules", RULES], ["test", "rules", RULE_TESTS]] {
        let mut promtool = Command::new("promtool");
        promtool
            .current_dir(workspace.root().join(FOLDER))
            .args(arguments);
        workspace::run(&mut promtool)?;
    }
    Ok(())
}

/// All files; the same every time.
fn files() -> Result<Vec<OperationsFile>, TaskError> {
    let alerts = alerts::all();
    let rules = rules::yaml(&rules::rules(&alerts))?;
    let tests = rules::yaml(&rules::tests(&alerts, RULES))?;
    Ok(vec![
        OperationsFile {
            name: RULES,
            text: rules,
        },
        OperationsFile {
            name: RULE_TESTS,
            text: tests,
        },
        OperationsFile {
            name: DASHBOARD,
            text: dashboard::json()?,
        },
    ])
}
