//! A process of a test: it is signalled, awaited, and never outlives the test.
//!
//! A test binary may itself be killed, and values in statics are never dropped. Therefore each process has a guardian,
//! a small shell that reads from a pipe which only the test binary holds: when the pipe breaks, whatever the reason,
//! the guardian ends the process and removes its folder.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::wait;

const GUARDIAN: &str = r#"
read -r word && exit 0
kill -CONT "$1" 2>/dev/null
kill -QUIT "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
kill -KILL "$1" 2>/dev/null
rm -rf -- "$2"
"#;

/// A running (or ended) process whose output goes to two files in its folder.
pub struct Process {
    name: String,
    child: Child,
    guardian: Option<Child>,
    stdout: PathBuf,
    stderr: PathBuf,
    exit: Option<ExitStatus>,
}

impl Process {
    /// Starts `command`; its output goes to `{name}.out` and `{name}.err` in `folder`, which the guardian removes
    /// should the test be killed.
    pub fn spawn(name: &str, mut command: Command, folder: &Path) -> Self {
        let stdout = folder.join(format!("{name}.out"));
        let stderr = folder.join(format!("{name}.err"));
        let open = |path| {
            File::options()
                .create(true)
                .append(true)
                .open(path)
                .expect("open a log file")
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(open(&stdout))
            .stderr(open(&stderr))
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name} ({command:?}): {error}"));
        let guardian = Command::new("sh")
            .args(["-c", GUARDIAN, "guardian", &child.id().to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("start a guardian with sh");
        Self {
            name: name.to_owned(),
            child,
            guardian: Some(guardian),
            stdout,
            stderr,
            exit: None,
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to standard output so far.
    pub fn stdout(&self) -> String {
        std::fs::read(&self.stdout)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// What it wrote to standard error so far.
    pub fn stderr(&self) -> String {
        std::fs::read(&self.stderr)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// How it ended, if it has.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.exit.is_none() {
            self.exit = self.child.try_wait().expect("ask after a child process");
        }
        self.exit
    }

    /// Sends a signal, if it still runs.
    pub fn signal(&mut self, signal: Signal) {
        if self.exit_status().is_none() {
            send(self.child.id(), signal);
        }
    }

    /// Sends a signal to it and then to all of its children: PostgreSQL is a family of processes.
    pub fn signal_family(&mut self, signal: Signal) -> Vec<u32> {
        if self.exit_status().is_some() {
            return Vec::new();
        }
        // The parent first: a parent that still runs would notice that its children are gone and start new ones.
        send(self.child.id(), signal);
        let children = children_of(self.child.id());
        for child in &children {
            send(*child, signal);
        }
        children
    }

    /// Waits until it has ended by itself; panics with its last words if it does not.
    pub fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        while self.exit_status().is_none() {
            assert!(
                start.elapsed() < wait::PATIENCE,
                "{} does not end\n{}",
                self.name,
                self.tail()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        self.let_go();
        self.exit.expect("it has ended")
    }

    /// Kills it and its children at once (SIGKILL), as a power cut would, and waits until all are gone.
    pub fn kill(&mut self) {
        let children = self.signal_family(Signal::KILL);
        self.wait();
        wait::until_blocking("killed children are gone", || {
            children
                .iter()
                .all(|child| !Path::new(&format!("/proc/{child}/cmdline")).is_file() || is_zombie(*child))
                .then_some(())
        });
    }

    /// The end of both outputs, for a message.
    pub fn tail(&self) -> String {
        let last = |text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(40)..].join("\n")
        };
        format!(
            "--- {name} standard output\n{}\n--- {name} standard error\n{}",
            last(&self.stdout()),
            last(&self.stderr()),
            name = self.name,
        )
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
        if std::thread::panicking() {
            eprintln!("{}", self.tail());
        }
        self.signal_family(Signal::CONT);
        self.signal_family(Signal::KILL);
        let _ = self.child.wait();
        self.let_go();
    }
}

/// Whether a process ended by itself with code 0.
pub fn is_clean(status: ExitStatus) -> bool {
    status.signal().is_none() && status.code() == Some(0)
}

fn send(process: u32, signal: Signal) {
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
        return;
    };
    // It may have ended since it was looked up; then there is nobody to tell.
    let _ = kill_process(pid, signal);
}

fn children_of(process: u32) -> Vec<u32> {
    let listing =
        std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    listing
        .split_whitespace()
        .filter_map(|id| id.parse().ok())
        .collect()
}

fn is_zombie(process: u32) -> bool {
    // The third field of /proc/<pid>/stat, behind the name in brackets, is the state (proc(5)).
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| {
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim_start().starts_with('Z'))
    })
}
