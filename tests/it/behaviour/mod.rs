//! How the service behaves over real HTTP: every row of the table of HTTP semantics, and what must hold under
//! concurrency, crashes and a broker that comes and goes.
//!
//! A case is written once, as a function of a [`World`], and [`on_both!`] runs it on SQLite and on PostgreSQL. Most
//! cases share one service for each database: each makes tenants of its own, which is what keeps cases apart, as it
//! keeps customers apart. A case that stops something has its own.

mod access;
mod audit;
mod availability;
mod bootstrap;
mod concurrency;
mod conditions;
mod crash;
mod delivery;
mod epochs;
mod feed;
mod health;
mod idempotency;
mod isolation;
mod names;
mod pages;
mod redis_kinds;
mod requests;
mod schools;
mod snapshot;
mod sql;
mod tenancy;
mod tracing;
mod ways;
mod world;
mod writes;
mod writes_support;

use world::{Backend, World};

/// Runs each case on both databases, with a shared service without authentication (`open`) or with it (`guarded`).
macro_rules! on_both {
    ($service:ident: $($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case(&crate::behaviour::World::$service(crate::behaviour::Backend::Sqlite).await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $case() {
                super::$case(&crate::behaviour::World::$service(crate::behaviour::Backend::Postgres).await).await;
            })+
        }
    };
}
use on_both;
