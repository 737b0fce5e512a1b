//! Pages of schools.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::StatusCode;
use uuid::Uuid;

use super::tenancy::assert_refused;
use super::{World, on_both};
use crate::support::{Answer, Client};

on_both!(open:
    pages_hold_every_school_once_while_others_are_created,
    a_page_is_no_larger_than_its_limit,
    a_cursor_is_good_only_where_it_was_given_out,
);

async fn pages_hold_every_school_once_while_others_are_created(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Pages").await;
    let mut there = BTreeSet::new();
    for number in 0..25 {
        there.insert(client.new_school(tenant, &format!("Before {number}")).await);
    }
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut created = Vec::new();
                for number in 0..15 {
                    created.push(client.new_school(tenant, &format!("{writer} {number}")).await);
                }
                created
            })
        })
        .collect();
    let mut walks = Vec::new();
    while walks.len() < 3 || writers.iter().any(|writer| !writer.is_finished()) {
        walks.push(walk(client, tenant, 4).await);
    }
    for writer in writers {
        there.extend(writer.await.expect("no panic"));
    }
    for walk in &walks {
        let mut times: BTreeMap<Uuid, u32> = BTreeMap::new();
        for school in walk {
            *times.entry(*school).or_default() += 1;
        }
        assert!(times.values().all(|times| *times == 1), "listed twice: {times:?}");
        assert!(
            walk.iter().all(|school| there.contains(school)),
            "not of this tenant"
        );
        assert!(
            walk.len() >= 25,
            "{} schools were there from the start",
            walk.len()
        );
    }
    let last: BTreeSet<Uuid> = walk(client, tenant, 7).await.into_iter().collect();
    assert_eq!(last, there);
}

async fn a_page_is_no_larger_than_its_limit(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Limits").await;
    assert_eq!(
        client.list_schools(tenant, "").await.json,
        serde_json::json!({ "items": [] })
    );
    for number in 0..3 {
        client.new_school(tenant, &format!("School {number}")).await;
    }
    for (query, length, has_more) in [
        ("limit=1", 1, true),
        ("limit=2", 2, true),
        ("limit=3", 3, false),
        ("limit=200", 3, false),
        ("", 3, false),
    ] {
        let page = client.list_schools(tenant, query).await;
        assert_eq!(schools(&page).len(), length, "{query}");
        assert_eq!(page.json.get("nextCursor").is_some(), has_more, "{query}");
    }
    for limit in ["0", "201", "-1"] {
        for answer in [
            client.list_schools(tenant, &format!("limit={limit}")).await,
            client.list_events(tenant, &format!("limit={limit}")).await,
        ] {
            assert_refused(&answer, StatusCode::BAD_REQUEST, "malformed-request");
        }
    }
}

async fn a_cursor_is_good_only_where_it_was_given_out(world: &World) {
    let client = &world.client;
    let (tenant, other) = (client.new_tenant("One").await, client.new_tenant("Another").await);
    for tenant in [tenant, other] {
        for name in ["First", "Second"] {
            client.new_school(tenant, name).await;
        }
    }
    let page = client.list_schools(tenant, "limit=1").await;
    let cursor = page.json["nextCursor"].as_str().expect("a cursor");
    let flipped = |at: usize| {
        let mut text = cursor.as_bytes().to_vec();
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(text).expect("ASCII")
    };
    for forged in [
        flipped(0),
        flipped(20),
        flipped(cursor.len() - 2),
        cursor[1..].to_owned(),
        format!("{cursor}A"),
        format!("{cursor}="),
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "x".to_owned(),
        "x".repeat(129),
    ] {
        let answer = client.list_schools(tenant, &format!("cursor={forged}")).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, "malformed-request");
    }
    let foreign = client.list_schools(other, &format!("cursor={cursor}")).await;
    assert_refused(&foreign, StatusCode::BAD_REQUEST, "malformed-request");
    let good = client.list_schools(tenant, &format!("cursor={cursor}")).await;
    assert_eq!(good.json["items"][0]["name"], "Second");
}

/// All schools, page by page.
pub(super) async fn walk(client: &Client, tenant: Uuid, limit: usize) -> Vec<Uuid> {
    let mut found = Vec::new();
    let mut query = format!("limit={limit}");
    loop {
        let page = client.list_schools(tenant, &query).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        found.extend(schools(&page));
        match page.json["nextCursor"].as_str() {
            Some(cursor) => query = format!("limit={limit}&cursor={cursor}"),
            None => return found,
        }
    }
}

fn schools(page: &Answer) -> Vec<Uuid> {
    let items = page.json["items"].as_array().expect("items");
    items
        .iter()
        .map(|school| {
            school["schoolId"]
                .as_str()
                .and_then(|id| id.parse().ok())
                .expect("an id")
        })
        .collect()
}
