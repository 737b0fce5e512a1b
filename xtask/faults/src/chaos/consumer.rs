//! Whoever reads: a consumer group over all streams, as `docs/EVENTS.md` tells consumers to be.
//!
//! It keeps its own position in each partition. What is not above it was handled before; what is more than one above it
//! is a gap.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamReadReply};
use redis::{RedisError, RedisResult};
use rollcall::environment::{Environment as _, SystemEnvironment};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::backlog::seq_of;

const GROUP: &str = "chaos";
const NAME: &str = "the-only-one";
const PARTITIONS: u16 = 64;
const BLOCK: Duration = Duration::from_millis(200);
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// What was handled.
#[derive(Debug, Default, Clone)]
pub(super) struct Handled {
    /// The ids of the events of each partition, in the order in which they were handled.
    pub(super) events: Vec<Vec<String>>,
    /// Entries that came again, which the position told.
    pub(super) repeated: u64,
    /// What a consumer must never meet, in words.
    pub(super) faults: Vec<String>,
    /// How old events were when they were handled in quiet, in milliseconds.
    pub(super) ages: Vec<u64>,
}

/// The running consumer.
pub(super) struct Consumer {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    handled: Mutex<Handled>,
    /// Since when nothing is broken; none while something is.
    quiet_since: Mutex<Option<DateTime<Utc>>>,
    is_over: AtomicBool,
}

impl Shared {
    fn handled(&self) -> std::sync::MutexGuard<'_, Handled> {
        self.handled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn quiet_since(&self) -> std::sync::MutexGuard<'_, Option<DateTime<Utc>>> {
        self.quiet_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Consumer {
    /// One that reads from the Redis behind this port of 127.0.0.1.
    pub(super) fn start(port: u16) -> Self {
        let shared = Arc::new(Shared {
            handled: Mutex::new(Handled {
                events: vec![Vec::new(); usize::from(PARTITIONS)],
                ..Handled::default()
            }),
            quiet_since: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let task = tokio::spawn(consume(Arc::clone(&shared), port));
        Self { shared, task }
    }

    /// Whether nothing is broken from now on: only then the age of new events says something.
    pub(super) fn set_quiet(&self, is_quiet: bool) {
        *self.shared.quiet_since() = is_quiet.then(|| SystemEnvironment.now());
    }

    /// How many events were handled so far.
    pub(super) fn count(&self) -> usize {
        self.shared.handled().events.iter().map(Vec::len).sum()
    }

    /// Ends it; what it handled.
    pub(super) async fn stop(self) -> Handled {
        self.shared.is_over.store(true, Ordering::Release);
        self.task.await.expect("the consumer");
        std::mem::take(&mut *self.shared.handled())
    }
}

async fn consume(shared: Arc<Shared>, port: u16) {
    while !shared.is_over.load(Ordering::Acquire) {
        // Whatever happens to a connection, or to the group, the next life begins from what Redis still knows.
        let _ = life(&shared, port).await;
        tokio::time::sleep(PAUSE_AFTER_ERROR).await;
    }
}

async fn life(shared: &Shared, port: u16) -> RedisResult<()> {
    let limit = Some(Duration::from_secs(2));
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(limit)
        .set_response_timeout(limit);
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}"))?;
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    make_groups(&mut connection).await?;
    // First what was read before and not acknowledged, then what is new.
    let mut is_pending = true;
    while !shared.is_over.load(Ordering::Acquire) {
        let reply = read(&mut connection, if is_pending { "0" } else { ">" }).await?;
        let mut acknowledgements = redis::pipe();
        let mut count = 0;
        for stream in &reply.keys {
            for entry in &stream.ids {
                handle(shared, &stream.key, entry);
                acknowledgements
                    .cmd("XACK")
                    .arg(&stream.key)
                    .arg(GROUP)
                    .arg(&entry.id)
                    .ignore();
                count += 1;
            }
        }
        if count > 0 {
            let () = acknowledgements.query_async(&mut connection).await?;
        } else {
            is_pending = false;
        }
    }
    Ok(())
}

fn key(partition: u16) -> String {
    format!("lms.roster.v1:{{{partition}}}")
}

async fn make_groups(connection: &mut MultiplexedConnection) -> RedisResult<()> {
    for partition in 0..PARTITIONS {
        let made: Result<(), RedisError> = redis::cmd("XGROUP")
            .arg("CREATE")
            .arg(key(partition))
            .arg(GROUP)
            .arg("0")
            .arg("MKSTREAM")
            .query_async(connection)
            .await;
        match made {
            Err(error) if error.code() != Some("BUSYGROUP") => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

async fn read(connection: &mut MultiplexedConnection, after: &str) -> RedisResult<StreamReadReply> {
    let mut command = redis::cmd("XREADGROUP");
    command.arg("GROUP").arg(GROUP).arg(NAME).arg("COUNT").arg(100);
    command
        .arg("BLOCK")
        .arg(u64::try_from(BLOCK.as_millis()).unwrap_or(0));
    command.arg("STREAMS");
    for partition in 0..PARTITIONS {
        command.arg(key(partition));
    }
    for _ in 0..PARTITIONS {
        command.arg(after);
    }
    let reply: Option<StreamReadReply> = command.query_async(connection).await?;
    Ok(reply.unwrap_or_default())
}

fn handle(shared: &Shared, stream: &str, entry: &StreamId) {
    let now = SystemEnvironment.now();
    let mut handled = shared.handled();
    let partition = stream
        .split_once('{')
        .and_then(|(_, rest)| rest.strip_suffix('}')?.parse::<usize>().ok())
        .expect("a stream of a partition");
    let id: String = entry.get("id").unwrap_or_default();
    // An entry that was deleted while it was pending has no fields, and was handled or comes again with its stream.
    if id.is_empty() {
        return;
    }
    let seq = usize::try_from(seq_of(&entry.id)).unwrap_or(0);
    let position = handled.events[partition].len();
    if seq == position + 1 {
        handled.events[partition].push(id);
        if let Some(since) = *shared.quiet_since()
            && let Some(age) = age(entry, since, now)
        {
            handled.ages.push(age);
        }
        return;
    }
    if seq == 0 || seq > position {
        let fault = format!("{stream}: after {position} comes {}", entry.id);
        handled.faults.push(fault);
    } else if handled.events[partition][seq - 1] == id {
        handled.repeated += 1;
    } else {
        let fault = format!("{stream}: at {} stands another event than before", entry.id);
        handled.faults.push(fault);
    }
}

/// How many milliseconds ago the event in an entry was made, if that was after `since`.
fn age(entry: &StreamId, since: DateTime<Utc>, now: DateTime<Utc>) -> Option<u64> {
    let event: Value = serde_json::from_str(&entry.get::<String>("ce")?).ok()?;
    let time = DateTime::parse_from_rfc3339(event.get("time")?.as_str()?).ok()?;
    if time < since {
        return None;
    }
    u64::try_from(now.signed_duration_since(time).num_milliseconds()).ok()
}
