//! An independent second opinion on what a contract accepts.
//!
//! Nothing here knows the runtime or the generator. The schemas of a contract are [`translated`] into the language of JSON Schema
//! 2020-12 by the rules of their specification, a [`Judge`] asks the library `jsonschema` about a value, and [`instances`] makes values
//! that are worth asking about: ones that are meant to be valid, and ones that break a single thing.

mod dialect;
mod exact;
mod instance;
mod judge;
mod request;
mod response;
mod survey;
mod translate;

pub use dialect::{Dialect, Direction};
pub use instance::{Instance, instances};
pub use judge::{Judge, Judges};
pub use request::survey;
pub use response::{Response, survey_responses};
pub use survey::Survey;
pub use translate::translated;
