//! Where `/metrics` is, and where it is not.

use reqwest::{Method, StatusCode};
use tempfile::TempDir;

use super::scrape::{Scrape, until};
use crate::support::{PostgresServer, RedisServer, Service, free_port, wait};

const METRICS_LISTEN: &str = "ROLLCALL_METRICS_LISTEN";

/// A place for metrics, as its setting and as its URL.
fn place() -> (String, String) {
    let address = format!("127.0.0.1:{}", free_port());
    let url = format!("http://{address}");
    (address, url)
}

#[tokio::test]
async fn without_authentication_it_is_a_page_like_the_others() {
    let service = Service::sqlite().await;
    let client = service.client();
    Scrape::of(&service.base_url()).await;
    let head = client
        .request(Method::HEAD, "/metrics")
        .build()
        .expect("a request");
    let head = reqwest::Client::new().execute(head).await.expect("an answer");
    assert_eq!(head.status(), StatusCode::OK);
    assert!(
        head.headers()["content-length"]
            .to_str()
            .expect("text")
            .parse::<u64>()
            .expect("a length")
            > 1000
    );
    assert_eq!(head.headers()["cache-control"], "no-store");
    let refused = client.send(client.post("/metrics")).await;
    assert_eq!(refused.problem(), "method-not-allowed");
    assert_eq!(refused.header("allow"), "GET, HEAD");
    // It is no operation of the contract, but whoever runs the service finds it.
    let landing = client.send(client.get("/")).await.text();
    assert!(landing.contains(r#"href="/metrics""#), "{landing}");
    let openapi = client.send(client.get("/openapi.json")).await.text();
    assert!(!openapi.contains("/metrics"));
}

#[tokio::test]
async fn with_authentication_it_is_nowhere_unless_it_has_a_place_of_its_own() {
    let service = Service::builder().authentication().start().await;
    let client = service.client();
    let answer = client.send(client.get("/metrics")).await;
    assert_eq!(answer.problem(), "route-not-found");
    assert!(
        !client
            .send(client.get("/"))
            .await
            .text()
            .contains(r#"href="/metrics""#)
    );
}

#[tokio::test]
async fn a_place_of_its_own_has_nothing_else() {
    let (address, url) = place();
    let mut service = Service::builder()
        .variable(METRICS_LISTEN, &address)
        .start()
        .await;
    let public = service.client();
    assert_eq!(
        public.send(public.get("/metrics")).await.problem(),
        "route-not-found"
    );
    assert!(
        !public
            .send(public.get("/"))
            .await
            .text()
            .contains(r#"href="/metrics""#)
    );

    public.new_tenant("Counted").await;
    let scrape = Scrape::of(&url).await;
    assert!(scrape.has("rollcall_build_info") && scrape.has("process_uptime_seconds"));
    let route = [
        ("http_route", "/api/v1/tenants"),
        ("http_response_status_code", "201"),
    ];
    assert!(scrape.value("http_server_request_duration_seconds_count", &route) > 0.5);
    let operator = reqwest::Client::new();
    for path in ["/", "/api/v1/tenants", "/health/ready", "/docs", "/openapi.json"] {
        let answer = operator
            .get(format!("{url}{path}"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let detail = answer.json::<serde_json::Value>().await.expect("a problem")["detail"].take();
        assert_eq!(detail, "Nothing is served under this path.");
    }
    assert!(service.stop().success());
}

#[tokio::test]
async fn a_relay_alone_has_metrics_where_it_is_told() {
    let redis = RedisServer::start();
    let database = PostgresServer::shared().create_database().await;
    let service = Service::builder().database(&database.url).start().await;
    let (address, url) = place();
    let folder = TempDir::new().expect("make a folder");
    let mut relay = Service::builder()
        .argument("relay")
        .database(&database.url)
        .redis(&redis)
        .variable(METRICS_LISTEN, &address)
        .spawn(folder.path());
    wait::until_blocking("the relay runs", || {
        assert_eq!(relay.exit_status(), None, "{}", relay.tail());
        relay.stdout().contains("Relaying").then_some(())
    });
    let client = service.client();
    let tenant = client.new_tenant("Relayed").await;
    client.new_school(tenant, "Relayed").await;
    let published = "rollcall_event_publish_duration_seconds_count";
    let scrape = until(&url, "the events are published", |scrape| {
        scrape.value(published, &[]) > 1.5
    })
    .await;
    assert!(scrape.value("rollcall_dependency_up", &[("dependency", "broker")]) > 0.5);
    assert!(scrape.value("messaging_client_sent_messages_total", &[]) > 1.5);
    assert!(
        !scrape.has("rollcall_tenancy_refusals_total"),
        "a relay guards nothing"
    );
    // Committed by another process: what the relay measures is by the clock on the wall, and longer than nothing.
    assert!(scrape.value("rollcall_event_publish_duration_seconds_sum", &[]) < 60.0);
    relay.signal(rustix::process::Signal::TERM);
    assert!(relay.wait().success(), "{}", relay.tail());
}

#[tokio::test]
async fn a_place_that_is_taken_is_told_with_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("listen");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = TempDir::new().expect("make a folder");
    let mut process = Service::builder()
        .variable(METRICS_LISTEN, &address)
        .spawn(folder.path());
    assert!(!process.wait().success());
    let line = format!(
        "rollcall: cannot listen on {address}: it is in use; stop what uses it, or choose another with ROLLCALL_METRICS_LISTEN"
    );
    assert_eq!(process.stderr().lines().last(), Some(line.as_str()));
}
