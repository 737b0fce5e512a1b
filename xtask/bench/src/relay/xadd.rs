//! What the drain is held against: `XADD` of the very same entries, pipelined by a client that has them in memory.
//!
//! It reads no database and checks nothing: no fence, no order, nobody else at work. It sends as many commands at once as
//! the relay sends entries, and keeps as many batches under way as the relay has turns.

use futures_util::{StreamExt as _, stream};
use redis::aio::MultiplexedConnection;
use tokio::runtime::Runtime;

use super::broker::{self, failed};
use super::entries::{Batch, Entries};
use crate::error::BenchError;

/// How many entries go in one batch, as in a relay with default settings.
pub(super) const BATCH_SIZE: usize = 512;

/// How many batches are under way, as in a relay with default settings.
const CONCURRENCY: usize = 16;

/// Sends all entries; how many a second.
pub(super) fn send(runtime: &Runtime, url: &str, entries: &Entries) -> Result<(), BenchError> {
    runtime.block_on(async {
        let client = redis::Client::open(url).map_err(failed)?;
        let connection = client.get_multiplexed_async_connection().await.map_err(failed)?;
        let mut sending = stream::iter(entries.batches())
            .map(|batch| send_batch(connection.clone(), entries, batch))
            .buffered(CONCURRENCY);
        while let Some(sent) = sending.next().await {
            sent.map_err(failed)?;
        }
        Ok(())
    })
}

async fn send_batch(
    mut connection: MultiplexedConnection,
    entries: &Entries,
    batch: &Batch,
) -> Result<(), redis::RedisError> {
    let key = broker::stream(batch.partition.into());
    let mut pipeline = redis::Pipeline::with_capacity(BATCH_SIZE);
    for entry in entries.of(batch) {
        let command = pipeline.cmd("XADD").arg(&key).arg(format!("{}-0", entry.seq));
        command
            .arg("ce")
            .arg(entry.envelope)
            .arg("id")
            .arg(entry.event_id)
            .arg("type")
            .arg(entry.event_type)
            .arg("tenantid")
            .arg(entry.tenant_id);
        if let Some(traceparent) = entry.traceparent {
            command.arg("traceparent").arg(traceparent);
        }
        command.ignore();
    }
    pipeline.query_async(&mut connection).await
}
