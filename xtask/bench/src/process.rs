//! A process of a benchmark: it is signalled, awaited, and never outlives the run.
//!
//! The run may be interrupted or killed at any moment. Therefore each process leads a process group of its own, so that a
//! Ctrl-C in the terminal does not reach it half-way, and has a guardian: a small shell that reads from a pipe which only
//! the benchmark holds. When the pipe breaks, whatever the reason, the guardian ends the process with its family and
//! removes its folder.

use std::fs::File;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::error::BenchError;

/// How long a process may take to start or to end.
pub const PATIENCE: Duration = Duration::from_secs(30);

// Short, since it is part of what is measured as the time until a service is ready.
const PAUSE: Duration = Duration::from_millis(1);

// PostgreSQL's backends lead groups of their own; its postmaster ends them when it is told to quit.
const GUARDIAN: &str = r#"
read -r word && exit 0
kill -QUIT "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
kill -KILL -- "-$1" 2>/dev/null
kill -KILL "$1" 2>/dev/null
rm -rf -- "$2"
"#;

/// Lines of output that are shown when a process fails.
const TAIL_LINES: usize = 30;

/// A running (or ended) process whose output goes to two files.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    guardian: Option<Child>,
    stdout: PathBuf,
    stderr: PathBuf,
    exit: Option<ExitStatus>,
}

impl Process {
    /// Starts `command`; its output goes to `{name}.out` and `{name}.err` in `folder`, which the guardian removes should
    /// this process be killed.
    pub fn spawn(name: &str, command: &mut Command, folder: &Path) -> Result<Self, BenchError> {
        let stdout = folder.join(format!("{name}.out"));
        let stderr = folder.join(format!("{name}.err"));
        let open = |path: &Path| File::create(path).map_err(BenchError::io(path.display().to_string()));
        let child = command
            .stdin(Stdio::null())
            .stdout(open(&stdout)?)
            .stderr(open(&stderr)?)
            .process_group(0)
            .spawn()
            .map_err(BenchError::io(command.get_program().to_string_lossy()))?;
        let guardian = Command::new("sh")
            .args(["-c", GUARDIAN, "guardian", &child.id().to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(BenchError::io("sh"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            guardian: Some(guardian),
            stdout,
            stderr,
            exit: None,
        })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed on standard output so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        std::fs::read_to_string(&self.stdout).unwrap_or_default()
    }

    /// What it has printed on standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// How it ended, if it has.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.exit.is_none() {
            self.exit = self.child.try_wait().ok().flatten();
        }
        self.exit
    }

    /// Sends a signal, if it still runs.
    pub fn signal(&mut self, signal: Signal) {
        if self.exit_status().is_none()
            && let Some(id) = pid(self.child.id())
        {
            // It may have ended since it was looked at; then there is nobody to tell.
            let _ = kill_process(id, signal);
        }
    }

