//! `cargo xtask chaos`: builds the service and the fault runs as they are released, then runs them.

use std::process::Command;

use clap::Args;

use crate::error::TaskError;
use crate::workspace::{Workspace, run};

/// What `cargo xtask chaos` is called with: everything is handed on, `--help` too.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct ChaosArguments {
    /// Such as `--minutes 30 --seed 7`; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the faults.
pub(crate) fn run_faults(workspace: &Workspace, arguments: &ChaosArguments) -> Result<(), TaskError> {
    let arguments = &arguments.arguments;
    if names_binary(arguments) {
        return run(faults(workspace, true).args(arguments));
    }
    if causes_faults(arguments) {
        run(&mut workspace.cargo(&["build", "--release", "--locked", "--bin", "rollcall"]))?;
    }
    run(command(workspace, true).args(arguments))
}

fn names_binary(arguments: &[String]) -> bool {
    let is_named = |argument: &String| argument == "--binary" || argument.starts_with("--binary=");
    arguments.iter().any(is_named)
}

/// Whether anything is broken, rather than only told.
fn causes_faults(arguments: &[String]) -> bool {
    let only_tells = |argument: &String| matches!(argument.as_str(), "--help" | "-h" | "--print-schedule");
    !arguments.iter().any(only_tells)
}

/// The fault runs on the service that was built here, as it is released or as it is developed.
pub(crate) fn command(workspace: &Workspace, is_release: bool) -> Command {
    let folder = if is_release { "release" } else { "debug" };
    let mut command = faults(workspace, is_release);
    command
        .arg("--binary")
        .arg(workspace.target().join(folder).join("rollcall"));
    command
}

fn faults(workspace: &Workspace, is_release: bool) -> Command {
    let mut command = workspace.cargo(&["run", "--quiet", "--locked", "--package", "rollcall-faults"]);
    if is_release {
        command.arg("--release");
    }
    command.args(["--", "chaos"]);
    command
}

#[cfg(test)]
mod tests {
    use super::{causes_faults, names_binary};

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_service_is_built_where_it_is_broken() {
        for text in ["", "--minutes 30 --seed 7", "--control"] {
            assert!(
                causes_faults(&words(text)) && !names_binary(&words(text)),
                "{text}"
            );
        }
        for text in ["--help", "-h", "--seed 2 --print-schedule"] {
            assert!(!causes_faults(&words(text)), "{text}");
        }
        for text in ["--binary x", "--binary=x --control"] {
            assert!(names_binary(&words(text)), "{text}");
        }
    }
}
