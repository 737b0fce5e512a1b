//! The conformance kit: runs a consumer team's own consumer through what a stream of events can go through, and judges
//! what it says that it handled.
//!
//! The consumer is a child process and a black box. The kit plays the relay and the broker's misfortunes on a scratch
//! Redis: it appends entries exactly as the relay does, trims them, begins new epochs, puts the stream back to where it
//! was some time ago, and kills the consumer. For each event that the consumer has handled it says so in one line of JSON
//! (`docs/EVENTS.md` describes the protocol); the kit knows what it fed and holds the lines against that.
//!
//! Each scenario has a partition, a consumer group and a folder of its own, so that none sees what another left behind.

mod broker;
mod consumer;
mod error;
mod event;
mod file_lines;
mod ledger;
mod report;
mod scenarios;
mod schemas;
mod stage;

use std::ffi::OsString;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio_util::sync::CancellationToken;

pub use error::ConformanceError;
pub use report::{Outcome, Verdict, heading};
pub use scenarios::{SCENARIOS, Scenario};

use crate::environment::SharedEnvironment;
use broker::Broker;
use schemas::SchemaServer;
use stage::{Setting, Stage, Trouble};

/// What the kit is run with.
#[derive(Clone)]
pub struct ConformanceOptions {
    /// The scratch Redis.
    pub redis_url: String,
    /// The consumer: the program and its arguments.
    pub command: Vec<OsString>,
    /// The scenarios to play; none means all.
    pub scenarios: Vec<String>,
    /// The first of the partitions that the scenarios take, one each.
    pub first_partition: u16,
    /// Whether the Redis may hold keys already, as long as none is in the way.
    pub among_other_keys: bool,
    /// How long the consumer may take to say the next thing.
    pub patience: Duration,
    /// Scenarios played at once.
    pub jobs: usize,
}

/// Plays the scenarios; calls `told` with each outcome, in the order of the scenarios. Gives whether all were passed.
///
/// After `shutdown` it clears away what it made, and ends.
pub async fn run(
    options: &ConformanceOptions,
    environment: &SharedEnvironment,
    shutdown: &CancellationToken,
    mut told: impl FnMut(&Outcome),
) -> Result<bool, ConformanceError> {
    let chosen = scenarios::chosen(&options.scenarios)?;
    let broker = Broker::connect(&options.redis_url).await?;
    if !options.among_other_keys {
        broker.insist_on_empty().await?;
    }
    let folder = Folder::new(environment)?;
    let setting = Setting {
        redis_url: options.redis_url.clone(),
        command: options.command.clone(),
        patience: options.patience,
        environment: environment.clone(),
        schemas: SchemaServer::start().await?,
        run: environment.new_id().simple().to_string().split_off(20),
        folder: folder.path.clone(),
    };
    let playing = chosen.into_iter().map(|(number, scenario)| {
        let partition = options.first_partition.saturating_add(number);
        play(&setting, &broker, scenario, partition, shutdown)
    });
    let mut outcomes = stream::iter(playing).buffered(options.jobs.max(1));
    let mut all_passed = true;
    while let Some(outcome) = outcomes.next().await {
        let outcome = outcome?;
        all_passed &= outcome.verdict == Verdict::Passed;
        told(&outcome);
    }
    Ok(all_passed)
}

async fn play(
    setting: &Setting,
    broker: &Broker,
    scenario: &'static Scenario,
    partition: u16,
    shutdown: &CancellationToken,
) -> Result<Outcome, ConformanceError> {
    let mut stage = Stage::set(setting, broker, scenario.name, partition).await?;
    let played = tokio::select! {
        biased;
        () = shutdown.cancelled() => Err(Trouble::Kit(ConformanceError::Interrupted)),
        played = (scenario.play)(&mut stage) => played,
    };
    let (handled, complaints) = stage.clear().await?;
    report::outcome(scenario, played, &handled, complaints)
}

/// A folder that goes when the kit ends, with what the consumers of its scenarios keep between two starts.
struct Folder {
    path: std::path::PathBuf,
}

impl Folder {
    fn new(environment: &SharedEnvironment) -> Result<Self, ConformanceError> {
        let name = format!("rollcall-conformance-{}", environment.new_id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).map_err(|source| ConformanceError::Folder {
            path: path.clone(),
            source,
        })?;
        Ok(Self { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the scratch folder cannot be removed");
        }
    }
}
