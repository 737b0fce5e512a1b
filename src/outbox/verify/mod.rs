//! Compares the log with the streams, entry by entry, in both directions.
//!
//! Each entry of a stream is identified with a row of the log, by its place (`<seq>-0`) or else by the sequence number that
//! its event claims, and in both cases by the event's id. Then: a row that no entry is identified with is *lost*, one with
//! two is a *duplicate*, one that comes after a later one is *out of order*; an entry whose fields are not the row's, or that
//! no row is identified with, is *mismatched*. Rows after the stream's last id are *pending*: the relay has yet to carry them.
//!
//! What was old and is gone is no fault: rows below the log's floor are *purged*, and numbers below the stream's first entry and below
//! where it was trimmed are *trimmed*. What the log has purged and the stream lacks without having been trimmed is a fault: *in neither*
//! where the stream has passed it, and *unfillable* where it would come next. A stream is compared in the epoch that the log is in; one of
//! an older epoch is over, and all of the next is pending. Where it is begun anew meanwhile the comparison is too.
//!
//! Memory is bounded by two chunks and the number of gaps found, whatever the length of log and streams.

mod chunks;
mod partition;
mod report;
#[cfg(test)]
mod tests;

pub use report::{PartitionReport, VerifyReport};

use super::log::{LogError, LogHead, LogReader};
use super::sink::{RedisSink, SinkError};

/// Why the comparison could not be made.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The broker cannot be read.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

/// Compares every partition. May run beside writers and relays: what they do meanwhile counts as pending at most.
pub async fn verify(reader: &LogReader, sink: &RedisSink) -> Result<VerifyReport, VerifyError> {
    let mut report = VerifyReport::default();
    for LogHead { partition, .. } in reader.heads().await? {
        report
            .partitions
            .push(partition::compare(reader, sink, partition).await?);
    }
    Ok(report)
}
