//! The event log (transactional outbox), its relay to Redis Streams, and their verification.
//!
//! A write commits its event in the same transaction as everything else, as a row of the log with the next number of its
//! partition. The log is append-only and its order is the order of truth. The [`Relay`] copies it to streams; [`verify`]
//! proves that it did.

mod draft;
pub mod epoch;
pub mod health;
pub mod log;
mod publish_clock;
pub mod relay;
pub mod sink;
#[cfg(test)]
mod test_support;
pub mod verify;
pub mod wakeup;
pub mod withheld;

pub use draft::EventDraft;
pub use health::{RELAY_SILENCE_MAX, RelayActivity, RelayHealth, SharedRelayHealth};
pub use log::{BatchLimit, LogEntry, LogError, LogReader, RelayRecords};
pub use publish_clock::PublishClock;
pub use relay::{Relay, RelaySettings, watch};
pub use sink::{RedisSink, RedisSinkSettings, SinkError};
pub use verify::{VerifyReport, verify};
pub use wakeup::{
    CommitSource, Moved, Wakeup, WakeupListener, WakeupPath, WakeupSettings, hear_other_processes,
};
