//! What keeps the promise of the event backbone honest: a simulator of the relay's decisions, and fault runs on real servers.

pub mod chaos;
pub mod simulate;
