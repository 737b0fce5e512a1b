//! Integration tests: one binary, a module per concern. See `support` for what they stand on.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails (clippy's own exception stops at helpers outside #[test] functions), and \
              the ids that a test makes up need be nothing but unique"
)]

mod behaviour;
mod closed_loop;
mod closed_loop_mutation;
mod conformance;
mod consumers;
mod documents;
mod first_use;
mod idle;
mod ledger;
mod metrics_explained;
mod observability;
mod property;
mod quickstart;
mod risk_register;
mod smoke;
mod support;
mod support_servers;
mod tail;
mod tidy;
mod wakeup;
