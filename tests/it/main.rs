//! Integration tests: one binary, a module per concern. See `support` for what they stand on.

mod support;
mod support_servers;
mod closed_loop;
