//! What the relay works between, without I/O: a log and a broker that behave as the real ones, and forget when told to.

pub(crate) mod broker;
pub(crate) mod log;
