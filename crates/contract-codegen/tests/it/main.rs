//! The generator against small contracts: what it refuses and where, and what it writes.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

mod any_ledger;
mod any_operations;
mod any_remarks;
mod any_types;
mod bad_inputs;
mod beside_references;
mod contract;
mod files;
mod grammar_refusals;
mod partial;
mod refusals;
mod resources;
mod schema_at;
mod size;
mod tenants;
