//! Idempotency keys: the same request sent again gets the first answer again.
//!
//! The record commits in the transaction of the change. See the IETF draft `Idempotency-Key` header field.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::tenancy::TenantId;

/// The answer that was given first, as it went over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// The response headers that belong to the answer (`content-type`, `etag`, `location`), lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// A key and the request that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The header's value, 1 to 255 characters.
    pub key: String,
    /// SHA-256 over method, path and canonical JSON body.
    pub fingerprint: [u8; 32],
    /// The operation's id.
    pub operation: &'static str,
}

/// What makes two requests the same: SHA-256 over method, path and canonical body, told apart by their lengths.
#[must_use]
pub fn fingerprint(method: &str, path: &str, payload: &str) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [method, path, payload] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().into()
}

/// What the store says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new and now belongs to this transaction.
    Claimed,
    /// It is done: answer the same again.
    Done(StoredResponse),
    /// It stands for another request.
    Reused,
    /// Another transaction holds it.
    InFlight,
}

/// The keys whose first request this process is working on.
///
/// It answers a repetition at once that would otherwise wait for the database; that a key is claimed once is the database's to
/// see to, across all processes.
#[derive(Debug, Default)]
pub struct InFlightKeys(Mutex<HashSet<(TenantId, String)>>);

impl InFlightKeys {
    /// Enters a key until the guard is dropped; `None` where it is there already.
    pub fn enter(self: &Arc<Self>, tenant_id: TenantId, key: &str) -> Option<InFlightGuard> {
        let entry = (tenant_id, key.to_owned());
        let is_new = self.lock().insert(entry.clone());
        is_new.then(|| InFlightGuard {
            keys: Arc::clone(self),
            entry,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<(TenantId, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key in flight.
#[derive(Debug)]
pub struct InFlightGuard {
    keys: Arc<InFlightKeys>,
    entry: (TenantId, String),
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.keys.lock().remove(&self.entry);
    }
}
