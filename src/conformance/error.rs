//! Why the kit cannot judge; a consumer that fails a scenario is no error.

use std::io;
use std::path::PathBuf;

use redis::RedisError;

use crate::document::DocumentError;

/// Why the kit cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum ConformanceError {
    /// No such scenario.
    #[error("there is no scenario {0}; `rollcall conformance --list` names them all")]
    UnknownScenario(String),
    /// It was asked to end.
    #[error("interrupted; what the kit wrote is cleared away")]
    Interrupted,
    /// Nothing to run.
    #[error("name the consumer to run behind `--`, such as `rollcall conformance -- python3 consumer.py`")]
    NoCommand,
    /// The Redis is in use.
    #[error(
        "the Redis holds {count} keys, such as {example}; the kit wants an empty one of its own (or say --among-other-keys)"
    )]
    NotEmpty {
        /// How many.
        count: u64,
        /// One of them.
        example: String,
    },
    /// A key of a scenario is there already.
    #[error(
        "the Redis holds the key {0} already, which is a stream that the kit would write; choose another --first-partition"
    )]
    Taken(String),
    /// The Redis failed.
    #[error("redis: {0}")]
    Redis(#[from] RedisError),
    /// The consumer cannot be started, or cannot be read from.
    #[error("cannot run {program}: {source}")]
    Consumer {
        /// The program.
        program: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The schemas cannot be served.
    #[error("cannot serve the schemas: {0}")]
    Schemas(io::Error),
    /// The schemas cannot be made.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The scratch folder cannot be made.
    #[error("cannot make the folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}
