//! `rollcall relay`, started as an operator starts it.

use std::path::Path;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::error::BenchError;
use crate::process::{Process, folder};
use crate::service::command;

/// A relay that runs apart from any service; it ends with this value.
#[derive(Debug)]
pub(super) struct RelayProcess {
    // The process before the folder that it writes into: fields are dropped in this order.
    process: Process,
    _folder: TempDir,
}

impl RelayProcess {
    pub(super) fn start(
        binary: &Path,
        database_url: &str,
        redis_url: &str,
        base: Option<&Path>,
    ) -> Result<Self, BenchError> {
        let folder = folder("relay", base)?;
        let mut command = command(binary);
        command
            .arg("relay")
            .current_dir(folder.path())
            .env("ROLLCALL_DATABASE_URL", database_url)
            .env("ROLLCALL_REDIS_URL", redis_url);
        let mut process = Process::spawn("relay", &mut command, folder.path())?;
        // Before it says so it does not know yet how to end in an orderly way.
        process.wait_ready_by(|process| {
            [process.stdout(), process.stderr()]
                .iter()
                .any(|text| text.contains("Relaying the event log"))
        })?;
        Ok(Self {
            process,
            _folder: folder,
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The same error with what the relay said last.
    pub(super) fn explain(&self, error: BenchError) -> BenchError {
        match error {
            BenchError::Invalid { subject, reason } => self
                .process
                .failure(&format!("was at work, and {subject}: {reason}")),
            other => other,
        }
    }

    /// Ends it as an operator does, which must go well.
    pub(super) fn stop(mut self) -> Result<(), BenchError> {
        let status = self.process.stop(Signal::TERM)?;
        if status.success() {
            return Ok(());
        }
        Err(self.process.failure(&format!("ended with {status}")))
    }

    /// Ends it as a fault does.
    pub(super) fn kill(mut self) -> Result<(), BenchError> {
        self.process.stop(Signal::KILL).map(|_| ())
    }
}
