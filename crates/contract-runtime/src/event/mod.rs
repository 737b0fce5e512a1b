//! Events: what generated code makes of an AsyncAPI contract.

mod cloud_event;
mod contract;
mod json_schema;
mod message;

pub use cloud_event::{
    ConstantText, EventAttributes, EventSet, Message, MessageDescriptor, PendingEvent, SealedEvent, Subject,
};
pub use contract::{
    Action, EventApi, EventChannel, EventExample, EventMessage, EventOperation, EventParameter, EventReply,
    EventServer, EventServerVariable, Expression, MessagePart, RoundTrip,
};
pub use json_schema::{derived_schema, derived_schema_2020_12, schema_of_constant};
pub use message::{ContractMessage, MessageError, round_trip};
