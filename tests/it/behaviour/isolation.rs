//! No operation gives a tenant anything of another, whatever the caller writes into path and header.
//!
//! The operations come from the contract: one that is added is tested here without anybody thinking of it, or fails
//! here until somebody has said how to fill its path.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{World, on_both};
use crate::support::{Answer, Client, contract, unique_id, unique_key};

on_both!(guarded: no_operation_crosses_from_one_tenant_to_another);

/// A tenant with something to hide.
struct Household {
    tenant: Uuid,
    school: Uuid,
    /// What may be read nowhere else.
    secret: String,
}

impl Household {
    async fn new(client: &Client) -> Self {
        let secret = format!("Secret-{}", unique_id().simple());
        let tenant = client.new_tenant(&secret).await;
        let body = json!({ "name": secret, "identifier": secret, "externalRefs": { "ref": secret } });
        let created = client.create_school(tenant, &unique_key(), &body).await;
        let school = created.json["schoolId"].as_str().and_then(|id| id.parse().ok());
        Self {
            tenant,
            school: school.expect("a school id"),
            secret,
        }
    }
}

async fn no_operation_crosses_from_one_tenant_to_another(world: &World) {
    let operator = world.operator();
    let (mine, theirs) = (Household::new(&operator).await, Household::new(&operator).await);
    let member = world.member(mine.tenant);
    let before = state(world, &theirs).await;
    let mut refused = 0;
    let operations = tenant_operations();
    assert!(operations.len() >= 5, "the contract has more: {operations:?}");
    for (operation, accept) in &operations {
        let send = async |path: Uuid, header: Uuid, school: Uuid| {
            member
                .send(operation.request(&member, path, header, school, accept))
                .await
        };
        for (path, header) in [
            (theirs.tenant, theirs.tenant),
            (theirs.tenant, mine.tenant),
            (mine.tenant, theirs.tenant),
        ] {
            for school in [theirs.school, mine.school] {
                let answer = send(path, header, school).await;
                assert_eq!(
                    answer.status,
                    StatusCode::FORBIDDEN,
                    "{operation:?}: {}",
                    answer.text()
                );
                assert_silent(operation, &answer, &theirs);
                let records = world.sql.audited_as(answer.header("x-correlation-id")).await;
                assert_eq!(records.len(), 1, "{operation:?} leaves a record: {records:?}");
                refused += 1;
            }
        }
        // A stream does not end; what it tells is tested with the feed.
        if *accept != "text/event-stream" {
            let answer = send(mine.tenant, mine.tenant, theirs.school).await;
            if operation.path.contains("{schoolId}") {
                assert_eq!(
                    answer.status,
                    StatusCode::NOT_FOUND,
                    "{operation:?}: {}",
                    answer.text()
                );
            } else {
                assert!(answer.status.is_success(), "{operation:?}: {}", answer.text());
                let tenant = theirs.tenant.to_string();
                assert!(
                    !answer.text().contains(&tenant),
                    "{operation:?}: {}",
                    answer.text()
                );
            }
            assert_silent(operation, &answer, &theirs);
        }
    }
    assert_eq!(refused, operations.len() * 6);
    assert_eq!(state(world, &theirs).await, before, "nothing of theirs changed");
}

/// An operation of the contract with `x-tenant`.
#[derive(Debug)]
struct TenantOperation {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl TenantOperation {
    fn request(
        &self,
        client: &Client,
        tenant: Uuid,
        header: Uuid,
        school: Uuid,
        accept: &str,
    ) -> RequestBuilder {
        let path = self
            .path
            .replace("{tenantId}", &tenant.to_string())
            .replace("{schoolId}", &school.to_string());
        assert!(
            !path.contains('{'),
            "say here how to fill the path of an operation that is new: {path}"
        );
        let request = client
            .request(self.method.clone(), &path)
            .header("X-Tenant-Id", header.to_string())
            .header("Accept", accept);
        match &self.body {
            Some(body) => request.header("Idempotency-Key", unique_key()).json(body),
            None => request,
        }
    }
}

/// Each operation inside tenants, once for each media type in which it answers.
fn tenant_operations() -> Vec<(TenantOperation, &'static str)> {
    let mut found = Vec::new();
    let paths = contract().document()["paths"].as_object().expect("paths");
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("a path item") {
            if operation.get("x-tenant").is_none() {
                continue;
            }
            let responses = operation["responses"].as_object().expect("responses");
            let success = responses.iter().find(|(status, _)| status.starts_with('2'));
            let content = success.and_then(|(_, response)| response["content"].as_object());
            let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
            let body = examples
                .as_object()
                .and_then(|examples| examples.values().next())
                .map(|example| example["value"].clone());
            for accept in content.expect("a success with content").keys() {
                let operation = TenantOperation {
                    method: method.to_ascii_uppercase().parse().expect("a method"),
                    path: path.clone(),
                    body: body.clone(),
                };
                found.push((operation, accept.as_str()));
            }
        }
    }
    found
}

#[track_caller]
fn assert_silent(operation: &TenantOperation, answer: &Answer, theirs: &Household) {
    let headers = format!("{:?}", answer.headers);
    for text in [answer.text(), headers] {
        assert!(!text.contains(&theirs.secret), "{operation:?} tells: {text}");
    }
}

/// Everything that a tenant has, but the records of attempts on it.
async fn state(world: &World, household: &Household) -> (Vec<Vec<String>>, u64, u64) {
    let tenant = household.tenant;
    let schools = format!(
        "SELECT CAST(school_id AS text), name, CAST(version AS text) FROM schools WHERE tenant_id = '{tenant}'"
    );
    (
        world.sql.rows(&schools).await,
        world
            .sql
            .count(&format!("event_log WHERE tenant_id = '{tenant}'"))
            .await,
        world
            .sql
            .count(&format!("idempotency_records WHERE tenant_id = '{tenant}'"))
            .await,
    )
}
