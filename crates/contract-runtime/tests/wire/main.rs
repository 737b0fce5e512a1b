//! What stands in requests and responses, from one end to the other: contracts of one operation, written by hand, whose handler
//! answers with what it was given.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

mod bodies;
mod echo;
mod forms;
mod multipart;
mod parameters;
