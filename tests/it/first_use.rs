//! First use: one command, and what it says is true; what cannot work says why in one line.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::support::{
    Client, PostgresServer, Process, RedisServer, Service, ServiceBuilder, free_port, wait,
};

#[tokio::test]
async fn the_command_that_is_printed_works_when_pasted() {
    // The port alone differs from a bare `rollcall`: 8080 may be taken on the machine that runs the tests.
    let mut service = Service::sqlite().await;
    let address = service.base_url();
    let printed = service.process().stdout();
    let client = service.client();

    assert!(printed.contains(&address), "the address {address}:\n{printed}");
    assert!(
        printed.contains(&format!("{address}/docs")),
        "the documentation:\n{printed}"
    );
    let curl = curl_command(&printed);
    let tenant = uuid_in(&curl);
    assert!(
        printed.replace(&curl, "").contains(&tenant),
        "the demo tenant {tenant} beside the command:\n{printed}"
    );

    assert_eq!(status_of(&curl).await, "201", "{curl}");
    let tenant = tenant.parse().expect("a tenant id");
    let page = client.list_schools(tenant, "").await;
    assert_eq!(
        page.json["items"].as_array().map(Vec::len),
        Some(1),
        "{}",
        page.text()
    );
    let events = client.list_events(tenant, "").await;
    let types: Vec<&str> = events.json["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    assert_eq!(
        types,
        ["lms.roster.v1.TenantProvisioned", "lms.roster.v1.SchoolCreated"]
    );
}

#[tokio::test]
async fn what_was_created_is_there_after_a_restart() {
    let mut service = Service::sqlite().await;
    let client = service.client();
    let tenant = client.new_tenant("Kept").await;
    let school = client.new_school(tenant, "Kept too").await;
    service.restart().await;
    assert_eq!(client.get_school(tenant, school).await.json["name"], "Kept too");
    service.kill();
    service.restart().await;
    assert_eq!(client.get_school(tenant, school).await.json["name"], "Kept too");
}

