//! What clients send stays with those whom it is for: no secret, token or name is told to a log, a collector or another client.
//!
//! Every place of a request that the contract knows, and some that it does not, is filled with canaries, one request each: keys, tokens,
//! names of persons, and texts that would break out of a line. Each holds a mark, so that one search finds them all, however they were quoted,
//! escaped or cut on the way. A control searches in the same way for what is known to be told.
//!
//! Some places are meant to show what was sent, and are left out of the search: `instance` of a problem, which is the request's own path, and the
//! pointers of a validation problem, which name members of the request's own body.

mod places;
mod raw;

use serde_json::Value;

use self::places::{Place, requests};
use self::raw::{RawAnswer, send};
use crate::support::tokens::Token;
use crate::support::{Client, OtlpReceiver, PostgresServer, RedisServer, Service, ServiceBuilder, free_port};

/// What every canary holds; a number follows. Letters and digits only: nothing has to quote or escape them.
const MARK: &str = "cAnArY7q";

/// What is known to be told: the name of the instance stands in everything that goes to the collector.
const CONTROL: &str = "cOnTrOl7q";

/// A canary, dressed as what people send where they should not, or what attackers do.
fn dressed(number: usize, how: usize) -> String {
    let mark = format!("{MARK}{number}");
    match how % 8 {
        0 => format!("sk_live_{mark}"),
        1 => format!("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.{mark}"),
        2 => format!("Ada {mark} Lovelace"),
        3 => format!("{mark}\r\n{{\"level\":\"ERROR\",\"message\":\"forged\"}}"),
        4 => format!("\u{1b}[31m{mark}\u{1b}[0m"),
        5 => format!("{mark}\0{mark}"),
        6 => format!("{mark}\u{2028}x\u{2029}y\u{85}z"),
        _ => format!("\u{202e}{mark}é"),
    }
}

/// Where `mark` occurs in `text`, in any case, as it stands or as a list of byte values; each with what stands around it.
fn occurrences(text: &[u8], mark: &str) -> Vec<String> {
    let lower = String::from_utf8_lossy(text).to_lowercase();
    let bytes = |mark: &str| {
        let values: Vec<String> = mark.bytes().map(|byte| byte.to_string()).collect();
        values.join(", ")
    };
    let needles = [mark.to_lowercase(), bytes(mark)];
    let places = needles
        .iter()
        .flat_map(|needle| lower.match_indices(needle.as_str()));
    places
        .map(|(at, _)| {
            let tail: String = lower[at..].chars().take(80).collect();
            let head: String = lower[..at].chars().rev().take(120).collect();
            format!("…{}{tail}…", head.chars().rev().collect::<String>())
        })
        .collect()
}

#[track_caller]
fn assert_silent(what: &str, text: &[u8]) {
    let found = occurrences(text, MARK);
    assert!(
        found.is_empty(),
        "{} canaries in {what}, such as {:#?}",
        found.len(),
        &found[..found.len().min(5)]
    );
}

/// A problem without what is meant to show the request.
fn told_by(problem: &RawAnswer) -> String {
    let mut body: Value = serde_json::from_slice(&problem.body).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.remove("instance");
        let errors = members.get_mut("errors").and_then(Value::as_array_mut);
        for error in errors.into_iter().flatten() {
            error["pointer"] = Value::Null;
        }
    }
    format!("{}\n{body}", problem.headers)
}

