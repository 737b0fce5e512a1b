//! The comparison with services that a team might have written instead.
//!
//! First a closed loop shows what each can do. Then all get the same open load, below what the slowest can do, and their
//! latencies are compared: at a load that only some can bear, the percentiles of the others would say nothing but that.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::groups::Operation;
use super::result::{PeerOperation, PeerService, Peers, Settings};
use crate::conformance::{self, require_same};
use crate::error::BenchError;
use crate::load::{Arrivals, ClosedLoop, OpenLoop, Workload};
use crate::measure::{LoadResult, Subject, measure_closed, measure_open};
use crate::peer::{InstalledPeer, NAMES, Peer};
use crate::postgres::Postgres;
use crate::rounds::Summary;
use crate::seed::{Seed, seed_postgres};
use crate::service::{Service, ServiceSetting};
use crate::workload::{CreateSchool, GetSchool};

const CONNECTIONS: usize = 32;

/// The equal load as a share of what the slowest can do.
const OFFERED_SHARE: f64 = 0.7;

struct Contender {
    name: String,
    subject: Subject,
    seed: Seed,
}

/// Installs and starts the peers, and measures them beside the service.
pub(super) fn measure(
    runtime: &Runtime,
    setting: &ServiceSetting,
    postgres: &Postgres,
    tools: &std::path::Path,
    settings: Settings,
) -> Result<Peers, BenchError> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let service = Service::start(ServiceSetting {
        database_url: Some(postgres.create_database("rollcall_peers")?),
        ..setting.clone()
    })?;
    let mut contenders = vec![Contender {
        name: "rollcall".to_owned(),
        subject: Subject {
            target: service.target(),
            process: service.process().id(),
        },
        seed: seed_postgres(service.address(), postgres, "rollcall_peers")?,
    }];
    let mut running: Vec<Peer> = Vec::new();
    for name in NAMES {
        println!("installing {name}");
        let installed = InstalledPeer::install(name, tools)?;
        let database = format!("peer_{name}");
        let peer = installed.start(&postgres.create_database(&database)?, workers)?;
        let subject = |name: &str, address| conformance::Subject {
            name: name.to_owned(),
            address,
        };
        runtime.block_on(require_same(
            &subject("rollcall", service.address()),
            &subject(name, peer.address()),
        ))?;
        contenders.push(Contender {
            name: name.to_owned(),
            subject: Subject {
                target: peer.target(),
                process: peer.process().id(),
            },
            seed: seed_postgres(peer.address(), postgres, &database)?,
        });
        running.push(peer);
    }
    let mut operations = Vec::new();
    for operation in [Operation::Post, Operation::Get] {
        operations.push(measure_operation(
            runtime,
            postgres,
            &contenders,
            operation,
            settings,
        )?);
    }
    for peer in running {
        peer.stop()?;
    }
    service.stop()?;
    Ok(Peers {
        connections: CONNECTIONS,
        workers,
        operations,
    })
}

fn measure_operation(
    runtime: &Runtime,
    postgres: &Postgres,
    contenders: &[Contender],
    operation: Operation,
    settings: Settings,
) -> Result<PeerOperation, BenchError> {
    let closed = |contender: &Contender| {
        let setting = ClosedLoop {
            connections: CONNECTIONS,
            warm_up: Duration::from_secs_f64(settings.warm_up_seconds),
            duration: Duration::from_secs_f64(settings.seconds),
        };
        measure_closed(
            runtime,
            contender.subject,
            workload(contender, operation),
            setting,
        )
    };
    // Pools fill, statements are prepared and code is compiled in a first round that is not counted.
    by_turns("warm-up", postgres, contenders, 1, closed)?;
    let closed = by_turns("closed loop", postgres, contenders, settings.rounds, closed)?;
    let offered = offered(&closed).ok_or_else(|| {
        BenchError::invalid(
            "equal load",
            "one of the services answered nothing in the closed loop",
        )
    })?;
    let open = |contender: &Contender| {
        let setting = OpenLoop {
            rate: offered,
            // The same for all.
            arrivals: Arrivals::Poisson { seed: 1 },
            connections: 2 * CONNECTIONS,
            warm_up: Duration::from_secs_f64(settings.warm_up_seconds),
            duration: Duration::from_secs_f64(settings.seconds),
        };
        measure_open(
            runtime,
            contender.subject,
            workload(contender, operation),
            setting,
        )
    };
    let open = by_turns("equal load", postgres, contenders, settings.rounds, open)?;
    let services = contenders.iter().zip(closed.into_iter().zip(open));
    Ok(PeerOperation {
        operation: match operation {
            Operation::Post => "createSchool",
            Operation::Get => "getSchool",
        },
        offered,
        services: services
            .map(|(contender, (closed, open))| PeerService {
                name: contender.name.clone(),
                closed,
                open,
            })
            .collect(),
    })
}

fn workload(contender: &Contender, operation: Operation) -> Arc<dyn Workload> {
    match operation {
        Operation::Post => Arc::new(CreateSchool::new(&contender.seed.tenants)),
        Operation::Get => Arc::new(GetSchool::new(contender.seed.schools.clone())),
    }
}

/// Rounds in which each has its turn, each round beginning with another; the results by contender.
fn by_turns(
    what: &str,
    postgres: &Postgres,
    contenders: &[Contender],
    rounds: usize,
    measure: impl Fn(&Contender) -> LoadResult,
) -> Result<Vec<Vec<LoadResult>>, BenchError> {
    let mut results = vec![Vec::new(); contenders.len()];
    for round in 0..rounds {
        for place in 0..contenders.len() {
            let index = (round + place) % contenders.len();
            if let (Some(contender), Some(results)) = (contenders.get(index), results.get_mut(index)) {
                postgres.checkpoint()?;
                let result = measure(contender);
                println!(
                    "peers, {what}, round {}: {} {:.0}/s, p50 {:.2} ms, p99 {:.2} ms, {:.0} MiB, errors {:?}",
                    round + 1,
                    contender.name,
                    result.throughput,
                    result.p50_ms,
                    result.p99_ms,
                    result.memory_mib,
                    result.errors,
                );
                results.push(result);
            }
        }
    }
    Ok(results)
}

/// A load that even the slowest bears, in whole requests per second; nothing where one of them answered nothing.
fn offered(closed: &[Vec<LoadResult>]) -> Option<f64> {
    let medians: Option<Vec<f64>> = closed
        .iter()
        .map(|results| Some(Summary::of(results.iter().map(|result| result.throughput))?.median))
        .collect();
    let slowest = medians?.into_iter().reduce(f64::min)?;
    let offered = (slowest * OFFERED_SHARE).floor();
    (offered >= 1.0).then_some(offered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(throughputs: &[f64]) -> Vec<LoadResult> {
        let result = |throughput: &f64| LoadResult {
            throughput: *throughput,
            ..LoadResult::default()
        };
        throughputs.iter().map(result).collect()
    }

    #[test]
    fn the_equal_load_lies_below_the_median_of_the_slowest() {
        let closed = [results(&[900.0, 1000.0, 1100.0]), results(&[200.0, 10.0, 101.0])];
        assert_eq!(offered(&closed), Some(70.0));
        assert_eq!(offered(&[results(&[900.0]), results(&[0.0])]), None);
        assert_eq!(offered(&[results(&[])]), None);
    }
}
