//! The event log over HTTP: pages, and a stream that goes on.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use rustix::process::Signal;
use serde_json::Value;
use uuid::Uuid;

use super::snapshot::assert_answer;
use super::tenancy::assert_refused;
use super::world::Site;
use super::{Backend, World, on_both};
use crate::support::tokens::Token;
use crate::support::{Client, ServerSentEvent, wait};

on_both!(open:
    pages_hold_every_event_once_in_order,
    a_tenant_sees_no_event_of_another,
    a_stream_gives_what_was_and_what_comes,
    a_stream_goes_on_where_it_broke_off,
    a_stream_ends_when_its_tenant_is_suspended,
);

mod guarded {
    use super::a_stream_ends_when_its_token_expires;

    super::on_both!(guarded: a_stream_ends_when_its_token_expires);
}

async fn pages_hold_every_event_once_in_order(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Feed").await;
    let writer = {
        let client = client.clone();
        tokio::spawn(async move {
            let mut created = Vec::new();
            for number in 0..30 {
                created.push(client.new_school(tenant, &format!("School {number}")).await);
            }
            created
        })
    };
    // Read while they are written: what was passed is not to grow afterwards.
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let is_over = writer.is_finished();
        let page = client
            .list_events(tenant, &format!("limit=3&after={after}"))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let items = page.json["items"].as_array().expect("items").clone();
        let next = page.json["nextAfter"].as_i64().expect("a position");
        match items.last() {
            Some(last) => assert_eq!(last["sequence"], next.to_string()),
            None => assert_eq!(next, after, "an empty page stays where it is"),
        }
        assert!(items.len() <= 3);
        after = next;
        if items.is_empty() && is_over {
            break;
        }
        seen.extend(items);
    }
    let created = writer.await.expect("no panic");
    assert_eq!(seen, world.sql.logged(tenant).await, "the feed is the log");
    let subjects: Vec<&str> = seen
        .iter()
        .filter_map(|event| event["subject"].as_str())
        .collect();
    let expected: Vec<String> = std::iter::once(format!("tenants/{tenant}"))
        .chain(created.iter().map(|school| format!("schools/{school}")))
        .collect();
    assert_eq!(subjects, expected, "in the order of their commits");
    let beyond = client.list_events(tenant, "after=9007199254740991").await;
    assert_eq!(beyond.json["items"], serde_json::json!([]));
}

async fn a_tenant_sees_no_event_of_another(world: &World) {
    let client = &world.client;
    // With 64 partitions, some of these are neighbours in one.
    let mut tenants = Vec::new();
    for number in 0..12 {
        let tenant = client.new_tenant(&format!("Neighbour {number}")).await;
        client.new_school(tenant, "School").await;
        tenants.push(tenant);
    }
    for tenant in tenants {
        let page = client.list_events(tenant, "").await;
        let items = page.json["items"].as_array().expect("items");
        assert_eq!(items.len(), 2);
        assert!(items.iter().all(|event| event["tenantid"] == tenant.to_string()));
        assert!(
            items
                .iter()
                .all(|event| event["data"]["tenantId"] == tenant.to_string())
        );
    }
}

async fn a_stream_gives_what_was_and_what_comes(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Live").await;
    let other = client.new_tenant("Other").await;
    let mut stream = client.stream_events(tenant, None).await;
    let first = stream.next().await;
    assert_eq!(first.event, "lms.roster.v1.TenantProvisioned");
    assert_eq!(first.data["sequence"], first.id);
    for number in 0..3 {
        client.new_school(other, &format!("Not ours {number}")).await;
        let school = client.new_school(tenant, &format!("Ours {number}")).await;
        let event = stream.next().await;
        assert_eq!(event.event, "lms.roster.v1.SchoolCreated");
        assert_eq!(event.data["subject"], format!("schools/{school}"));
    }
    assert_eq!(
        world.sql.logged(tenant).await.len(),
        4,
        "the stream told each once and nothing else"
    );
}

async fn a_stream_goes_on_where_it_broke_off(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Resumed").await;
    create(client, tenant, 0..5).await;
    let mut stream = client.stream_events(tenant, None).await;
    let mut seen: Vec<ServerSentEvent> = Vec::new();
    for _ in 0..3 {
        seen.push(stream.next().await);
    }
    drop(stream);
    create(client, tenant, 5..8).await;
    let mut stream = client.stream_events(tenant, Some(&seen[2].id)).await;
    while seen.len() < 9 {
        seen.push(stream.next().await);
    }
    let told: Vec<&Value> = seen.iter().map(|event| &event.data).collect();
    let logged = world.sql.logged(tenant).await;
    assert_eq!(told, logged.iter().collect::<Vec<_>>());
    let ids: BTreeSet<&str> = seen.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), 9);
}

