//! Validation, held against what the specifications say and against an independent validator.
//!
//! A contract's schemas are transliterated as they are for generated code, and made into schemas at run time instead of being printed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

mod bounds;
mod circles;
mod compare;
mod contracts;
mod direction;
mod late;
mod late_api;
mod messages;
mod oracle;
mod requests;
mod responses;