    /// Tells it to end by `signal` and waits until it has.
    pub fn stop(&mut self, signal: Signal) -> Result<ExitStatus, BenchError> {
        self.signal(signal);
        self.wait(PATIENCE)
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self, patience: Duration) -> Result<ExitStatus, BenchError> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.exit_status() {
                self.let_go();
                return Ok(status);
            }
            if start.elapsed() > patience {
                return Err(self.failure(&format!("does not end within {} s", patience.as_secs())));
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Waits until `is_ready` says so, looking every few milliseconds; fails if the process ends before that.
    pub fn wait_ready(&mut self, mut is_ready: impl FnMut() -> bool) -> Result<(), BenchError> {
        self.wait_ready_by(|_| is_ready())
    }

    /// The same for one that shows by what it prints whether it is ready.
    pub fn wait_ready_by(&mut self, mut is_ready: impl FnMut(&Self) -> bool) -> Result<(), BenchError> {
        let start = Instant::now();
        while !is_ready(self) {
            if let Some(status) = self.exit_status() {
                return Err(self.failure(&format!("does not start: {status}")));
            }
            if start.elapsed() > PATIENCE {
                return Err(self.failure("does not get ready"));
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// An error that shows its last words.
    #[must_use]
    pub fn failure(&self, what: &str) -> BenchError {
        let last = |path: &Path| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let start = lines.len().saturating_sub(TAIL_LINES);
            lines.get(start..).unwrap_or_default().join("\n")
        };
        BenchError::Program {
            program: self.name.clone(),
            what: what.to_owned(),
            output: format!("{}\n{}", last(&self.stdout), last(&self.stderr)),
        }
    }

    fn let_go(&mut self) {
        if let Some(mut guardian) = self.guardian.take() {
            if let Some(mut pipe) = guardian.stdin.take() {
                // A guardian that is gone already has nothing left to be told.
                let _ = pipe.write_all(b"done\n");
            }
            let _ = guardian.wait();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // First politely: a family such as PostgreSQL's is ended by its own head, then whoever is left of the group.
        if self.exit_status().is_none() && self.stop(Signal::QUIT).is_err() {
            self.signal(Signal::KILL);
        }
        if let Some(id) = pid(self.child.id()) {
            let _ = kill_process_group(id, Signal::KILL);
        }
        let _ = self.child.wait();
        self.let_go();
    }
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

/// Runs a program to its end and gives what it prints.
pub fn output(command: &mut Command) -> Result<String, BenchError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(BenchError::io(program.clone()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(BenchError::Program {
        program,
        what: format!("failed: {}", output.status),
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// A folder that goes with its value, below `base` or where the system keeps temporary files.
pub fn folder(name: &str, base: Option<&Path>) -> Result<tempfile::TempDir, BenchError> {
    let mut builder = tempfile::Builder::new();
    let prefix = format!("rollcall-bench-{name}-");
    builder.prefix(&prefix);
    base.map_or_else(|| builder.tempdir(), |base| builder.tempdir_in(base))
        .map_err(BenchError::io("a temporary folder"))
}

/// An address on 127.0.0.1 that nobody listens on, and that this process gives out once.
///
/// Its port lies below the ephemeral range (32768 and up on Linux), so that no outgoing connection takes it before the
/// server gets there.
pub fn free_address() -> Result<SocketAddr, BenchError> {
    const FIRST: u16 = 15_000;
    const COUNT: u16 = 17_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Benchmarks that run side by side begin at different places.
    let start = std::process::id().wrapping_mul(61) % u32::from(COUNT);
    for _ in 0..COUNT {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let offset = u16::try_from((start + step) % u32::from(COUNT)).unwrap_or(0);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, FIRST + offset));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(BenchError::Missing {
        what: "a free port".to_owned(),
        remedy: format!("free one between {FIRST} and {}", FIRST + COUNT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn runs(id: u32) -> bool {
        // The state behind the name in brackets: a zombie has ended and only waits to be asked after.
        std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| {
            stat.rsplit(')')
                .next()
                .is_some_and(|rest| !rest.starts_with(" Z"))
        })
    }

    #[test]
    fn a_family_ends_with_its_value() {
        let folder = folder("test", None).unwrap();
        let mut process =
            Process::spawn("family", &mut shell("sleep 600 & echo $!; wait"), folder.path()).unwrap();
        let mut child = 0;
        process
            .wait_ready(|| {
                let text = std::fs::read_to_string(folder.path().join("family.out")).unwrap_or_default();
                child = text.trim().parse().unwrap_or(0);
                child > 0
            })
            .unwrap();
        assert!(runs(child));
        drop(process);
        let start = Instant::now();
        while runs(child) {
            assert!(start.elapsed() < PATIENCE, "the child outlives its family");
            std::thread::sleep(PAUSE);
        }
    }

    #[test]
    fn a_process_that_does_not_start_is_an_error_with_its_last_words() {
        let folder = folder("test", None).unwrap();
        let mut process =
            Process::spawn("loser", &mut shell("echo no luck >&2; exit 3"), folder.path()).unwrap();
        let error = process.wait_ready(|| false).unwrap_err().to_string();
        assert!(error.contains("loser does not start: exit status: 3"), "{error}");
        assert!(error.contains("no luck"), "{error}");
    }

    #[test]
    fn the_output_of_a_program_that_fails_is_its_error() {
        assert_eq!(output(&mut shell("echo yes")).unwrap(), "yes\n");
        let error = output(&mut shell("echo why >&2; exit 1"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("why"), "{error}");
    }
}
