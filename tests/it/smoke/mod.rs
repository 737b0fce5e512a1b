//! `cargo xtask smoke`, as an operator runs it: content with a service that is in order, and with each check able to fail.

mod proxy;
mod spoilt;

use std::collections::BTreeSet;
use std::process::{Command, ExitStatus};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;

use crate::support::{RedisServer, Service, repository, tokens::Token, wait};
use proxy::{Asked, Proxy, Reply};
use spoilt::Spoilt;

/// What a run printed, and how it ended.
struct Run {
    status: ExitStatus,
    text: String,
}

impl Run {
    /// The names of the checks that ended so.
    fn checks(&self, state: &str) -> BTreeSet<String> {
        let lines = self.text.lines().filter_map(|line| line.strip_prefix(state));
        lines
            .map(|rest| rest.trim_start().split(':').next().unwrap_or_default().to_owned())
            .collect()
    }

    #[track_caller]
    fn assert_content(&self) {
        assert_eq!(self.status.code(), Some(0), "{}", self.text);
        assert_eq!(self.checks("FAILED"), BTreeSet::new(), "{}", self.text);
    }
}

/// The program behind `cargo xtask`, built once; where `cargo xtask test` runs the tests it is there already.
async fn program() -> &'static str {
    static PROGRAM: OnceCell<String> = OnceCell::const_new();
    let build = async || {
        let mut cargo = tokio::process::Command::new(env!("CARGO"));
        cargo.current_dir(repository());
        cargo.args([
            "build",
            "--locked",
            "--package",
            "xtask",
            "--message-format",
            "json",
        ]);
        let output = cargo.output().await.expect("run cargo");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let messages = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut executables =
            messages.filter_map(|message| message["executable"].as_str().map(str::to_owned));
        let executable = executables.next_back();
        executable
            .unwrap_or_else(|| panic!("xtask is not built\n{}", String::from_utf8_lossy(&output.stderr)))
    };
    PROGRAM.get_or_init(build).await
}

async fn smoke(url: &str, flags: &[&str], token: Option<String>) -> Run {
    let mut command = Command::new(program().await);
    for name in ["ROLLCALL_SMOKE_TOKEN", "ROLLCALL_SMOKE_REDIS_URL"] {
        command.env_remove(name);
    }
    command
        .args(["smoke", "--url", url])
        .args(flags)
        .env("NO_PROXY", "*");
    command.envs(token.map(|token| ("ROLLCALL_SMOKE_TOKEN", token)));
    let run = tokio::task::spawn_blocking(move || command.output().expect("run smoke"));
    let output = tokio::time::timeout(wait::PATIENCE, run)
        .await
        .expect("in time")
        .expect("no panic");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run {
        status: output.status,
        text: text(&output.stdout) + &text(&output.stderr),
    }
}

