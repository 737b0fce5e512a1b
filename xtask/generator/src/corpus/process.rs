//! Running a program that may not end.

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::error::{CorpusError, at};

/// How a program ended, and what it printed.
pub(super) struct Ended {
    /// None where it was stopped because it did not end.
    pub(super) status: Option<ExitStatus>,
    pub(super) output: String,
    pub(super) errors: String,
}

impl Ended {
    pub(super) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// Why it did not do what it should, in a line that begins with what is most telling.
    pub(super) fn complaint(&self) -> String {
        let Some(status) = self.status else {
            return "it does not end".to_owned();
        };
        // A panic prints its place on one line and its message on the next.
        let lines: Vec<&str> = self.errors.lines().collect();
        let panicked = lines.iter().position(|line| line.contains("panicked at"));
        let told = match panicked {
            Some(index) => lines
                .iter()
                .skip(index)
                .take(2)
                .copied()
                .collect::<Vec<_>>()
                .join(" "),
            None => lines.first().copied().unwrap_or_default().to_owned(),
        };
        format!("{told} ({status})")
    }
}

/// Runs a program to its end, or until so many seconds are over. What it prints goes through files in `folder`, so that
/// none of it fills a pipe that nobody reads.
pub(super) fn run(command: &mut Command, folder: &Path, seconds_max: u64) -> Result<Ended, CorpusError> {
    let create = || tempfile::tempfile_in(folder).map_err(at(folder));
    let (output, errors) = (create()?, create()?);
    let clone = |file: &File| file.try_clone().map_err(at(folder));
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(clone(&output)?)
        .stderr(clone(&errors)?)
        .spawn()
        .map_err(|source| CorpusError::Program {
            program: program.clone(),
            source,
        })?;
    let deadline = Instant::now() + Duration::from_secs(seconds_max);
    let failed = |source| CorpusError::Program {
        program: program.clone(),
        source,
    };
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break Some(status);
        }
        if Instant::now() >= deadline {
            child.kill().map_err(failed)?;
            child.wait().map_err(failed)?;
            break None;
        }
        thread::sleep(Duration::from_millis(2));
    };
    Ok(Ended {
        status,
        output: text(output).map_err(at(folder))?,
        errors: text(errors).map_err(at(folder))?,
    })
}

fn text(mut file: File) -> std::io::Result<String> {
    use std::io::{Read as _, Seek as _};
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, seconds_max: u64) -> Ended {
        let mut command = Command::new("sh");
        run(command.args(["-c", script]), &std::env::temp_dir(), seconds_max).unwrap()
    }

    #[test]
    fn what_is_printed_is_kept() {
        let ended = shell("echo out; echo err >&2", 60);
        assert!(ended.is_success());
        assert_eq!((ended.output.as_str(), ended.errors.as_str()), ("out\n", "err\n"));
    }

    #[test]
    fn a_panic_is_told_with_its_place() {
        let ended = shell(
            "echo x >&2; echo \"thread 'main' panicked at a.rs:1:2:\" >&2; echo why >&2; exit 101",
            60,
        );
        assert_eq!(
            ended.complaint(),
            "thread 'main' panicked at a.rs:1:2: why (exit status: 101)"
        );
    }

    #[test]
    fn what_does_not_end_is_stopped() {
        let ended = shell("exec sleep 1000", 0);
        assert_eq!(ended.complaint(), "it does not end");
    }
}
