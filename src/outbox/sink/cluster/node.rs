//! A node of a cluster, and how often one that is away is tried.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex as BlockingMutex, PoisonError};
use std::time::Duration;

use redis::Value;
use tokio::time::Instant;

use super::super::SinkError;
use super::super::connection::{CallError, Connector};

/// A node and its connection.
pub(super) struct Node {
    pub(super) connector: Connector,
    /// While it is away.
    pub(super) away: BlockingMutex<Option<Away>>,
    /// Somebody looks whether it still is.
    is_tried: AtomicBool,
}

/// Why a node is away, and from when on to look again.
#[derive(Clone)]
pub(super) struct Away {
    error: SinkError,
    pub(super) look_again: Instant,
}

impl Node {
    pub(super) fn new(connector: Connector) -> Self {
        Self {
            connector,
            away: BlockingMutex::default(),
            is_tried: AtomicBool::new(false),
        }
    }

    /// While a node is away, one call at a time tries it, and at least half of the time nobody does. The others fail at
    /// once: their waiting would take the place of partitions whose nodes are well.
    pub(super) fn begin(&self) -> Result<Option<Trial<'_>>, SinkError> {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(Away { error, look_again }) = away else {
            return Ok(None);
        };
        if Instant::now() < look_again || self.is_tried.swap(true, Ordering::AcqRel) {
            return Err(error);
        }
        Ok(Some(Trial {
            node: self,
            begun: Instant::now(),
        }))
    }

    /// From when on it may be tried again; none while it is not away.
    pub(super) fn look_again(&self) -> Option<Instant> {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.as_ref().map(|away| away.look_again)
    }

    /// Notes what came of a call that took so long.
    pub(super) fn note(&self, answer: &Result<Value, CallError>, took: Duration) {
        let away = match answer {
            // Where a connection that stood was cut, the node may well be there: the next call finds out.
            Err(CallError::Away(SinkError::Unreachable { was_cut: true, .. })) => None,
            Err(CallError::Away(error)) => Some(Away {
                error: error.clone(),
                look_again: Instant::now() + took,
            }),
            _ => None,
        };
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) = away;
    }
}

/// Over when it is dropped, however the call ended. One that nobody waited for to its end has tried the node all the same.
pub(super) struct Trial<'a> {
    node: &'a Node,
    begun: Instant,
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        let mut away = self.node.away.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(away) = away.as_mut() {
            let next = Instant::now() + self.begun.elapsed();
            away.look_again = away.look_again.max(next);
        }
        self.node.is_tried.store(false, Ordering::Release);
    }
}
