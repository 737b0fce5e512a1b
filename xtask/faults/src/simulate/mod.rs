//! A simulator of the relay's decisions: the real state machine against a model of log and broker, with everything between them
//! late, lost, doubled, cut and forgotten. A seed decides all of it, so that what it finds can be looked at again.

mod check;
mod control;
mod model;
mod run;
#[cfg(test)]
mod tests;
mod world;

pub use run::{SimulateArguments, run};
