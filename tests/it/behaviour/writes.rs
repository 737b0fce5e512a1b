//! Each write leaves its audit record and tells its events, as the contract says.
//!
//! The writes come from the contract: one that is added is tested here without anybody thinking of it, or fails here
//! until somebody has said how to fill its path.

use reqwest::Method;
use rollcall::contract::events;
use serde_json::Value;

use super::{World, on_both};
use crate::support::{contract, unique_id, unique_key};

on_both!(open: each_write_leaves_its_audit_record_and_its_events);

async fn each_write_leaves_its_audit_record_and_its_events(world: &World) {
    let client = &world.client;
    let writes = writes();
    assert!(writes.len() >= 2, "the contract has more: {writes:?}");
    for write in writes {
        let tenant = client.new_tenant("Written to").await;
        let path = write.path.replace("{tenantId}", &tenant.to_string());
        assert!(
            !path.contains('{'),
            "say here how to fill the path of a write that is new: {path}"
        );
        let correlation = unique_id().to_string();
        let mut request = client
            .request(write.method.clone(), &path)
            .header("Idempotency-Key", unique_key())
            .header("X-Correlation-Id", &correlation)
            .json(&write.body);
        if write.path.contains("{tenantId}") {
            request = request.header("X-Tenant-Id", tenant.to_string());
        }
        let answer = client.send(request).await;
        assert!(answer.status.is_success(), "{write:?}: {}", answer.text());

        let records = world.sql.audited_as(&correlation).await;
        let done: Vec<(&str, &str)> = records
            .iter()
            .map(|record| (record.action.as_str(), record.outcome.as_str()))
            .collect();
        assert_eq!(done, [(write.audit.as_str(), "succeeded")], "{write:?}");
        // A tenant that was created is the tenant of its own event.
        let tenant = answer.json["tenantId"].as_str().map_or(tenant, |id| {
            id.parse().unwrap_or_else(|error| panic!("{error}: {id}"))
        });
        let logged = world.sql.logged(tenant).await;
        let told: Vec<&str> = logged
            .iter()
            .filter(|event| event["correlationid"] == correlation)
            .filter_map(|event| event["type"].as_str())
            .collect();
        assert_eq!(told, write.emits, "{write:?}");
    }
}

/// An operation of the contract with `x-audit`.
#[derive(Debug)]
struct Write {
    method: Method,
    path: String,
    body: Value,
    audit: String,
    /// The types of its events.
    emits: Vec<&'static str>,
}

fn writes() -> Vec<Write> {
    let mut found = Vec::new();
    let paths = contract().document()["paths"].as_object().expect("paths");
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("a path item") {
            let Some(audit) = operation.get("x-audit").and_then(Value::as_str) else {
                continue;
            };
            let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
            let example = examples.as_object().and_then(|examples| examples.values().next());
            let keys = operation["x-emits"].as_array().expect("a write tells events");
            found.push(Write {
                method: method.to_ascii_uppercase().parse().expect("a method"),
                path: path.clone(),
                body: example.expect("an example")["value"].clone(),
                audit: audit.to_owned(),
                emits: keys.iter().map(event_type).collect(),
            });
        }
    }
    found
}

/// The type of the events of a message.
fn event_type(key: &Value) -> &'static str {
    let message = events::ALL.iter().find(|message| *key == message.key);
    message.expect("a message of the event contract").event_type
}
