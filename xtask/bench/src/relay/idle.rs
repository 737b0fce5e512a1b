//! What a relay costs that has nothing to do.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::backlog::tenants_of;
use super::broker;
use super::process::RelayProcess;
use super::stage::Stage;
use crate::error::BenchError;
use crate::measure::mebibytes;
use crate::seed::{create_school, tenant_id};
use crate::service::{Service, ServiceSetting};
use crate::usage::of_process;

/// After its start, before it is watched: it looks at everything once.
const SETTLES: Duration = Duration::from_secs(3);

/// What one relay took.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Idle {
    /// How many partitions have events.
    pub partitions: u32,
    /// Statements a second that the database was asked.
    pub queries: f64,
    /// Commands a second that the broker was asked, those inside scripts too.
    pub commands: f64,
    /// Of one processor.
    pub processor_share: f64,
    /// Resident, in MiB.
    pub memory_mib: f64,
}

/// Watches a relay for so long over a log in which every partition has an event, all of them published.
pub(super) fn measure(stage: &Stage, duration: Duration) -> Result<Idle, BenchError> {
    let database = "idle";
    let url = stage.database(database)?;
    let redis = broker::start(stage.base())?;
    let partitions = write_to_all(stage, &url, &redis.url())?;
    // Each statement is a line of the server's log; the statistics views count transactions, and late.
    stage.postgres().query(
        "postgres",
        &format!("ALTER DATABASE {database} SET log_statement = 'all'"),
    )?;
    let relay = RelayProcess::start(stage.binary(), &url, &redis.url(), stage.base())?;
    std::thread::sleep(SETTLES);
    let before = look(stage, &redis.url(), &relay)?;
    std::thread::sleep(duration);
    let after = look(stage, &redis.url(), &relay)?;
    let memory = of_process(relay.id()).map_or(0, |usage| usage.resident_bytes);
    relay.stop()?;
    let seconds = (after.at - before.at).as_secs_f64();
    let idle = Idle {
        partitions,
        queries: (after.statements - before.statements) / seconds,
        // The look itself is one.
        commands: (after.commands - before.commands - 1.0) / seconds,
        processor_share: after.cpu_time.saturating_sub(before.cpu_time).as_secs_f64() / seconds,
        memory_mib: mebibytes(memory),
    };
    println!(
        "idle, {partitions} partitions: {:.2} queries/s, {:.1} commands/s, {:.2} % of a processor, {:.0} MiB",
        idle.queries,
        idle.commands,
        idle.processor_share * 100.0,
        idle.memory_mib
    );
    Ok(idle)
}

/// One school in each partition, published by the service that writes them.
fn write_to_all(stage: &Stage, database_url: &str, redis_url: &str) -> Result<u32, BenchError> {
    let service = Service::start(ServiceSetting {
        database_url: Some(database_url.to_owned()),
        redis_url: Some(redis_url.to_owned()),
        base: stage.base().map(std::path::Path::to_owned),
        ..ServiceSetting::new(stage.binary())
    })?;
    let mut count = 0;
    for tenant in (0..super::backlog::PARTITION_COUNT).filter_map(|partition| tenants_of(partition).next()) {
        create_school(service.address(), &tenant_id(tenant), tenant)?;
        count += 1;
    }
    service.stop()?;
    Ok(count)
}

struct Look {
    at: Instant,
    statements: f64,
    commands: f64,
    cpu_time: Duration,
}

fn look(stage: &Stage, redis_url: &str, relay: &RelayProcess) -> Result<Look, BenchError> {
    let log = stage.postgres().process().stderr();
    // Simple statements and prepared ones ("Error Reporting and Logging", log_statement).
    let is_statement = |line: &&str| line.contains("LOG:  statement: ") || line.contains("LOG:  execute ");
    let statements = u32::try_from(log.lines().filter(is_statement).count()).unwrap_or(u32::MAX);
    let info: String = redis::cmd("INFO")
        .arg("stats")
        .query(&mut broker::connect(redis_url)?)
        .map_err(broker::failed)?;
    let commands = info
        .lines()
        .find_map(|line| line.strip_prefix("total_commands_processed:"))
        .and_then(|count| count.trim().parse().ok());
    Ok(Look {
        at: Instant::now(),
        statements: f64::from(statements),
        commands: commands.ok_or_else(|| BenchError::invalid("Redis", "it does not count its commands"))?,
        cpu_time: of_process(relay.id())
            .map(|usage| usage.cpu_time)
            .unwrap_or_default(),
    })
}
