//! `rollcall verify`: compares the event log with the streams, entry by entry.

use std::process::ExitCode;

use super::{CommandError, banner, environment, open_store, sink};
use crate::config::Settings;
use crate::outbox::{LogReader, verify};
use crate::store::MigrationPolicy;
use crate::telemetry::metrics::Metrics;

/// Exits with 1 where an entry is lost, duplicate, out of order or mismatched.
pub(super) async fn run(settings: Settings) -> Result<ExitCode, CommandError> {
    let store = open_store(
        &settings,
        &environment(),
        MigrationPolicy::Refuse,
        None,
        &Metrics::default(),
    )
    .await?;
    let Some(sink) = sink(&settings)? else {
        banner::print("There is no broker to compare with: set ROLLCALL_REDIS_URL.");
        return Ok(ExitCode::FAILURE);
    };
    let report = verify(&LogReader::new(store.event_log().clone()), &sink).await?;
    banner::print(&report.to_string());
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
