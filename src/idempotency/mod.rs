//! Idempotency keys: the same request sent again gets the first answer again.
//!
//! The record commits in the transaction of the change. See the IETF draft `Idempotency-Key` header field.

use bytes::Bytes;

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