/// What is in the service's database, but for what it does by itself.
fn content(service: &Service) -> Vec<String> {
    const QUESTIONS: &str = "import sqlite3, sys
database = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
for table in ('tenants', 'schools', 'idempotency_records', 'audit_records', 'event_log'):
    print(table, *database.execute(f'SELECT count(*) FROM {table}').fetchone())";
    let mut python = Command::new("python3");
    python
        .args(["-c", QUESTIONS])
        .arg(service.folder().join("data/rollcall.db"));
    let output = python.output().expect("run python3");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_in_order_passes_and_is_left_as_it_was() {
    let service = Service::sqlite().await;
    let before = content(&service);
    smoke(&service.base_url(), &[], None).await.assert_content();
    assert_eq!(content(&service), before, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_followed_to_the_feed_and_into_redis() {
    let redis = RedisServer::start();
    let service = Service::builder().redis(&redis).start().await;
    let run = smoke(&service.base_url(), &["--write", "--redis", &redis.url()], None).await;
    run.assert_content();
    assert!(
        run.checks("ok").contains("its event is in its stream, the same"),
        "{}",
        run.text
    );
    let counts: Vec<String> = content(&service);
    assert!(
        counts.contains(&"schools 1".to_owned()),
        "one school, however often it was asked for: {counts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_asks_for_tokens_passes_with_and_without_one() {
    let service = Service::builder().authentication().start().await;
    let url = service.base_url();
    let locked = smoke(&url, &["--write"], None).await;
    locked.assert_content();
    let skipped = locked.checks("skipped");
    assert!(
        skipped.contains("refusals of operations") && skipped.contains("writes"),
        "{}",
        locked.text
    );

    let all = Token::good().claim("tenant_id", "*").sign();
    smoke(&url, &["--write"], Some(all)).await.assert_content();

    let tenant = service
        .client()
        .with_token(&Token::good().claim("tenant_id", "*").sign())
        .new_tenant("Of one token")
        .await;
    let flags = ["--write", "--tenant", &tenant.to_string()];
    smoke(&url, &flags, Some(Token::for_tenant(tenant).sign()))
        .await
        .assert_content();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_check_fails_where_what_it_looks_at_is_spoilt() {
    let redis = RedisServer::start();
    let open = Service::builder().redis(&redis).start().await;
    let locked = Service::builder().authentication().start().await;
    let tenant = open.client().new_tenant("Named").await.to_string();
    let redis_url = redis.url();
    let writing = ["--write", "--redis", redis_url.as_str()];
    let proven = smoke(&open.base_url(), &writing, None).await.checks("ok");

    let mut failed = BTreeSet::new();
    let mut check = async |service: &Service, spoilt: &'static [Spoilt], flags: &[&str]| {
        let spoil =
            move |asked: &Asked, reply: &mut Reply| spoilt.iter().for_each(|(_, spoil)| spoil(asked, reply));
        let proxy = Proxy::start(service.base_url(), Arc::new(spoil)).await;
        let run = smoke(&format!("http://127.0.0.1:{}", proxy.port), flags, None).await;
        let names: BTreeSet<String> = spoilt.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(run.checks("FAILED"), names, "{}", run.text);
        assert_eq!(run.status.code(), Some(1), "{}", run.text);
        failed.extend(names);
    };
    check(&open, spoilt::ONE_BY_ONE, &writing).await;
    check(&open, spoilt::ALSO, &writing).await;
    for one in spoilt::AT_THE_START {
        check(&open, std::slice::from_ref(one), &writing).await;
    }
    check(&locked, spoilt::AT_THE_DOOR, &[]).await;
    check(&open, spoilt::IN_A_TENANT, &["--tenant", &tenant]).await;

    // A name that is not loopback's, and a service without authentication behind it. curl itself knows where it leads.
    let proxy = Proxy::start(open.base_url(), Arc::new(|_: &Asked, _: &mut Reply| ())).await;
    let run = smoke(&format!("http://rollcall.localhost:{}", proxy.port), &[], None).await;
    assert_eq!(run.checks("FAILED").len(), 1, "{}", run.text);
    failed.extend(run.checks("FAILED"));
    // An address that has other things than metrics.
    let elsewhere = format!("{}/health/live", open.base_url());
    let run = smoke(&open.base_url(), &["--metrics-url", &elsewhere], None).await;
    assert_eq!(run.checks("FAILED").len(), 1, "{}", run.text);
    failed.extend(run.checks("FAILED"));

    let unproven: Vec<&String> = proven.difference(&failed).collect();
    assert!(
        unproven.is_empty(),
        "nothing was seen to make these fail: {unproven:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_there_and_what_is_not_understood_have_codes_of_their_own() {
    let nobody = smoke("http://127.0.0.1:1", &[], None).await;
    assert_eq!(nobody.status.code(), Some(1), "{}", nobody.text);
    assert!(nobody.text.contains("RollcallInstanceDown"), "{}", nobody.text);
    for (url, flags) in [
        ("127.0.0.1:8080", [].as_slice()),
        ("http://127.0.0.1:8080", &["--tenant", "x"]),
        ("http://127.0.0.1:8080", &["--write", "--redis", "broker:hunter2"]),
        ("http://127.0.0.1:8080", &["--fast"]),
    ] {
        let run = smoke(url, flags, None).await;
        assert_eq!(run.status.code(), Some(2), "{url} {flags:?}: {}", run.text);
        assert!(!run.text.contains("hunter2"), "{}", run.text);
    }
}
