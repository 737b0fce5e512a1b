//! What the service is held against: the databases themselves, doing the same work without a service.

pub mod pgbench;
pub mod sqlite;
