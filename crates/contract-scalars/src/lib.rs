//! What a contract says of a text or a number.
//!
//! The generator has to know what the code that it writes will do: whether a pattern is one, whether looking for it has a bound, whether
//! a default has its own format and lies within its own bounds. It asks what the generated code asks, which is here, so that the two cannot disagree.

mod any_format;
mod decimal;
mod equality;
mod format;
mod pattern;

pub use any_format::AnyFormat;
pub use decimal::Decimal;
pub use equality::{is_same, is_same_number};
pub use format::Format;
pub use pattern::{Pattern, Regex, is_pattern, is_regex};
