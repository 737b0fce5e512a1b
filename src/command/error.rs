//! Why a command cannot do its work; each is one line for an operator.

use std::io;
use std::path::PathBuf;

use super::tail::TailError;
use crate::app::DemoError;
use crate::config::Secret;
use crate::conformance::ConformanceError;
use crate::document::DocumentError;
use crate::http::auth::KeyFileError;
use crate::http::server::BindError;
use crate::outbox::SinkError;
use crate::outbox::log::LogError;
use crate::outbox::verify::VerifyError;
use crate::store::StoreError;

/// Why a command cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The data folder cannot be made.
    #[error("cannot create the data folder {}: {source}", folder.display())]
    DataFolder {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The database cannot be used.
    #[error("database {url}: {error}{detail}")]
    Store {
        /// Which, without credentials.
        url: String,
        /// What is wrong.
        error: StoreError,
        /// What the database said, where that is not in the error itself.
        detail: String,
    },
    /// The broker's URL cannot be used.
    #[error("ROLLCALL_REDIS_URL: {0}")]
    Broker(SinkError),
    /// The address is taken or not allowed.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The key file of the issuer cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The documents cannot be made.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// There is no demo tenant.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The comparison broke off.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// What `tail` shall show is not there.
    #[error(transparent)]
    Tail(#[from] TailError),
    /// Standard output takes nothing more.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// The event log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A consumer cannot be judged.
    #[error(transparent)]
    Conformance(#[from] ConformanceError),
    /// The operating system gives no signals.
    #[error("cannot listen to signals: {0}")]
    Signals(io::Error),
}

impl CommandError {
    pub(super) fn of_store(url: &Secret, error: StoreError) -> Self {
        let detail = error
            .detail()
            .map(|detail| format!(": {}", detail.for_log()))
            .unwrap_or_default();
        Self::Store {
            url: url.redacted_url(),
            error,
            detail,
        }
    }
}
