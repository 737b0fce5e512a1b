//! One line for each check, and the sum.

use crate::error::TaskError;

/// What was wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) expected: String,
    pub(super) got: String,
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Report {
    ok: u32,
    failed: u32,
    skipped: u32,
}

impl Report {
    /// Prints how a check went, with what to do where it failed; gives what it found.
    pub(super) fn check<T>(&mut self, name: &str, advice: &str, verdict: Result<T, Fault>) -> Option<T> {
        match verdict {
            Ok(found) => {
                self.ok += 1;
                println!("ok       {name}");
                Some(found)
            }
            Err(Fault { expected, got }) => {
                self.failed += 1;
                println!("FAILED   {name}: expected {expected}; got {got}; {advice}");
                None
            }
        }
    }

    /// Says that a check was not made, and why.
    pub(super) fn skip(&mut self, name: &str, reason: &str) {
        self.skipped += 1;
        println!("skipped  {name}: {reason}");
    }

    /// Prints the sum; an error if a check failed.
    pub(super) fn verdict(&self) -> Result<(), TaskError> {
        let Self { ok, failed, skipped } = self;
        println!("{ok} ok, {failed} failed, {skipped} skipped");
        match failed {
            0 => Ok(()),
            1 => Err(TaskError::Unexpected("1 check failed".to_owned())),
            failed => Err(TaskError::Unexpected(format!("{failed} checks failed"))),
        }
    }
}
