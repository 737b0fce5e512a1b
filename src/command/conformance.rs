//! `rollcall conformance`: judges a consumer of the streams.

use std::process::ExitCode;

use super::{CommandError, banner, environment, shutdown_token};
use crate::config::{ConformanceArguments, Settings};
use crate::conformance::{self, ConformanceOptions, SCENARIOS};

/// Exits with 1 where the consumer fails a scenario.
pub(super) async fn run(
    arguments: &ConformanceArguments,
    settings: &Settings,
) -> Result<ExitCode, CommandError> {
    let Some(redis_url) = settings.redis_url.as_ref().filter(|_| !arguments.list) else {
        list();
        return Ok(ExitCode::SUCCESS);
    };
    let options = ConformanceOptions {
        redis_url: redis_url.expose().to_owned(),
        command: arguments.command.clone(),
        scenarios: arguments.scenarios.clone(),
        first_partition: arguments.first_partition,
        among_other_keys: arguments.among_other_keys,
        patience: arguments.patience,
        jobs: arguments.jobs,
    };
    let shutdown = shutdown_token()?;
    let environment = environment();
    let mut has_heading = false;
    let all_passed = conformance::run(&options, &environment, &shutdown, |outcome| {
        if !std::mem::replace(&mut has_heading, true) {
            banner::print(&conformance::heading());
        }
        banner::print(&outcome.to_string());
    });
    Ok(if all_passed.await? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn list() {
    let width = SCENARIOS.iter().map(|scenario| scenario.name.len()).max();
    let width = width.unwrap_or_default();
    for scenario in SCENARIOS {
        banner::print(&format!("{:width$}  {}", scenario.name, scenario.about));
        banner::print(&format!("{:width$}  expected: {}", "", scenario.expected));
    }
}
