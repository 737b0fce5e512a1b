//! What a run of `bench http` leaves behind.

use serde::Serialize;

use crate::facts::Facts;
use crate::measure::LoadResult;
use crate::rounds::{Round, Summary, ratios};

/// Everything that one run has measured.
#[derive(Debug, Serialize)]
pub struct HttpResult {
    /// The machine.
    pub facts: Facts,
    /// How it was measured.
    pub settings: Settings,
    /// The comparisons with the databases themselves.
    pub cells: Vec<Cell>,
    /// Start and memory.
    pub footprint: Option<Footprint>,
    /// The comparison with other services.
    pub peers: Option<Peers>,
    /// The targets and what became of them.
    pub targets: Vec<TargetResult>,
}

/// How it was measured.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Settings {
    /// Rounds of each cell.
    pub rounds: usize,
    /// Counted seconds of each half of a round.
    pub seconds: f64,
    /// Seconds before that, which are not counted.
    pub warm_up_seconds: f64,
    /// Whether this is a short run, which is good for a glance only.
    pub quick: bool,
}

/// One comparison at one number of connections.
#[derive(Debug, Serialize)]
pub struct Cell {
    /// Database, operation and number of tenants.
    pub group: String,
    /// Connections.
    pub connections: usize,
    /// What it is held against, if anything.
    pub reference: Option<&'static str>,
    /// Each round: the reference's transactions per second, and what the load on the service showed.
    pub rounds: Vec<CellRound>,
}

/// One round of a cell.
#[derive(Debug, Serialize)]
pub struct CellRound {
    /// Transactions per second of the reference.
    pub reference: Option<f64>,
    /// The service.
    pub subject: LoadResult,
}

impl Cell {
    /// Service over reference.
    #[must_use]
    pub fn ratio(&self) -> Option<Summary> {
        let rounds: Option<Vec<Round>> = self
            .rounds
            .iter()
            .map(|round| {
                Some(Round {
                    reference: round.reference?,
                    subject: round.subject.throughput,
                })
            })
            .collect();
        ratios(&rounds?)
    }

    /// The reference's transactions per second.
    #[must_use]
    pub fn reference_throughput(&self) -> Option<Summary> {
        Summary::of(self.rounds.iter().filter_map(|round| round.reference))
    }

    /// A figure of the service over all rounds.
    #[must_use]
    pub fn subject(&self, figure: impl Fn(&LoadResult) -> f64) -> Option<Summary> {
        Summary::of(self.rounds.iter().map(|round| figure(&round.subject)))
    }
}

/// Start and memory of the service.
#[derive(Debug, Default, Serialize)]
pub struct Footprint {
    /// Milliseconds from start to ready, by database and whether it is new.
    pub ready_ms: Vec<(String, Summary)>,
    /// MiB after the start, at rest, by database.
    pub idle_mib: Vec<(String, Summary)>,
    /// The most MiB that the service ever took in this run, by database.
    pub loaded_mib: Vec<(String, f64)>,
}

/// The comparison with other services that do the same.
#[derive(Debug, Serialize)]
pub struct Peers {
    /// Connections of the closed loop.
    pub connections: usize,
    /// Processes that each peer serves with.
    pub workers: usize,
    /// By operation.
    pub operations: Vec<PeerOperation>,
}

/// One operation, of all services.
#[derive(Debug, Serialize)]
pub struct PeerOperation {
    /// `createSchool` or `getSchool`.
    pub operation: &'static str,
    /// The equal load of the open loop in requests per second.
    pub offered: f64,
    /// Each service, Rollcall first.
    pub services: Vec<PeerService>,
}

/// One service.
#[derive(Debug, Serialize)]
pub struct PeerService {
    /// Its name.
    pub name: String,
    /// The rounds of the closed loop.
    pub closed: Vec<LoadResult>,
    /// The rounds of the open loop, at the same load for all.
    pub open: Vec<LoadResult>,
}

impl PeerService {
    /// A figure of the closed loop over all rounds.
    #[must_use]
    pub fn closed(&self, figure: impl Fn(&LoadResult) -> f64) -> Option<Summary> {
        Summary::of(self.closed.iter().map(figure))
    }

    /// A figure of the open loop over all rounds.
    #[must_use]
    pub fn open(&self, figure: impl Fn(&LoadResult) -> f64) -> Option<Summary> {
        Summary::of(self.open.iter().map(figure))
    }
}

/// A target and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetResult {
    /// What is measured.
    pub what: String,
    /// The target in words.
    pub target: String,
    /// What was measured, in words.
    pub measured: String,
    /// Whether it is met.
    pub met: bool,
}

impl HttpResult {
    /// Every load on a service in this run.
    pub fn loads(&self) -> impl Iterator<Item = &LoadResult> {
        let cells = self.cells.iter().flat_map(|cell| &cell.rounds);
        let operations = self.peers.iter().flat_map(|peers| &peers.operations);
        let services = operations.flat_map(|operation| &operation.services);
        cells
            .map(|round| &round.subject)
            .chain(services.flat_map(|service| service.closed.iter().chain(&service.open)))
    }
}
