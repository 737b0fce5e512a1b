//! `cargo xtask corpus`: builds the generator's commands as they are released, then runs them on a folder of contracts.

use clap::Args;

use crate::error::TaskError;
use crate::workspace::{Workspace, run};

/// What `cargo xtask corpus` is called with: everything is handed on, `--help` too.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct CorpusArguments {
    /// The folder of contracts and what is wanted of it; `--help` lists that
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
}

/// Runs the corpus.
pub(crate) fn run_corpus(workspace: &Workspace, arguments: &[String]) -> Result<(), TaskError> {
    run(&mut workspace.cargo(&[
        "build",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "rollcall-generator",
    ]))?;
    let mut program = std::process::Command::new(workspace.target().join("release/rollcall-generator"));
    program
        .arg("corpus")
        .args(arguments)
        .env("CORPUS_CHECKOUT", workspace.root());
    if std::env::var_os("CORPUS_OUT").is_none() {
        program.env("CORPUS_OUT", workspace.target().join("corpus"));
    }
    run(&mut program)
}
