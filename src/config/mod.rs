//! What an operator may set, where each value came from, and what is refused.
//!
//! One table, [`key::KEYS`], names every setting once; the flags, the `ROLLCALL_*` variables, the TOML file and the
//! output of `rollcall config` are all read from it, so that they cannot drift apart. A value is taken from the first
//! of: flag, variable, file, default. Whatever layer it comes from it is text first and parsed by one function, so that
//! every error names its origin (flag, variable, or file and line) and says what is allowed.
//!
//! A name that nobody knows is an error, never ignored: a misspelt `ROLLCALL_REDS_URL` would otherwise start a service
//! that quietly publishes nothing.

mod cli;
mod error;
mod file;
mod key;
mod layers;
mod print;
mod secret;
mod settings;
mod telemetry;
#[cfg(test)]
mod tests;
mod value;

pub use cli::{Cli, Command, ConformanceArguments, RelayArguments, TailArguments};
pub use error::ConfigError;
pub use secret::Secret;
pub use settings::{
    AuthSettings, DatabaseKind, DatabaseLimits, LimitSettings, LogFormat, LogSettings, Settings,
    TokenAlgorithm, load,
};
pub use telemetry::{OtlpSettings, TelemetrySettings};