#[tokio::test]
async fn ctrl_c_and_sigterm_drain() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut service = Service::sqlite().await;
        let tenant = service.client().new_tenant("Draining").await;
        // An open stream must not keep the process alive: it is ended, not cut off.
        let mut stream = service.client().stream_events(tenant, None).await;
        assert_eq!(stream.next().await.event, "lms.roster.v1.TenantProvisioned");
        service.process().signal(signal);
        assert_eq!(stream.rest().await, []);
        let status = service.process().wait();
        assert_eq!(status.code(), Some(0), "{signal:?}: {status}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_line() {
    let service = Service::sqlite().await;
    let line = refusal(&Service::builder().port(service.port()));
    assert!(line.contains(&service.port().to_string()), "{line}");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_one_clear_line() {
    // A file where the folder's parent should be: that stops root too, which no permission does.
    let folder = TempDir::new().expect("make a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("write a file");
    let data = file.join("data");
    let line = refusal(&Service::builder().variable("ROLLCALL_DATA_DIR", &data));
    assert!(line.contains(&data.display().to_string()), "{line}");
}

#[test]
fn a_wrong_variable_is_one_clear_line() {
    for (name, value) in [
        ("ROLLCALL_LISTEN", "nowhere"),
        ("ROLLCALL_LISTN", "127.0.0.1:1"),
        ("ROLLCALL_REDIS_URL", "http://127.0.0.1"),
        ("ROLLCALL_DATABASE_URL", "mysql://127.0.0.1/rollcall"),
    ] {
        let line = refusal(&Service::builder().variable(name, value));
        assert!(line.contains(name), "{name}={value}: {line}");
    }
}

#[test]
fn an_address_beyond_this_machine_without_authentication_is_one_clear_line() {
    let listen = format!("0.0.0.0:{}", free_port());
    let line = refusal(&Service::builder().variable("ROLLCALL_LISTEN", listen));
    assert!(line.contains("ROLLCALL_AUTH_ISSUER"), "{line}");
}

#[test]
fn an_unreachable_database_is_one_clear_line_without_its_password() {
    let port = free_port();
    let url = format!("postgres://rollcall:hunter2@127.0.0.1:{port}/rollcall");
    let line = refusal(&Service::builder().database(&url));
    assert!(
        line.contains(&port.to_string()) && !line.contains("hunter2"),
        "{line}"
    );
}

#[tokio::test]
async fn a_broker_that_is_away_is_not_fatal_and_is_caught_up_with() {
    let mut redis = RedisServer::reserve();
    let database = PostgresServer::shared().create_database().await;
    let service = Service::builder()
        .database(&database.url)
        .redis(&redis)
        .start()
        .await;
    let client = service.client();
    let tenant = client.new_tenant("Early").await;
    wait::until("the service says that it is degraded", async || {
        (health(&client).await != "ok").then_some(())
    })
    .await;

    redis.restart();
    wait::until("the service says that all is well", async || {
        (health(&client).await == "ok").then_some(())
    })
    .await;
    let mut broker = redis.connect().await;
    wait::until("the event is delivered", async || {
        let keys: Vec<String> = redis::cmd("KEYS")
            .arg("lms.roster.v1:*")
            .query_async(&mut broker)
            .await
            .ok()?;
        let mut tenants = Vec::new();
        for key in keys {
            let entries: Vec<(String, Vec<String>)> = redis::cmd("XRANGE")
                .arg(key)
                .arg("-")
                .arg("+")
                .query_async(&mut broker)
                .await
                .ok()?;
            tenants.extend(entries.into_iter().flat_map(|(_, fields)| fields));
        }
        tenants.contains(&tenant.to_string()).then_some(())
    })
    .await;
}

async fn health(client: &Client) -> String {
    client.send(client.get("/health/degraded")).await.json["status"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// The one line that a start which cannot work leaves on standard error; nothing else may be there.
fn refusal(builder: &ServiceBuilder) -> String {
    let folder = TempDir::new().expect("make a folder");
    let mut process: Process = builder.spawn(folder.path());
    let status = process.wait();
    assert!(
        status.code().is_some_and(|code| code != 0),
        "it must fail, and by itself: {status}"
    );
    let errors = process.stderr();
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 1, "one line, not:\n{errors}");
    assert!(
        !errors.contains("panicked") && !errors.contains("RUST_BACKTRACE"),
        "{errors}"
    );
    lines[0].to_owned()
}

/// The printed command with its continuation lines, as it would be copied.
fn curl_command(printed: &str) -> String {
    let lines: Vec<&str> = printed.lines().map(str::trim).collect();
    let starts: Vec<usize> = (0..lines.len())
        .filter(|&at| lines[at].starts_with("curl "))
        .collect();
    assert_eq!(starts.len(), 1, "one curl command in:\n{printed}");
    let rest = &lines[starts[0]..];
    let end = rest
        .iter()
        .position(|line| !line.ends_with('\\'))
        .expect("the end of the command");
    rest[..=end].join("\n")
}

/// Runs a command line just as it is; curl is told by a file of its own to add the status.
async fn status_of(command_line: &str) -> String {
    let home = TempDir::new().expect("make a folder");
    std::fs::write(home.path().join(".curlrc"), "write-out = \"\\n%{http_code}\"\n").expect("write .curlrc");
    let mut command = Command::new("bash");
    command
        .args(["-c", command_line])
        .env("CURL_HOME", home.path())
        .env("NO_PROXY", "*");
    let run = tokio::task::spawn_blocking(move || command.output().expect("run bash"));
    let output = tokio::time::timeout(Duration::from_secs(30), run)
        .await
        .expect("in time")
        .expect("no panic");
    assert!(
        output.status.success(),
        "{command_line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned()
}

fn uuid_in(text: &str) -> String {
    let words = text.split(|character: char| !character.is_ascii_hexdigit() && character != '-');
    let is_uuid = |word: &&str| word.parse::<uuid::Uuid>().is_ok() && word.len() == 36;
    words
        .into_iter()
        .find(is_uuid)
        .unwrap_or_else(|| panic!("no UUID in {text}"))
        .to_owned()
}
