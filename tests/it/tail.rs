//! `rollcall tail`, over the database of a running service.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{PostgresServer, Process, Service, process, wait};

/// A running tail and the folder with its output.
struct Tail {
    process: Process,
    _folder: TempDir,
}

/// The variable that leads to the database of a service.
type Database = (&'static str, String);

fn of_sqlite(service: &Service) -> Database {
    let folder = service.folder().join("data");
    ("ROLLCALL_DATA_DIR", folder.to_string_lossy().into_owned())
}

fn start((name, value): &Database, arguments: &[&str]) -> Tail {
    let folder = TempDir::new().expect("make a folder");
    let builder = Service::builder().variable(name, value).argument("tail");
    let builder = arguments
        .iter()
        .fold(builder, |builder, argument| builder.argument(*argument));
    Tail {
        process: builder.spawn(folder.path()),
        _folder: folder,
    }
}

/// The lines of a tail that ends by itself.
fn printed(database: &Database, arguments: &[&str]) -> Vec<String> {
    let mut tail = start(database, arguments);
    let status = tail.process.wait();
    assert!(process::is_clean(status), "{status}\n{}", tail.process.tail());
    tail.process.stdout().lines().map(str::to_owned).collect()
}

/// Tenants with schools, and what tails of one tenant and of one type tell of them.
async fn check(service: &Service, database: &Database) {
    let client = service.client();
    let (first, second) = (
        client.new_tenant("First").await,
        client.new_tenant("Second").await,
    );
    for name in ["Lincoln", "Harbor"] {
        client.new_school(first, name).await;
    }
    let school = client.new_school(second, "Meridian").await;

    let tenant = first.to_string();
    let own = printed(database, &["--tenant", &tenant, "--after", "0", "--no-follow"]);
    let are_tenants: Vec<bool> = own
        .iter()
        .map(|line| line.contains("  TenantProvisioned  "))
        .collect();
    assert_eq!(are_tenants, [true, false, false], "{own:#?}");
    assert!(own[1].ends_with("“Lincoln” status=active version=1"), "{own:#?}");
    assert!(
        !own[1].contains(&tenant) && !own[1].contains('\u{1b}'),
        "{own:#?}"
    );

    let arguments = ["--after", "0", "--type", "School*", "--json", "--no-follow"];
    let events: Vec<Value> = printed(database, &arguments)
        .iter()
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect();
    assert_eq!(events.len(), 3, "{events:#?}");
    assert_eq!(events[2]["subject"], format!("schools/{school}"));
    let times: Vec<&str> = events.iter().filter_map(|event| event["time"].as_str()).collect();
    assert!(times.is_sorted(), "{times:?}");

    assert!(
        printed(database, &["--no-follow"]).is_empty(),
        "nothing has happened since"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_prints_what_was_committed_on_sqlite() {
    let service = Service::builder()
        .variable("ROLLCALL_DEMO_TENANT", "off")
        .start()
        .await;
    check(&service, &of_sqlite(&service)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_prints_what_was_committed_on_postgresql() {
    let database = PostgresServer::shared().create_database().await;
    let service = Service::builder().database(&database.url).start().await;
    check(&service, &("ROLLCALL_DATABASE_URL", database.url.clone())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_follows_until_it_is_interrupted() {
    let service = Service::sqlite().await;
    let client = service.client();
    let tenant = client.new_tenant("Before").await;
    let mut tail = start(&of_sqlite(&service), &["--after", "0"]);
    wait::until("it has shown what was there", async || {
        tail.process.stdout().contains("“Before”").then_some(())
    })
    .await;
    client.new_school(tenant, "Meanwhile").await;
    wait::until("it shows what is new", async || {
        tail.process.stdout().contains("“Meanwhile”").then_some(())
    })
    .await;
    tail.process.signal(Signal::INT);
    assert!(process::is_clean(tail.process.wait()));
    assert_eq!(tail.process.stderr(), "", "it has nothing to complain of");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_quietly_with_the_pipe_that_it_writes_to() {
    let service = Service::sqlite().await;
    let client = service.client();
    let (name, value) = of_sqlite(&service);
    let mut tail = Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(["tail", "--after", "0"])
        .env(name, value)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start a tail");
    let tenant = client.new_tenant("First").await;
    let mut lines = BufReader::new(tail.stdout.take().expect("its output")).lines();
    // The demo tenant's, at least.
    assert!(lines.next().is_some_and(|line| line.is_ok()));
    drop(lines);
    client.new_school(tenant, "Nobody reads this").await;
    let output = tail.wait_with_output().expect("its end");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && told.is_empty(),
        "{}: {told}",
        output.status
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_sigint_though_nobody_reads_what_it_prints() {
    let service = Service::sqlite().await;
    let client = service.client();
    for number in 0..200 {
        client.new_tenant(&format!("{number:0>150}")).await;
    }
    let (name, value) = of_sqlite(&service);
    // A pipe holds 64 KiB, and these events are longer.
    let mut tail = Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(["tail", "--after", "0", "--json"])
        .env(name, value)
        .stdout(Stdio::piped())
        .spawn()
        .expect("start a tail");
    let id = Pid::from_raw(i32::try_from(tail.id()).expect("an id")).expect("an id");
    wait::until("it waits for its reader", async || {
        let waits = std::fs::read_to_string(format!("/proc/{}/syscall", tail.id())).ok()?;
        // The number of write(2) on x86-64 and on 64-bit ARM.
        (waits.starts_with("1 ") || waits.starts_with("64 ")).then_some(())
    })
    .await;
    kill_process(id, Signal::INT).expect("send SIGINT");
    let ended = tokio::task::spawn_blocking(move || tail.wait().expect("its end"));
    let status = tokio::time::timeout(wait::PATIENCE, ended)
        .await
        .expect("it ends");
    assert!(!status.expect("a status").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_restarts_does_not_end_it() {
    let mut server = PostgresServer::start();
    let database = server.create_database().await;
    let service = Service::builder().database(&database.url).start().await;
    let client = service.client();
    let tenant = client.new_tenant("Before").await;
    let mut tail = start(
        &("ROLLCALL_DATABASE_URL", database.url.clone()),
        &["--after", "0"],
    );
    wait::until("it has shown what was there", async || {
        tail.process.stdout().contains("“Before”").then_some(())
    })
    .await;
    server.kill();
    wait::until("it has noticed", async || {
        tail.process.stderr().contains("trying again").then_some(())
    })
    .await;
    server.restart();
    wait::until("the service answers again", async || {
        let ready = reqwest::get(format!("{}/health/ready", service.base_url()))
            .await
            .ok()?;
        ready.status().is_success().then_some(())
    })
    .await;
    client.new_school(tenant, "Afterwards").await;
    wait::until("it shows what is new", async || {
        tail.process.stdout().contains("“Afterwards”").then_some(())
    })
    .await;
    tail.process.signal(Signal::INT);
    assert!(process::is_clean(tail.process.wait()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_the_log_is_refused_in_a_line() {
    let service = Service::sqlite().await;
    let database = of_sqlite(&service);
    for (arguments, told) in [
        (&["--after", "7"][..], "sequences count within a partition"),
        (
            &["--partition", "64"],
            "there is no partition 64; the log has 64, from 0 on",
        ),
    ] {
        let mut tail = start(&database, arguments);
        let status = tail.process.wait();
        let stderr = tail.process.stderr();
        assert_eq!(status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(told) && stderr.lines().count() == 1, "{stderr}");
    }
}
