//! How many tests ran, read from what cargo prints.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::error::TaskError;
use crate::workspace::line;

/// Counts of tests.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Tally {
    /// Runs `cargo test` with its output on this terminal, and counts.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<(), TaskError> {
        let cannot_run = |source, command: &Command| TaskError::CannotRun {
            command: line(command),
            source,
        };
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|source| cannot_run(source, command))?;
        for text in child
            .stdout
            .take()
            .into_iter()
            .flat_map(|stdout| BufReader::new(stdout).lines())
        {
            let text = text.map_err(|source| cannot_run(source, command))?;
            println!("{text}");
            self.add(&text);
        }
        let status = child.wait().map_err(|source| cannot_run(source, command))?;
        if status.success() {
            return Ok(());
        }
        Err(TaskError::CommandFailed {
            command: line(command),
            status,
        })
    }

    /// Fails when no test ran or one was left out: an ignored test is a promise that nobody keeps.
    pub(crate) fn verdict(&self) -> Result<(), TaskError> {
        match self {
            Self {
                passed: 0, failed: 0, ..
            } => Err(TaskError::Unexpected("no test ran".to_owned())),
            Self { failed: 1.., .. } => Err(TaskError::Unexpected(format!("{} tests failed", self.failed))),
            Self { ignored: 1.., .. } => Err(TaskError::Unexpected(format!(
                "{} tests are ignored: run them always or delete them",
                self.ignored
            ))),
            Self { .. } => Ok(()),
        }
    }

    /// Counts a line such as `test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; …`.
    fn add(&mut self, text: &str) {
        let Some((_, counts)) = text
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, word)) = count.split_once(' ') else {
                continue;
            };
            let number = number.parse::<u64>().unwrap_or_default();
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_cargo_prints() {
        let mut tally = Tally::default();
        for text in [
            "running 14 tests",
            "test a ... ok",
            "test result: ok. 12 passed; 0 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.00s",
            "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
        ] {
            tally.add(text);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 15,
                failed: 1,
                ignored: 2
            }
        );
        assert_eq!(tally.to_string(), "15 passed, 1 failed");
    }

    #[test]
    fn refuses_runs_without_tests_and_with_ignored_ones() {
        let verdict = |passed, failed, ignored| {
            Tally {
                passed,
                failed,
                ignored,
            }
            .verdict()
            .is_ok()
        };
        assert!(verdict(1, 0, 0));
        assert!(!verdict(0, 0, 0));
        assert!(!verdict(9, 1, 0));
        assert!(!verdict(9, 0, 1));
    }
}
