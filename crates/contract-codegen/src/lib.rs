//! Contracts in, Rust text out.
//!
//! A contract is read into a [`Source`] that knows the position of every value, walked along the [`grammar`] of its format, which
//! classifies each JSON pointer as enforced, documented or refused, and read into a model of which the Rust text is
//! written. No network, no clock, no globals: the same contracts give the same bytes.

pub mod asyncapi;
mod check;
mod claims;
mod compatibility;
mod contracts;
mod dialect;
mod emit;
pub mod grammar;
mod header_name;
mod ledger;
pub mod mutate;
mod names;
mod normal;
pub mod openapi;
mod overlay;
mod partial;
mod refusal;
mod released;
mod schema;
mod source;
mod types;

pub use asyncapi::{AsyncApi, EventContract, Message, ReadEvents};
pub use check::{Difference, Rooted, differences, schema_differences};
pub use compatibility::{CompatibilityBreak, compatibility_breaks};
pub use contracts::Contracts;
pub use dialect::{Dialect, Language};
pub use emit::schemas::{Argument, KeywordTree, Reference, SchemaTree, Transliterator};
pub use emit::{GeneratedFile, generate, generate_and_warn, models_alone, stubs};
pub use ledger::{Class, Ledger, LedgerEntry};
pub use normal::{normal, normal_openapi};
pub use openapi::{Location, OpenApi, Operation, Parameter};
pub use overlay::Shares;
pub use partial::{LeftOut, partial};
pub use refusal::{Refusal, Refusals, Warning};
pub use released::ReleasedSchema;
pub use schema::{Additional, AdditionalAt, DiscriminatorAt, JsonKind, Kind, Kinds, Schema, SchemaAt};
pub use source::{Limits, Source, child, escape};
pub use types::{Root, Types, Way};