#[tokio::test]
async fn streams_end_when_the_service_drains() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut site = Site::start(backend, |builder| builder).await;
        let client = site.service.client();
        let tenant = client.new_tenant("Draining").await;
        let mut silent = client.stream_events(tenant, None).await;
        let last = silent.next().await;
        let mut resumed = client.stream_events(tenant, Some(&last.id)).await;
        site.service.process().signal(Signal::TERM);
        assert_eq!(silent.rest().await, []);
        assert_eq!(resumed.rest().await, []);
        assert!(site.service.process().wait().success(), "{backend:?}");
        // A client that comes back after the restart misses nothing.
        site.service.restart().await;
        let school = client.new_school(tenant, "After the restart").await;
        let mut stream = client.stream_events(tenant, Some(&last.id)).await;
        assert_eq!(stream.next().await.data["subject"], format!("schools/{school}"));
    }
}

async fn a_stream_ends_when_its_tenant_is_suspended(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Late with the rent").await;
    let mut stream = client.stream_events(tenant, None).await;
    stream.next().await;
    world
        .sql
        .execute(&format!(
            "UPDATE tenants SET status = 'suspended' WHERE tenant_id = '{tenant}'"
        ))
        .await;
    assert_eq!(stream.rest().await, []);
}

async fn a_stream_ends_when_its_token_expires(world: &World) {
    let tenant = world.operator().new_tenant("Short of time").await;
    // A minute is forgiven, so that clocks may differ.
    let token = Token::for_tenant(tenant).expired(Duration::from_secs(57));
    let member = world.client.with_token(&token.sign());
    let mut stream = member.stream_events(tenant, None).await;
    stream.next().await;
    assert_eq!(stream.rest().await, []);
    let answer = member.list_events(tenant, "").await;
    assert_refused(&answer, StatusCode::UNAUTHORIZED, "unauthenticated");
}

/// The stream above the number that may be open is refused, until one of them is closed.
#[tokio::test]
async fn more_streams_than_may_be_open_are_told_to_come_back() {
    let site = Site::start(Backend::Sqlite, |builder| {
        builder.variable("ROLLCALL_LIMITS_EVENT_STREAMS", "2")
    })
    .await;
    let client = site.service.client();
    let tenant = client.new_tenant("Popular").await;
    let mut first = client.stream_events(tenant, None).await;
    let _second = client.stream_events(tenant, None).await;
    let third = || {
        client
            .in_tenant(Method::GET, tenant, "/events")
            .header("Accept", "text/event-stream")
    };
    let refused = client.send(third()).await;
    assert_refused(&refused, StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(
        client.list_events(tenant, "").await.status,
        StatusCode::OK,
        "pages go on"
    );
    first.next().await;
    drop(first);
    wait::until("a closed stream makes room", async || {
        let status = third().send().await.expect("an answer").status();
        (status == StatusCode::OK).then_some(())
    })
    .await;
}

async fn create(client: &Client, tenant: Uuid, numbers: std::ops::Range<u32>) {
    for number in numbers {
        client.new_school(tenant, &format!("School {number}")).await;
    }
}

/// Old events are deleted, of which those at or above `first` stay, as the service's own purge does it.
pub(super) async fn purge(world: &World, first: i64) {
    let partition = "(SELECT partition FROM event_log ORDER BY seq LIMIT 1)";
    for sql in [
        format!("INSERT INTO event_log_floors (partition, first_seq) VALUES ({partition}, {first})"),
        format!(
            "INSERT INTO event_log_tenant_floors (tenant_id, purged_through)
             SELECT tenant_id, max(seq) FROM event_log WHERE seq < {first} GROUP BY tenant_id"
        ),
        format!("DELETE FROM event_log WHERE seq < {first}"),
    ] {
        world.sql.execute(&sql).await;
    }
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_gone_and_the_answer_says_from_where_to_go_on() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let site = Site::start(backend, |builder| builder.variable("ROLLCALL_DEMO_TENANT", "off")).await;
        let world = site.world().await;
        let client = &world.client;
        let tenant = client.new_tenant("Long since").await;
        create(client, tenant, 0..5).await;
        let mut behind = client.stream_events(tenant, None).await;
        while behind.next().await.id != "6" {}
        purge(&world, 4).await;

        let gone = client.list_events(tenant, "after=2").await;
        assert_refused(&gone, StatusCode::GONE, "events-purged");
        assert_eq!(gone.json["resumeAfter"], 3);
        assert_answer(&world, "events_purged", &gone);
        let stream = client
            .in_tenant(Method::GET, tenant, "/events?after=6")
            .header("Accept", "text/event-stream")
            .header("Last-Event-ID", "2");
        let gone = client.send(stream).await;
        assert_refused(&gone, StatusCode::GONE, "events-purged");
        assert_eq!(gone.json["resumeAfter"], 3);

        let page = client.list_events(tenant, "after=3").await;
        let kept = page.json["items"].as_array().expect("items");
        assert_eq!(
            kept,
            &world.sql.logged(tenant).await,
            "nothing is missing from there on"
        );
        assert_eq!(kept.len(), 3);
        let mut stream = client.stream_events(tenant, Some("3")).await;
        assert_eq!(stream.next().await.id, "4");
        // One that had told everything goes on.
        client.new_school(tenant, "After the purge").await;
        assert_eq!(behind.next().await.id, "7");
    }
}
