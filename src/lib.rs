//! Rollcall: a contract-first, multi-tenant school roster service.
//!
//! See `docs/ARCHITECTURE.md` for how the modules depend on each other and which invariants hold.

pub mod app;
pub mod audit;
#[cfg(doctest)]
mod checklist;
pub mod command;
pub mod config;
pub mod conformance;
#[rustfmt::skip]
pub mod contract;
pub mod document;
pub mod environment;
pub mod http;
pub mod idempotency;
pub mod outbox;
pub mod retention;
pub mod roster;
pub mod store;
pub mod telemetry;
pub mod tenancy;
