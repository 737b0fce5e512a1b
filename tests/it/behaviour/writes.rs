//! Each write leaves its audit record and tells its events, as the contract says; what is refused leaves a record where
//! somebody tried what they may not, and nothing else leaves any.
//!
//! The writes come from the contract: one that is added is tested here without anybody thinking of it, or fails here
//! until somebody has said how to fill its path.

use reqwest::{Method, RequestBuilder, StatusCode};
use rollcall::contract::events;
use serde_json::{Value, json};
use uuid::Uuid;

use super::sql::Audited;
use super::writes_support::{Spoiler, cursor_key, fingerprint};
use super::{World, on_both};
use crate::support::tokens::{ALL_SCOPES, Token};
use crate::support::{Answer, Client, contract, unique_id, unique_key};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

on_both!(guarded:
    each_write_leaves_its_audit_record_and_its_events,
    each_refused_write_leaves_one_record,
    a_write_that_does_nothing_leaves_no_record,
    a_write_whose_commit_fails_leaves_no_record,
);

async fn each_write_leaves_its_audit_record_and_its_events(world: &World) {
    let key = cursor_key(world).await;
    for write in writes() {
        for example in &write.bodies {
            let call = Call::new(world, &write).await;
            let answer = call.send(&world.operator(), &unique_key(), example).await;
            assert!(answer.status.is_success(), "{write:?}: {}", answer.text());
            // A tenant that was created is the tenant of its own event and record.
            let tenant = answer.json["tenantId"].as_str().unwrap_or_default().to_owned();
            let (entity_type, entity_id) = write.affected(&answer);
            let expected = Audited {
                tenant_id: tenant.clone(),
                entity_type,
                entity_id,
                outcome: "succeeded".to_owned(),
                payload_fingerprint: fingerprint(&key, example),
                ..call.expected(&write)
            };
            assert_recorded(world, &call, &[expected]).await;

            let logged = world.sql.logged(tenant.parse().expect("an id")).await;
            let told: Vec<&str> = logged
                .iter()
                .filter(|event| event["correlationid"] == call.correlation)
                .filter_map(|event| event["type"].as_str())
                .collect();
            assert_eq!(told, write.emits, "{write:?}");
        }
    }
}

async fn each_refused_write_leaves_one_record(world: &World) {
    for write in writes() {
        let body = &write.bodies[0];
        let scopes: Vec<&str> = ALL_SCOPES
            .into_iter()
            .filter(|scope| *scope != write.scope)
            .collect();
        let without_scope = Token::good().claim("tenant_id", "*").scopes(&scopes).sign();
        let mut attempts = vec![("forbidden", world.client.with_token(&without_scope), None)];
        if write.has_tenant() {
            attempts.push(("forbidden", world.member(unique_id()), None));
            attempts.push(("tenant-mismatch", world.operator(), Some(unique_id())));
        }
        for (reason, client, header) in attempts {
            let mut call = Call::new(world, &write).await;
            let aimed_at = if write.has_tenant() {
                call.tenant
            } else {
                Uuid::nil()
            };
            call.header = header.unwrap_or(call.tenant);
            let answer = call.send(&client, &unique_key(), body).await;
            assert_eq!((answer.status, answer.problem()), (StatusCode::FORBIDDEN, reason));
            let expected = Audited {
                tenant_id: aimed_at.to_string(),
                entity_type: "tenant".to_owned(),
                entity_id: aimed_at.to_string(),
                outcome: "refused".to_owned(),
                reason: reason.to_owned(),
                ..call.expected(&write)
            };
            assert_recorded(world, &call, &[expected]).await;
        }
    }
}

async fn a_write_that_does_nothing_leaves_no_record(world: &World) {
    let operator = world.operator();
    for write in writes() {
        let body = &write.bodies[0];
        let (first, key) = (Call::new(world, &write).await, unique_key());
        let done = first.send(&operator, &key, body).await;
        assert!(done.status.is_success(), "{}", done.text());

        let replay = first.again();
        let answer = replay.send(&operator, &key, body).await;
        assert_eq!(answer.header("idempotent-replayed"), "true", "{}", answer.text());
        assert_recorded(world, &replay, &[]).await;

        let mut broken = body.clone();
        broken["aMemberThatNobodyKnows"] = json!(1);
        for (key, sent, problem) in [
            (unique_key(), broken.to_string(), "validation-failed"),
            (unique_key(), "{".to_owned(), "malformed-request"),
            (String::new(), body.to_string(), "idempotency-key-invalid"),
        ] {
            let call = first.again();
            let request = call
                .request(&operator, &key)
                .header("Content-Type", "application/json");
            let answer = operator.send(request.body(sent)).await;
            assert_eq!(answer.problem(), problem, "{}", answer.text());
            assert_recorded(world, &call, &[]).await;
        }
        let other = first.again();
        let different = write.bodies.last().expect("an example");
        assert_ne!(different, body, "{write:?} needs two examples");
        let answer = other.send(&operator, &key, different).await;
        assert_eq!(answer.problem(), "idempotency-key-reused", "{}", answer.text());
        assert_recorded(world, &other, &[]).await;

        // Once more under another key: what is taken by the first leaves nothing, what is not is done once more.
        let second = first.again();
        let answer = second.send(&operator, &unique_key(), body).await;
        let count = world.sql.audited_as(&second.correlation).await.len();
        assert_eq!(
            count,
            usize::from(answer.status != StatusCode::CONFLICT),
            "{}",
            answer.text()
        );

        let nobody = Call::new(world, &write).await;
        let answer = nobody.send(&world.client, &unique_key(), body).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_recorded(world, &nobody, &[]).await;
    }
}

