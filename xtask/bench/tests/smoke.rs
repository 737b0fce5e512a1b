//! The command as a whole, in its smallest form, over the development build of the service.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// The service that `cargo test --workspace` has built beside this test.
fn service() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let path = own.parent().and_then(Path::parent).unwrap().join("rollcall");
    assert!(
        path.is_file(),
        "build the service first: cargo build --bin rollcall"
    );
    path
}

fn bench(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall-bench"));
    command.args(arguments).stdin(Stdio::null());
    for name in ["BENCH_BINARY", "BENCH_RESULTS", "BENCH_TOOLS"] {
        command.env_remove(name);
    }
    // Whatever the caller has set must not reach the services; these would keep them from starting.
    command.env("ROLLCALL_DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
    command.env("ROLLCALL_NO_SUCH_SETTING", "1");
    command
}

fn run(arguments: &[&str], results: &Path) -> Output {
    bench(arguments)
        .arg("--binary")
        .arg(service())
        .arg("--results")
        .arg(results)
        .output()
        .unwrap()
}

fn error_of(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_smallest_run_measures_service_and_reference_on_both_databases() {
    let results = tempfile::tempdir().unwrap();
    let parts = ["sqlite-post-1", "postgres-post-1", "postgres-get-64"];
    let mut arguments = vec!["http", "--quick", "--seconds=1", "--rounds=1"];
    arguments.extend(parts.iter().flat_map(|part| ["--only", *part]));
    let output = run(&arguments, results.path());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let result = std::fs::read_to_string(results.path().join("http.json")).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    let cells = result["cells"].as_array().unwrap();
    let groups: Vec<&str> = cells.iter().map(|cell| cell["group"].as_str().unwrap()).collect();
    assert_eq!(groups, parts);
    for cell in cells {
        let round = &cell["rounds"][0];
        assert!(round["reference"].as_f64().unwrap() > 0.0, "{cell}");
        assert!(round["subject"]["throughput"].as_f64().unwrap() > 0.0, "{cell}");
        assert_eq!(round["subject"]["errors"], serde_json::json!({}), "{cell}");
        assert!(
            text.contains(&format!("| {} |", cell["group"].as_str().unwrap())),
            "{text}"
        );
    }
}

#[test]
fn what_does_not_exist_or_does_not_fit_is_refused_before_anything_starts() {
    let results = tempfile::tempdir().unwrap();
    let error = error_of(&run(&["http", "--only", "mysql"], results.path()));
    assert!(
        error.contains("there is no such part; there are sqlite-post-1,"),
        "{error}"
    );
    let error = error_of(&run(&["http", "--quick", "--write-docs"], results.path()));
    assert!(error.contains("--write-docs needs a whole run"), "{error}");
    let error = error_of(&run(&["http", "--rounds=0"], results.path()));
    assert!(error.contains("0 is not in 1..=20"), "{error}");
    let error = error_of(
        &bench(&["http", "--binary", "/nowhere/rollcall"])
            .output()
            .unwrap(),
    );
    assert!(
        error.contains("/nowhere/rollcall is missing: build it with"),
        "{error}"
    );
    assert_eq!(
        std::fs::read_dir(results.path()).unwrap().count(),
        0,
        "nothing was measured"
    );
}

/// A run that is waiting inside a measurement over SQLite, in a folder of its own.
struct Running {
    child: Child,
    folder: TempDir,
}

impl Running {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child = bench(&["http", "--quick", "--only=sqlite-get", "--seconds=60"])
            .arg("--binary")
            .arg(service())
            .arg("--folder")
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let running = Self { child, folder };
        running.wait("the service runs", |running| !running.processes().is_empty());
        running
    }

    /// The processes that work in the folder.
    fn processes(&self) -> Vec<String> {
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let inside = entries.filter(|entry| {
            std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(self.folder.path()))
        });
        inside
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }

    fn wait(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn end_with(mut self, signal: Signal) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(id, signal).unwrap();
        self.child.wait().unwrap();
        self.wait("all processes have ended", |running| {
            running.processes().is_empty()
        });
        self.wait("all folders are gone", |running| {
            std::fs::read_dir(running.folder.path()).unwrap().count() == 0
        });
    }
}

#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    Running::start().end_with(Signal::INT);
}

#[test]
fn a_killed_run_leaves_nothing_behind() {
    Running::start().end_with(Signal::KILL);
}
