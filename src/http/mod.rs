//! The HTTP server around the contract's endpoint: accept loop, limits, identity, problems, pages.
pub mod auth;
pub mod limits;
pub mod middleware;
pub mod problem;
pub mod server;
