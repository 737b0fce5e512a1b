//! `rollcall migrate`: brings the database to this program's schema.

use std::process::ExitCode;

use super::{CommandError, banner, environment, open_store};
use crate::config::Settings;
use crate::store::MigrationPolicy;
use crate::telemetry::metrics::Metrics;

pub(super) async fn run(settings: Settings) -> Result<ExitCode, CommandError> {
    let store = open_store(
        &settings,
        &environment(),
        MigrationPolicy::Migrate,
        None,
        &Metrics::default(),
    )
    .await?;
    let partitions = store.metadata().partition_count;
    banner::print(&format!(
        "The database has this version's schema ({partitions} partitions) and isolates tenants."
    ));
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
