//! The control: a relay as it is usually built, which reads the log after a checkpoint, appends with a plain XADD and then
//! moves the checkpoint. It elects a leader with an advisory lock, tries again after every error, and is correct as long as
//! nothing fails between two steps.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use redis::aio::MultiplexedConnection;
use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection, QueryResult};

use super::backlog::statement;

/// Where the control keeps its checkpoints.
pub(super) const TABLE: &str =
    "CREATE TABLE control_checkpoints (\"partition\" integer PRIMARY KEY, seq bigint NOT NULL)";

const POLL: Duration = Duration::from_millis(50);
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(200);

const LEAD: &str = "SELECT pg_try_advisory_lock(7) AS is_leader";
const BATCH: &str = r#"SELECT l."partition"::int AS "partition", l.seq::bigint AS seq, l.event_id::text AS id, l.event_type AS type,
    l.tenant_id::text AS tenantid, l.envelope AS ce, l.traceparent
FROM event_log l LEFT JOIN control_checkpoints c ON c."partition" = l."partition"
WHERE l.seq > coalesce(c.seq, 0) ORDER BY 1, 2 LIMIT 500"#;

/// What the control's relay is called with.
#[derive(Debug, Args)]
pub struct ControlRelayArguments {
    /// The database with the log
    #[arg(long)]
    database_url: String,
    /// The broker
    #[arg(long)]
    redis_url: String,
}

/// Relays until it is killed.
#[must_use]
pub fn run(arguments: &ControlRelayArguments) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(relay(arguments))
}

async fn relay(arguments: &ControlRelayArguments) -> ExitCode {
    println!("Relaying with a checkpoint and a plain XADD.");
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("signals");
    loop {
        tokio::select! {
            _ = terminate.recv() => return ExitCode::SUCCESS,
            failed = life(arguments) => eprintln!("beginning again: {failed}"),
        }
        tokio::time::sleep(PAUSE_AFTER_ERROR).await;
    }
}

/// From connecting to the first error, which it gives.
async fn life(arguments: &ControlRelayArguments) -> String {
    let lived: Result<(), Box<dyn std::error::Error>> = async {
        let mut options = ConnectOptions::new(arguments.database_url.clone());
        // The lock is the connection's: there is one, and it is never replaced in silence.
        options
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(2))
            .test_before_acquire(false)
            .sqlx_logging(false);
        let limit = Some(Duration::from_secs(2));
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(limit)
            .set_response_timeout(limit);
        let database = sea_orm::Database::connect(options).await?;
        let mut broker = redis::Client::open(arguments.redis_url.as_str())?
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        loop {
            let turn = tokio::time::timeout(Duration::from_secs(10), turn(&database, &mut broker));
            if !turn.await?? {
                tokio::time::sleep(POLL).await;
            }
        }
    }
    .await;
    lived.map_or_else(|error| error.to_string(), |()| String::new())
}

/// Carries one batch; gives whether there was one.
async fn turn(
    database: &DatabaseConnection,
    broker: &mut MultiplexedConnection,
) -> Result<bool, Box<dyn std::error::Error>> {
    let answer = database.query_one_raw(statement(LEAD)).await?;
    let is_leader = answer.is_some_and(|row| row.try_get("", "is_leader").unwrap_or(false));
    if !is_leader {
        return Ok(false);
    }
    let rows = database.query_all_raw(statement(BATCH)).await?;
    if rows.is_empty() {
        return Ok(false);
    }
    let mut pipeline = redis::pipe();
    let mut ends = BTreeMap::new();
    for row in &rows {
        let (partition, seq): (i32, i64) = (row.try_get("", "partition")?, row.try_get("", "seq")?);
        pipeline
            .cmd("XADD")
            .arg(format!("lms.roster.v1:{{{partition}}}"))
            .arg("*")
            .arg(fields(row)?)
            .ignore();
        ends.insert(partition, seq);
    }
    let () = pipeline.query_async(broker).await?;
    let values: Vec<String> = ends
        .iter()
        .map(|(partition, seq)| format!("({partition}, {seq})"))
        .collect();
    let move_checkpoints = format!(
        "INSERT INTO control_checkpoints VALUES {} ON CONFLICT (\"partition\") DO UPDATE SET seq = excluded.seq",
        values.join(", ")
    );
    database.execute_unprepared(&move_checkpoints).await?;
    Ok(true)
}

fn fields(row: &QueryResult) -> Result<Vec<(&'static str, String)>, sea_orm::DbErr> {
    let mut fields = Vec::new();
    for name in ["ce", "id", "type", "tenantid", "traceparent"] {
        if let Some(value) = row.try_get::<Option<String>>("", name)? {
            fields.push((name, value));
        }
    }
    Ok(fields)
}
