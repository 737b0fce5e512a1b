//! Property-based requests: schemathesis reads the served document and calls the running service with thousands of
//! good and bad requests; every answer must be one that the contract allows.
//!
//! Configuration, hooks and pins are in `tests/property/`.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::support::tokens::Token;
use crate::support::{Service, repository, tools};

/// Fewer would mean that an operation or a phase fell out of the run unnoticed.
const CASES_MIN: u64 = 2_000;

#[tokio::test]
async fn schemathesis_finds_no_answer_that_the_contract_does_not_allow() {
    let schemathesis = tools::python("schemathesis");
    let service = Service::builder().authentication().start().await;
    // The tenant exists only once it is created, so the first token is for every tenant.
    let token = Token::good().claim("tenant_id", "*").sign();
    let client = service.client().with_token(&token);
    let tenant = client.new_tenant("Property tests").await;
    for name in ["First", "Second", "Third"] {
        client.new_school(tenant, name).await;
    }
    let page = client.list_schools(tenant, "limit=1").await;
    let cursor = page.json["nextCursor"]
        .as_str()
        .expect("a cursor of a first page")
        .to_owned();

    let page = client.list_audit_records(tenant, "limit=1").await;
    let audit_cursor = page.json["nextCursor"]
        .as_str()
        .expect("a cursor of a first page")
        .to_owned();

    let start = Instant::now();
    let settings = repository().join("tests/property");
    // Schemathesis leaves a cache where it runs; the source tree stays as it is.
    let folder = tempfile::TempDir::new().expect("make a folder");
    let output = Command::new(schemathesis)
        .arg("--config-file")
        .arg(settings.join("schemathesis.toml"))
        .args(["run", "--no-color", "--url", &service.base_url()])
        .arg(format!("{}/openapi.json", service.base_url()))
        .current_dir(folder.path())
        .env("PYTHONPATH", &settings)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PROPERTY_TOKEN", &token)
        .env("PROPERTY_TENANT", tenant.to_string())
        .env("PROPERTY_CURSOR", cursor)
        .env("PROPERTY_AUDIT_CURSOR", audit_cursor)
        .stdin(Stdio::null())
        .output()
        .expect("run schemathesis");
    let report = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "schemathesis found failures:\n{report}\n{errors}"
    );
    let cases = generated_cases(&report).unwrap_or_else(|| panic!("no number of cases in:\n{report}"));
    println!(
        "schemathesis: {cases} cases, 0 failures, {:.0} s",
        start.elapsed().as_secs_f64()
    );
    assert!(
        cases >= CASES_MIN,
        "{cases} cases, want at least {CASES_MIN}:\n{report}"
    );
}

/// Reads the summary, a line such as `  2803 generated, 2803 passed`.
fn generated_cases(report: &str) -> Option<u64> {
    let line = report
        .lines()
        .skip_while(|line| !line.starts_with("Test cases:"))
        .nth(1)?;
    line.trim().split_once(" generated")?.0.parse().ok()
}

#[test]
fn the_number_of_cases_is_read_from_the_summary() {
    assert_eq!(
        generated_cases("x\nTest cases:\n  2803 generated, 2801 passed\n\nSeed: 1"),
        Some(2803)
    );
    assert_eq!(generated_cases("Test cases:\n"), None);
}
