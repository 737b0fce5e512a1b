//! Clock, ids and randomness as parameters.
//!
//! Nothing else in this crate reads the time or makes an id: a test that passes a fixed [`Environment`] sees the
//! same timestamps and ids on every run. `clippy.toml` bans the direct calls.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use uuid::Uuid;

/// Where a component gets the time and new ids from.
pub trait Environment: Send + Sync + 'static {
    /// The time now in UTC, in whole milliseconds: what the contract shows and both databases store without loss.
    fn now(&self) -> DateTime<Utc>;

    /// A new time-ordered id, UUID version 7 (RFC 9562 §5.7).
    fn new_id(&self) -> Uuid;

    /// `length` bytes from a cryptographically secure source.
    fn random_bytes(&self, length: usize) -> Vec<u8>;
}

/// A shared [`Environment`].
pub type SharedEnvironment = Arc<dyn Environment>;

/// The real clock of this machine and the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEnvironment;

impl Environment for SystemEnvironment {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes ids")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn random_bytes(&self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        if let Err(error) = getrandom::fill(&mut bytes) {
            // Keys made from predictable bytes would be worse than no process at all.
            tracing::error!(%error, "the operating system gives no randomness; stopping");
            std::process::abort();
        }
        bytes
    }
}
