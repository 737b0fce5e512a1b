//! The command behind `cargo xtask simulate` and `cargo xtask chaos`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rollcall_faults::chaos;
use rollcall_faults::simulate;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Rollcall's simulator and fault runs")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Cause faults on real servers and look whether anything was lost, came twice or changed places
    Chaos(chaos::ChaosArguments),
    /// The relay that the control of a fault run uses: a checkpoint and a plain XADD
    #[command(hide = true)]
    ControlRelay(chaos::ControlRelayArguments),
    /// Play the relay's decisions through faults, seed by seed
    Simulate(simulate::SimulateArguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Chaos(arguments) => chaos::run(&arguments),
        Command::ControlRelay(arguments) => chaos::run_control_relay(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
    }
}
