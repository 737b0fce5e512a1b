//! The benchmarks' command; `cargo xtask bench` builds and calls it.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rollcall_bench::error::BenchError;
use rollcall_bench::{conformance, http, relay, slo, telemetry};

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Rollcall's benchmarks")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Throughput, latency, start and memory, beside the databases themselves and beside other services
    Http(http::HttpArguments),
    /// How fast the relay carries events to the broker, beside the broker itself and beside other relays
    Relay(relay::RelayArguments),
    /// Hold the service levels under a realistic load, and compare with the committed baseline
    Slo(slo::SloArguments),
    /// Check that the other services do the same as Rollcall
    Conformance(conformance::ConformanceArguments),
    /// What sending traces, metrics and logs costs
    Telemetry(telemetry::TelemetryArguments),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), BenchError> {
    // One thread: the generator shares the processors with what it measures.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(BenchError::io("a runtime"))?;
    match &arguments.command {
        Command::Http(arguments) => http::run(&runtime, arguments),
        Command::Relay(arguments) => relay::run(&runtime, arguments),
        Command::Slo(arguments) => slo::run(&runtime, arguments),
        Command::Conformance(arguments) => conformance::run(&runtime, arguments),
        Command::Telemetry(arguments) => telemetry::run(&runtime, arguments),
    }
}
