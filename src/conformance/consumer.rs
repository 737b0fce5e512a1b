//! The consumer as a child process: what it prints, how it ends, how it is ended.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, BufReader, Split};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::ConformanceError;
use super::file_lines::FileLines;
use super::ledger::Line;

/// Lines that are read ahead; a consumer that prints more waits.
const LINES_AHEAD: usize = 1024;
/// How many of its last complaints are kept.
const COMPLAINTS_KEPT: usize = 8;
/// How often the file is looked at, of a consumer that writes its lines there.
const FILE_PAUSE: Duration = Duration::from_millis(20);
/// How long the pipes of an ended consumer may stay open, in hands that it left behind.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What a consumer did.
#[derive(Debug)]
pub(super) enum News {
    /// It wrote lines of the protocol, to its standard output or to its file.
    Lines(Vec<String>),
    /// It ended.
    Ended(ExitStatus),
    /// It said nothing of the protocol until then.
    Quiet,
}

/// The last lines on a consumer's standard error.
#[derive(Debug, Clone, Default)]
pub(super) struct Complaints(Arc<Mutex<VecDeque<String>>>);

impl Complaints {
    fn add(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == COMPLAINTS_KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Them.
    pub(super) fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}

/// A running consumer. Dropped, it is killed with all that it started.
pub(super) struct Consumer {
    child: Child,
    family: Option<Pid>,
    lines: mpsc::Receiver<String>,
    file: FileLines,
}

impl Consumer {
    /// Starts `command` with these variables beside those of this process.
    pub(super) fn start(
        command: &[OsString],
        variables: &[(&str, String)],
        file: FileLines,
        complaints: &Complaints,
    ) -> Result<Self, ConformanceError> {
        let (program, arguments) = command.split_first().ok_or(ConformanceError::NoCommand)?;
        let mut child = Command::new(program)
            .args(arguments)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A family of its own: a wrapper and what it starts are killed together.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| ConformanceError::Consumer {
                program: program.to_string_lossy().into_owned(),
                source,
            })?;
        let family = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let (sender, lines) = mpsc::channel(LINES_AHEAD);
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(async move {
                let mut source = BufReader::new(stdout).split(b'\n');
                while let Some(line) = next_line(&mut source).await {
                    // What it says beside the protocol is no sign that it gets on.
                    if Line::read(&line).is_none() {
                        tracing::debug!(line, "the consumer says");
                    } else if sender.send(line).await.is_err() {
                        return;
                    }
                }
            });
        }
        if let Some(stderr) = child.stderr.take() {
            let complaints = complaints.clone();
            tokio::spawn(async move {
                let mut source = BufReader::new(stderr).split(b'\n');
                while let Some(line) = next_line(&mut source).await {
                    complaints.add(line);
                }
            });
        }
        Ok(Self {
            child,
            family,
            lines,
            file,
        })
    }

    /// Waits for the next thing that it does, but not beyond `until`.
    pub(super) async fn news(&mut self, until: Instant) -> Result<News, ConformanceError> {
        let mut is_open = true;
        loop {
            let mut added = self.file.added().await.map_err(unreadable)?;
            added.retain(|line| Line::read(line).is_some());
            if !added.is_empty() {
                return Ok(News::Lines(added));
            }
            tokio::select! {
                biased;
                line = self.lines.recv(), if is_open => match line {
                    Some(line) => return Ok(News::Lines(vec![line])),
                    // It may have closed its output and work on.
                    None => is_open = false,
                },
                status = self.child.wait() => return Ok(News::Ended(status.map_err(unreadable)?)),
                () = sleep(FILE_PAUSE) => {}
                () = sleep_until(until) => return Ok(News::Quiet),
            }
        }
    }

    /// Asks it to end (SIGTERM) and kills it when it does not within `patience`. Gives what it still said, and how it ended.
    pub(super) async fn stop(mut self, patience: Duration) -> Result<Ended, ConformanceError> {
        self.signal(Signal::TERM);
        let until = Instant::now() + patience;
        let mut lines = Vec::new();
        loop {
            match self.news(until).await? {
                News::Lines(more) => lines.extend(more),
                News::Ended(status) => return self.end(lines, Some(status)).await,
                News::Quiet => {
                    self.signal(Signal::KILL);
                    return self.end(lines, None).await;
                }
            }
        }
    }

    /// Kills it (SIGKILL). Gives what it had said by then.
    pub(super) async fn kill(self) -> Result<Ended, ConformanceError> {
        self.signal(Signal::KILL);
        self.end(Vec::new(), None).await
    }

    /// Takes the last words of one that has ended or is about to.
    pub(super) async fn end(
        mut self,
        mut lines: Vec<String>,
        status: Option<ExitStatus>,
    ) -> Result<Ended, ConformanceError> {
        self.child.wait().await.map_err(unreadable)?;
        // What it left behind would hold the pipes open, and go on handling.
        self.signal(Signal::KILL);
        self.family = None;
        let until = Instant::now() + LAST_WORDS;
        while let Ok(Some(line)) = tokio::time::timeout_at(until, self.lines.recv()).await {
            lines.push(line);
        }
        lines.extend(self.file.added().await.map_err(unreadable)?);
        let file = std::mem::replace(&mut self.file, FileLines::new(std::path::PathBuf::new()));
        Ok(Ended {
            lines,
            well: status.is_some_and(|status| status.success()),
            file,
        })
    }

    fn signal(&self, signal: Signal) {
        // A family that is gone has nobody left to be told.
        if let Some(family) = self.family {
            _ = kill_process_group(family, signal);
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// A consumer that has ended.
pub(super) struct Ended {
    /// What it had still said.
    pub(super) lines: Vec<String>,
    /// Whether it ended by itself with code 0.
    pub(super) well: bool,
    /// Its file, as far as it was read.
    pub(super) file: FileLines,
}

async fn next_line<R: AsyncBufRead + Unpin>(source: &mut Split<R>) -> Option<String> {
    let line = source.next_segment().await.ok()??;
    Some(String::from_utf8_lossy(&line).into_owned())
}

fn unreadable(source: std::io::Error) -> ConformanceError {
    ConformanceError::Consumer {
        program: "the consumer".to_owned(),
        source,
    }
}
