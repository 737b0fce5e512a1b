//! Private servers for tests and fault runs: real processes on free ports in temporary folders.
//!
//! They can be stopped, paused, killed and restarted, and none outlives the process that started it. Whatever keeps one from
//! starting is a panic that names it: without its servers a test has nothing to say.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a harness: what fails here ends the test, and says why"
)]

mod held_disk;
mod pgbouncer;
mod ports;
mod postgres;
pub mod process;
mod proxy;
mod redis;
mod redis_cluster;
mod redis_node;
mod redis_sentinel;
mod small_disk;
mod tls_files;
pub mod wait;

pub use held_disk::HeldDisk;
pub use pgbouncer::{PgBouncer, PoolMode};
pub use ports::free_port;
pub use postgres::{Database, PostgresServer, SUPERUSER};
pub use process::Process;
pub use proxy::{Network, Proxy};
pub use redis::RedisServer;
pub use redis_cluster::RedisCluster;
pub use redis_node::{Cut, RedisNode};
pub use redis_sentinel::{RedisSentinel, SENTINEL_SERVICE};
pub use small_disk::{SmallDisk, with_small_disk};
pub use tls_files::TlsFiles;
