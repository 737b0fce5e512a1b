//! What the tests stand on: real parts only.
//!
//! [`PostgresServer`] and [`RedisServer`] are private processes on free ports in temporary folders; [`Service`] is the
//! real `rollcall` binary; [`Client`] speaks to it over HTTP and holds every answer against `contracts/openapi.yaml`.
//! Nothing here is replaced by a mock, so a test that passes says something about the product.
//!
//! A test that fails prints the last lines of the logs of the processes that it started.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "a library for the modules of this binary; not each uses all of it"
)]

mod client;
mod conformance;
mod event_stream;
pub mod otlp;
mod service;
pub mod tokens;
pub mod tools;

pub use client::{Answer, Client, unique_id, unique_key};
pub use conformance::{Contract, contract};
pub use event_stream::{EventStream, ServerSentEvent};
pub use otlp::OtlpReceiver;
pub use rollcall_servers::{
    Database, PgBouncer, PoolMode, PostgresServer, Process, RedisCluster, RedisSentinel, RedisServer,
    SmallDisk, TlsFiles, free_port, process, wait, with_small_disk,
};
pub use service::{Service, ServiceBuilder};

use std::path::Path;

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
