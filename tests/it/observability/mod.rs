//! What an operator sees of the service: traces, metrics and logs, at a real collector.

mod canaries;
mod collector;
mod logs;
mod metrics;
mod spans;
mod traces;
