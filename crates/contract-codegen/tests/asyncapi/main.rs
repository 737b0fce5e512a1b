//! AsyncAPI contracts: what is made of each feature, that it compiles, says what the contract says and accepts what the contract accepts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

mod documents;
mod features;
mod messages;
mod mutants;
mod oracle;
mod refusals;
mod schemas;
