//! What generated contract code calls.
//!
//! The generator writes a contract down as constants: a [`Schema`] tree for each schema, an [`Operation`] for each operation.
//! Everything that happens at run time is read from those constants: what a request must look like ([`Schema::check`]),
//! what poem-openapi's registry is told (`meta`), which problems may be answered. One node documents and enforces, so the
//! served document and the behaviour cannot drift apart; that the node equals the contract is what the closed loop proves.
//!
//! This crate knows nothing of what a contract is about.

mod body;
mod console;
mod decimal;
mod event;
mod exchange;
mod format;
mod json;
mod literal;
mod media;
mod meta;
mod operation;
mod overlay;
mod parameter;
mod pattern;
mod problem;
mod reply;
mod schema;
mod service;
mod types;
mod validate;

#[doc(hidden)]
pub mod glue;

pub use console::Console;
pub use event::{
    ConstantText, EventAttributes, EventSet, Message, MessageDescriptor, PendingEvent, SealedEvent, Subject,
};
pub use exchange::{Answered, CallHead, Exchange, RequestIdentity};
pub use format::Format;
pub use json::{JsonError, canonical, parse_strict};
pub use literal::Literal;
pub use meta::DocumentError;
pub use operation::{
    Api, ApiInfo, Body, Header, License, Location, MediaType, Operation, Parameter, Response, SecurityScheme,
    Server, Tag,
};
pub use overlay::{Overlay, OverlayError};
pub use pattern::Pattern;
pub use problem::{Problem, ProblemSet, ProblemType, Refusal};
pub use reply::{EventStream, RecordedReply, Reply, ReplyBody};
pub use schema::{Additional, Kind, Node, Property, Schema};
pub use service::{Affected, Begun, Ended, Outcome, Service, ServiceProblem, TenantClaim, Written};
pub use types::UtcDateTime;
pub use validate::Violation;

/// What generated code needs of the crates below, so that a generated crate depends on this one only.
#[doc(hidden)]
pub mod export {
    pub use {poem, poem_openapi, schemars, serde, serde_json, uuid};
}
