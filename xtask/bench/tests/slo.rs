//! `bench slo` in its smallest form, over the development build of the service.
//!
//! How fast anything was is not looked at: a test machine may be busy. What must fail, fails on every machine, because an
//! answer that is held up by 350 ms is late everywhere, and no ratio is as small as that of the made-up baseline.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

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

/// Runs the gate with a baseline in `folder`, where it also writes its result.
fn slo(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall-bench"));
    for name in ["BENCH_BINARY", "BENCH_RESULTS", "BENCH_TOOLS"] {
        command.env_remove(name);
    }
    command
        .args(["slo", "--rounds=1", "--seconds=1", "--rate=150"])
        .arg("--binary")
        .arg(service())
        .arg("--results")
        .arg(folder)
        .arg("--baseline")
        .arg(folder.join("baseline.json"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn failure(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn result(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("slo.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A baseline for the load of these tests, in which every ratio is this.
fn write_baseline(folder: &Path, rate: f64, ratio: f64) {
    let mix = json!({
        "getSchool": 45, "listSchools": 15, "listEvents": 10, "getTenant": 10,
        "createSchool": 16, "createSchool, repeated": 2, "createSchool, name taken": 2,
    });
    let figure = json!({"ratio": ratio, "ratio_min": ratio, "ratio_max": ratio, "rounds": 5, "used": 0.1});
    let names = [
        "sqlite/reads",
        "sqlite/writes",
        "postgres/reads",
        "postgres/writes",
        "postgres/publish",
    ];
    let figures: Value = names
        .iter()
        .map(|name| ((*name).to_owned(), figure.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let baseline =
        json!({"measured": "nowhere", "load": {"rate": rate, "tenants": 64, "mix": mix}, "figures": figures});
    std::fs::write(folder.join("baseline.json"), baseline.to_string()).unwrap();
}

#[test]
fn both_databases_are_measured_and_a_regression_fails_the_run() {
    let folder = tempfile::tempdir().unwrap();
    write_baseline(folder.path(), 150.0, 1e-9);
    let error = failure(&slo(folder.path(), &[]));
    let result = result(folder.path());
    let databases = result["databases"].as_array().unwrap();
    let figures = |database: &Value| -> Vec<String> {
        let figures = database["figures"].as_array().unwrap().iter();
        figures
            .map(|figure| figure["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(figures(&databases[0]), ["reads", "writes"]);
    assert_eq!(figures(&databases[1]), ["reads", "writes", "publish"]);
    for database in databases {
        // Every answer was the expected one, and every event came.
        assert_eq!(database["errors"], json!({}), "{database:#}");
        for figure in database["figures"].as_array().unwrap() {
            assert!(figure["latencies"]["count"].as_u64().unwrap() > 0, "{figure:#}");
            assert!(
                figure["rounds"][0]["reference"].as_f64().unwrap() > 0.0,
                "{figure:#}"
            );
            let verdict = figure["judgement"]["verdict"].as_str().unwrap();
            assert!(["regressed", "broken"].contains(&verdict), "{figure:#}");
            let name = format!(
                "{}, {}: ",
                database["name"].as_str().unwrap(),
                figure["name"].as_str().unwrap()
            );
            assert!(error.contains(&name), "{error}");
        }
    }
}

#[test]
fn answers_that_are_held_up_break_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let error = failure(&slo(folder.path(), &["--only=sqlite", "--inject-delay-ms=350"]));
    assert!(
        error.contains("SQLite, reads: the 95th percentile is "),
        "{error}"
    );
    assert!(error.contains("the bound 300 ms"), "{error}");
    assert_eq!(result(folder.path())["injected_delay_ms"], 350);
}

#[test]
fn a_baseline_of_another_load_is_refused_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    write_baseline(folder.path(), 151.0, 1.0);
    let error = failure(&slo(folder.path(), &[]));
    assert!(error.contains("take --rate 151 or --update-baseline"), "{error}");
    assert!(!folder.path().join("slo.json").exists());
}