async fn check(builder: ServiceBuilder) {
    let receiver = OtlpReceiver::start();
    let metrics_port = free_port();
    let mut service = builder
        .variable("ROLLCALL_METRICS_LISTEN", format!("127.0.0.1:{metrics_port}"))
        .authentication()
        .telemetry(&receiver)
        .variable("ROLLCALL_TELEMETRY_SERVICE_INSTANCE", CONTROL)
        .variable("ROLLCALL_LOG_LEVEL", "trace")
        .start()
        .await;
    let operator = Token::good().claim("tenant_id", "*").sign();
    let client = service.client().with_token(&operator);
    let tenant = client.new_tenant("Quiet").await;
    let school = client.new_school(tenant, "Quiet School").await;
    let document = client.send(client.get("/openapi.json")).await.json;
    let place = Place {
        token: operator,
        tenant: tenant.to_string(),
        school: school.to_string(),
    };

    let requests = requests(&document, &place, &mut dressed);
    assert!(requests.len() >= 200, "{} canaries", requests.len());
    let (mut problems, mut correlations) = (Vec::new(), Vec::new());
    let mut served = 0;
    for request in &requests {
        let answer = send(service.port(), request).await;
        match answer.status {
            200..400 => served += 1,
            _ => problems.push(told_by(&answer)),
        }
        correlations.extend(answer.header("x-correlation-id"));
    }
    assert!(
        served > 20 && problems.len() > 200,
        "{served} served, {} refused",
        problems.len()
    );
    let address = format!("http://127.0.0.1:{metrics_port}");
    let metrics = Client::new(&address)
        .get("/metrics")
        .send()
        .await
        .expect("an answer");
    let metrics = metrics.bytes().await.expect("a body");
    service.process().signal(rustix::process::Signal::TERM);
    let status = service.process().wait();
    assert!(status.success(), "{status}");

    let (stdout, stderr) = (service.process().stdout(), service.process().stderr());
    let told = receiver.received();
    assert_silent("the log", stderr.as_bytes());
    assert_silent("standard output", stdout.as_bytes());
    assert_silent("the metrics", &metrics);
    assert_silent("a problem", problems.join("\n").as_bytes());
    for body in &told.bodies {
        assert_silent("what the collector got", body);
    }

    // The search finds what is there: ids of requests in log, problems and records, the name of the instance in all that was exported.
    assert!(correlations.len() > 200);
    assert!(!occurrences(&metrics, "/api/v1/tenants/{tenantId}").is_empty());
    let last = correlations.last().expect("an id");
    assert!(!occurrences(stderr.as_bytes(), last).is_empty());
    assert!(
        problems
            .iter()
            .any(|problem| !occurrences(problem.as_bytes(), last).is_empty())
            || served > 0
    );
    let names_instance = |body: &bytes::Bytes| !occurrences(body, CONTROL).is_empty();
    assert!(!told.bodies.is_empty() && told.bodies.iter().all(names_instance));
    assert!(told.bodies.iter().any(|body| !occurrences(body, last).is_empty()));
    assert!(told.spans.len() > 200 && told.logs.len() > 200 && !told.metrics.is_empty());
    check_lines(&stderr);
}

/// Nobody forged a line, and no terminal is told what to do.
fn check_lines(log: &str) {
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_ne!(line["message"], "forged");
    }
    let is_raw = |character: char| character.is_control() && character != '\n';
    assert!(!log.contains(is_raw), "a raw control character is in the log");
}

#[tokio::test]
async fn what_clients_send_is_told_nowhere_on_sqlite() {
    check(Service::builder()).await;
}

#[tokio::test]
async fn what_clients_send_is_told_nowhere_on_postgres_with_a_broker() {
    let redis = RedisServer::start();
    let database = PostgresServer::shared().create_database().await;
    check(Service::builder().database(&database.url).redis(&redis)).await;
}

#[test]
fn a_canary_is_found_however_it_is_quoted() {
    for text in [
        format!("a {MARK}17 b"),
        format!("%22{}%22", MARK.to_uppercase()),
        format!("{:?}", format!("{MARK}1").as_bytes()),
        serde_json::to_string(&dressed(3, 5)).expect("JSON"),
    ] {
        assert!(!occurrences(text.as_bytes(), MARK).is_empty(), "{text}");
    }
    assert!(occurrences(b"cAnArY8q", MARK).is_empty());
}
