//! The `rollcall` command.

use std::process::ExitCode;

use rollcall::config::{self, Cli};
use rollcall::environment::SystemEnvironment;
use rollcall::telemetry::Telemetry;

fn main() -> ExitCode {
    let cli = match Cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let settings = match config::load(&cli, std::env::vars_os(), |path| std::fs::read_to_string(path)) {
        Ok(settings) => settings,
        Err(error) => return fail(&error),
    };
    let telemetry = match Telemetry::start(
        &settings.log,
        &settings.telemetry_of(cli.command),
        &SystemEnvironment,
    ) {
        Ok(telemetry) => telemetry,
        Err(error) => return fail(&error),
    };
    rollcall::telemetry::log_panics();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let code = runtime
        .block_on(rollcall::command::run(&cli, settings, &telemetry))
        .unwrap_or_else(|error| fail(&error));
    drop(runtime);
    telemetry.stop();
    code
}

/// One line that says what is wrong.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("rollcall: {error}");
    ExitCode::FAILURE
}
