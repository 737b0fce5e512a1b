//! What the project does with the generator: it makes a whole crate of a contract, and it takes a folder full of
//! contracts to see what becomes of each.
//!
//! A [`project`] is what a team gets that brings its contract: generated code, a handler for each operation, a program, and a test that
//! the running code derives the contract again. A [`corpus`] run makes such a project of each contract that it finds, builds them
//! all, and counts.

pub mod corpus;
pub mod generation;
pub mod project;
