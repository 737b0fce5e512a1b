//! What generated contract code calls.
//!
//! The generator writes a contract down as constants: a [`Schema`] tree for each schema, an [`Operation`] for each operation.
//! Everything that happens at run time is read from those constants: what a request must look like ([`Schema::check`]),
//! what poem-openapi's registry is told (`meta`), which problems may be answered. One node documents and enforces, so the
//! served document and the behaviour cannot drift apart; that the node equals the contract is what the closed loop proves.
//!
//! This crate knows nothing of what a contract is about.

mod answer;
mod api;
mod base64_bytes;
mod body;
mod choice;
mod console;
mod content;
mod date_time;
#[doc(hidden)]
pub mod enumeration;
mod event;
mod exact;
mod exchange;
mod form;
mod guide;
mod json;
mod literal;
mod media;
mod meta;
mod multipart;
mod nullable;
#[doc(hidden)]
pub mod object;
mod operation;
mod overlay;
mod parameter;
mod plain;
mod problem;
mod reply;
mod router;
mod schema;
mod security;
mod service;
mod style;
mod transparent;
mod types;
#[doc(hidden)]
pub mod union;
mod validate;

#[doc(hidden)]
pub mod glue;

pub use answer::UndeclaredResponse;
pub use api::{Api, ApiInfo, License, Server, Tag};
pub use base64_bytes::Base64;
pub use console::Console;
pub use content::{Content, Payload};
pub use contract_scalars::{AnyFormat, Format, Pattern};
pub use date_time::{DateTime, NoDateTime};
pub use enumeration::UnknownWord;
pub use event::{
    Action, ConstantText, ContractMessage, EventApi, EventAttributes, EventChannel, EventExample,
    EventMessage, EventOperation, EventParameter, EventReply, EventServer, EventServerVariable, EventSet,
    Expression, Message, MessageDescriptor, MessageError, MessagePart, PendingEvent, RoundTrip, SealedEvent,
    Subject, derived_schema, derived_schema_2020_12, round_trip, schema_of_constant,
};
pub use exact::{Integer, NoNumber, Number, NumberDoesNotFit};
pub use exchange::{Answered, CallHead, Exchange, RequestIdentity};
pub use json::{JsonError, canonical, parse_strict};
pub use literal::Literal;
pub use meta::DocumentError;
pub use multipart::{Multipart, Part};
pub use nullable::MaybeAbsent;
pub use operation::{
    Body, ContentForm, Encoding, Header, Location, MediaType, Operation, Parameter, Response, ResponseStatus,
    Style,
};
pub use overlay::{Overlay, OverlayError};
pub use plain::{Answer, Call, Handler, Input, Parts, Plain, PlainEndpoint, add_routes};
pub use problem::{Problem, ProblemSet, ProblemType, Refusal};
pub use reply::{EventStream, RecordedReply, Reply, ReplyBody};
pub use router::Condition;
pub use schema::{Direction, Keyword, Kind, Named, Schema};
pub use security::{
    ClientCertificate, Credential, Credentials, Secret, SecurityKind, SecurityRequirement, SecurityScheme,
};
pub use service::{Affected, Begun, Ended, Outcome, Service, ServiceProblem, TenantClaim, Written};
pub use types::UtcDateTime;
pub use union::ObjectOr;
pub use validate::Violation;

/// A JSON value of any type.
pub use serde_json::Value as JsonValue;
/// A JSON object with members of any type.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;
/// A full date of RFC 3339, such as `2026-01-31`.
pub use chrono::NaiveDate as Date;
/// A UUID (RFC 9562); written in lower case.
pub use uuid::Uuid;

/// What generated code needs of the crates below, so that a generated crate depends on this one only.
#[doc(hidden)]
pub mod export {
    pub use {bytes, poem, poem_openapi, schemars, serde, serde_json, uuid};
}
