//! `cargo xtask bench`: builds the service and the benchmarks as they are released, then runs the benchmarks' own command.

use clap::Args;

use crate::error::TaskError;
use crate::workspace::{Workspace, run};

/// What `cargo xtask bench` is called with: everything is handed on, `--help` too.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct BenchArguments {
    /// The benchmark and its arguments, such as `http --quick`; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the benchmark.
pub(crate) fn run_benchmark(workspace: &Workspace, arguments: &BenchArguments) -> Result<(), TaskError> {
    let arguments: Vec<&str> = arguments.arguments.iter().map(String::as_str).collect();
    if needs_service(&arguments) {
        run(&mut workspace.cargo(&["build", "--release", "--locked", "--bin", "rollcall"]))?;
    }
    let target = workspace.target();
    let mut bench = workspace.cargo(&[
        "run",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "rollcall-bench",
        "--",
    ]);
    bench
        .args(arguments)
        .env("BENCH_BINARY", target.join("release/rollcall"))
        .env("BENCH_RESULTS", target.join("bench"))
        .env("BENCH_TOOLS", workspace.tools());
    run(&mut bench)
}

/// Whether something is measured, and no other binary is named for it.
fn needs_service(arguments: &[&str]) -> bool {
    let is_help = |argument: &&str| matches!(*argument, "--help" | "-h" | "help");
    let names_binary = |argument: &&str| *argument == "--binary" || argument.starts_with("--binary=");
    !arguments.is_empty()
        && !arguments
            .iter()
            .any(|argument| is_help(argument) || names_binary(argument))
}

#[cfg(test)]
mod tests {
    use super::needs_service;

    #[test]
    fn the_service_is_built_where_it_is_measured() {
        assert!(needs_service(&["http", "--quick"]));
        for arguments in [
            &[][..],
            &["--help"],
            &["http", "-h"],
            &["http", "--binary", "x"],
            &["slo", "--binary=x"],
        ] {
            assert!(!needs_service(arguments), "{arguments:?}");
        }
    }
}
