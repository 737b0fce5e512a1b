//! How long an event takes from its commit to a consumer, at several paces.

use std::time::Duration;

use serde::Serialize;
use tokio::runtime::Runtime;

use super::backlog::{PARTITION_COUNT, other_tenants};
use super::broker;
use super::commits::{self, Publishing};
use super::consumer::Consumer;
use super::process::RelayProcess;
use super::stage::Stage;
use super::writes::{Pace, write};
use crate::error::BenchError;
use crate::load::Latencies;
use crate::service::{Service, ServiceSetting};

/// How long is waited for the last events.
pub(super) const EVENTS_PATIENCE: Duration = Duration::from_secs(30);

const WARM_UP: Duration = Duration::from_secs(1);

/// Writers: so many that hardly two write to one partition at the same time.
const TENANTS: usize = 64;

/// Who carries the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// The service that writes them.
    Service,
    /// A relay of its own process; the service only writes.
    Relay,
}

/// How long events took.
#[derive(Debug, Clone, Serialize)]
pub struct LatencyRow {
    /// Who carried them.
    pub carrier: String,
    /// How many writes a second were asked for; nothing where as many as possible.
    pub rate: Option<f64>,
    /// How many came about.
    pub throughput: f64,
    /// From the commit record to the consumer.
    pub after_commit: Percentiles,
    /// From the caller's answer to the consumer.
    pub after_answer: Option<Percentiles>,
}

/// In milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Percentiles {
    /// How many were measured.
    pub count: u64,
    /// Half took no longer.
    pub p50_ms: f64,
    /// The 99th percentile.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl From<&Latencies> for Percentiles {
    fn from(latencies: &Latencies) -> Self {
        Self {
            count: latencies.count(),
            p50_ms: latencies.percentile_ms(50.0),
            p99_ms: latencies.percentile_ms(99.0),
            max_ms: latencies.max_ms(),
        }
    }
}

/// Measures at each pace, first with the service's own relay, then with one apart.
pub(super) fn measure(
    runtime: &Runtime,
    stage: &Stage,
    paces: &[Pace],
    duration: Duration,
) -> Result<Vec<LatencyRow>, BenchError> {
    let mut rows = Vec::new();
    for carrier in [Carrier::Service, Carrier::Relay] {
        let name = match carrier {
            Carrier::Service => "latency_service",
            Carrier::Relay => "latency_relay",
        };
        stage.database(name)?;
        for pace in paces {
            rows.push(at_pace(runtime, stage, name, carrier, *pace, duration)?);
        }
    }
    Ok(rows)
}

pub(super) fn at_pace(
    runtime: &Runtime,
    stage: &Stage,
    database: &str,
    carrier: Carrier,
    pace: Pace,
    duration: Duration,
) -> Result<LatencyRow, BenchError> {
    let redis = broker::start(stage.base())?;
    let url = stage.postgres().url(database);
    let mut setting = ServiceSetting {
        database_url: Some(url.clone()),
        redis_url: Some(redis.url()),
        base: stage.base().map(std::path::Path::to_owned),
        ..ServiceSetting::new(stage.binary())
    };
    let relay = match carrier {
        Carrier::Service => None,
        Carrier::Relay => {
            setting
                .variables
                .push(("ROLLCALL_RELAY".to_owned(), "off".to_owned()));
            let relay = RelayProcess::start(stage.binary(), &url, &redis.url(), stage.base())?;
            Some(relay)
        }
    };
    let service = Service::start(setting)?;
    let streams = (0..PARTITION_COUNT).map(|partition| (broker::stream(partition), "0-0".to_owned()));
    let consumer = Consumer::start(&redis.url(), streams.collect())?;
    let tenants = other_tenants(TENANTS);
    let written = runtime.block_on(write(service.target(), &tenants, pace, WARM_UP, duration))?;
    let commits = commits::of_log(stage.postgres(), database, written.counted_from.since_1970)?;
    let sightings = consumer.take(&commits.iter().map(|commit| &commit.event_id), EVENTS_PATIENCE);
    consumer.stop()?;
    let publishing = commits::publishing(commits.iter(), &sightings, &written.answered);
    require_all(&publishing)?;
    service.stop()?;
    if let Some(relay) = relay {
        relay.stop()?;
    }
    let row = LatencyRow {
        carrier: match carrier {
            Carrier::Service => "service",
            Carrier::Relay => "relay",
        }
        .to_owned(),
        rate: match pace {
            Pace::Rate(rate) => Some(rate),
            Pace::Saturation => None,
        },
        throughput: written.throughput,
        after_commit: (&publishing.after_commit).into(),
        after_answer: Some((&publishing.after_answer).into()),
    };
    println!(
        "latency, {} at {:.0} writes/s: {:.2} ms p50, {:.2} ms p99, {:.1} ms max from the commit record; \
         {:.2} ms p99 from the answer",
        row.carrier,
        row.throughput,
        row.after_commit.p50_ms,
        row.after_commit.p99_ms,
        row.after_commit.max_ms,
        publishing.after_answer.percentile_ms(99.0),
    );
    Ok(row)
}

/// A figure over some of the events would flatter.
pub(super) fn require_all(publishing: &Publishing) -> Result<(), BenchError> {
    if publishing.missing > 0 || publishing.after_commit.count() == 0 {
        let reason = format!(
            "{} events came and {} did not come within {} s",
            publishing.after_commit.count(),
            publishing.missing,
            EVENTS_PATIENCE.as_secs()
        );
        return Err(BenchError::invalid("the stream", reason));
    }
    Ok(())
}