async fn a_write_whose_commit_fails_leaves_no_record(world: &World) {
    let operator = world.operator();
    for write in writes() {
        let call = Call::new(world, &write).await;
        let key = unique_key();
        let spoiler = Spoiler::of_event_log(world, &call.correlation).await;
        let answer = call.send(&operator, &key, &write.bodies[0]).await;
        assert_eq!(answer.problem(), "internal-error", "{}", answer.text());
        assert_recorded(world, &call, &[]).await;
        spoiler.undo(world).await;
        // Nothing is left of it: the key is good, and so is everything else.
        let answer = call.send(&operator, &key, &write.bodies[0]).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        assert_eq!(answer.header("idempotent-replayed"), "");
        assert_eq!(world.sql.audited_as(&call.correlation).await.len(), 1);
    }
}

/// Whoever reads the records of a request finds exactly these.
async fn assert_recorded(world: &World, call: &Call, expected: &[Audited]) {
    let mut found = world.sql.audited_as(&call.correlation).await;
    for record in &mut found {
        let id: Uuid = record.audit_id.parse().expect("an id");
        assert_eq!(id.get_version_num(), 7);
        record.audit_id = String::new();
    }
    assert_eq!(found, expected);
}

/// An operation of the contract with `x-audit`.
#[derive(Debug)]
struct Write {
    method: Method,
    path: String,
    /// The examples of its body.
    bodies: Vec<Value>,
    audit: String,
    scope: String,
    /// The types of its events.
    emits: Vec<&'static str>,
}

impl Write {
    fn has_tenant(&self) -> bool {
        self.path.contains("{tenantId}")
    }

    /// The kind and the id of what an answer says was changed: `school.create` changes a `school`, whose id is `schoolId`.
    fn affected(&self, answer: &Answer) -> (String, String) {
        let (entity_type, _) = self.audit.split_once('.').expect("a kind and an action");
        let id = answer.json[format!("{entity_type}Id")].as_str();
        let id = id.unwrap_or_else(|| panic!("say here what {self:?} changes: {}", answer.text()));
        (entity_type.to_owned(), id.to_owned())
    }
}

/// A write that is called in a tenant of its own, with ids of its own.
struct Call {
    method: Method,
    path: String,
    tenant: Uuid,
    /// The tenant in the header.
    header: Uuid,
    correlation: String,
    causation: String,
}

impl Call {
    async fn new(world: &World, write: &Write) -> Self {
        let tenant = world.operator().new_tenant("Written to").await;
        let path = write.path.replace("{tenantId}", &tenant.to_string());
        assert!(
            !path.contains('{'),
            "say here how to fill the path of a write that is new: {path}"
        );
        Self {
            method: write.method.clone(),
            path,
            tenant,
            header: tenant,
            correlation: unique_id().to_string(),
            causation: unique_id().to_string(),
        }
    }

    /// The same call as another request.
    fn again(&self) -> Self {
        Self {
            method: self.method.clone(),
            path: self.path.clone(),
            correlation: unique_id().to_string(),
            causation: unique_id().to_string(),
            ..*self
        }
    }

    fn request(&self, client: &Client, key: &str) -> RequestBuilder {
        let request = client
            .request(self.method.clone(), &self.path)
            .header("X-Correlation-Id", &self.correlation)
            .header("X-Causation-Id", &self.causation)
            .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
            .header("Idempotency-Key", key);
        if self.path.contains(&self.tenant.to_string()) {
            request.header("X-Tenant-Id", self.header.to_string())
        } else {
            request
        }
    }

    async fn send(&self, client: &Client, key: &str, body: &Value) -> Answer {
        client.send(self.request(client, key).json(body)).await
    }

    /// What each of its records says.
    fn expected(&self, write: &Write) -> Audited {
        Audited {
            tenant_id: String::new(),
            audit_id: String::new(),
            actor_subject: "test-subject".to_owned(),
            actor_client: "test-client".to_owned(),
            action: write.audit.clone(),
            entity_type: String::new(),
            entity_id: String::new(),
            outcome: String::new(),
            reason: String::new(),
            correlation_id: self.correlation.clone(),
            causation_id: self.causation.clone(),
            trace_id: TRACE.to_owned(),
            payload_fingerprint: String::new(),
        }
    }
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
            let examples = examples.as_object().expect("examples of a body").values();
            let keys = operation["x-emits"].as_array().expect("a write tells events");
            found.push(Write {
                method: method.to_ascii_uppercase().parse().expect("a method"),
                path: path.clone(),
                bodies: examples.map(|example| example["value"].clone()).collect(),
                audit: audit.to_owned(),
                scope: operation["x-scope"].as_str().expect("a scope").to_owned(),
                emits: keys.iter().map(event_type).collect(),
            });
        }
    }
    assert!(found.len() >= 2, "the contract has more: {found:?}");
    found
}

/// The type of the events of a message.
fn event_type(key: &Value) -> &'static str {
    let message = events::ALL.iter().find(|message| *key == message.key);
    message.expect("a message of the event contract").event_type
}
