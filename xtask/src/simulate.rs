//! `cargo xtask simulate`: builds the simulator as it is released, then runs its own command.

use clap::Args;

use crate::error::TaskError;
use crate::workspace::{Workspace, run};

/// What `cargo xtask simulate` is called with: everything is handed on, `--help` too.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct SimulateArguments {
    /// How many seeds and which, such as `--seeds 100000` or `--seed 7 --trace`; `--help` lists all
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Plays the seeds.
pub(crate) fn run_simulator(workspace: &Workspace, arguments: &SimulateArguments) -> Result<(), TaskError> {
    let mut simulator = workspace.cargo(&[
        "run",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "rollcall-faults",
        "--",
        "simulate",
    ]);
    run(simulator.args(&arguments.arguments))
}
