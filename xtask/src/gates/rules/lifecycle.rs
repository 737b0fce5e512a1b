//! Lifecycle integrity cascades: a change of state and of everything that depends on it is one transaction, and can be
//! undone as one.

use contract_codegen::Operation;
use contract_codegen::openapi::Status;
use serde_json::Value;

use super::faults;
use crate::gates::facts::Facts;
use crate::gates::gate::{Cause, Check};

/// Whether an operation may change the state of what is there. Only what certainly creates, and nothing else, does not: a
/// POST whose one success is 201 and whose audited action is to create.
fn changes_a_state(operation: &Operation) -> bool {
    let mut successes = operation
        .responses
        .iter()
        .filter(|response| response.status.least() < 300);
    let only_creates = operation.method == "POST"
        && successes.all(|response| response.status == Status::Exact(201))
        && operation
            .audit
            .as_deref()
            .is_some_and(|action| action.ends_with(".create"));
    operation.is_write() && !only_creates
}

pub(in crate::gates) fn cause(facts: &Facts) -> Cause {
    let changes: Vec<&str> = facts
        .writes()
        .filter(|operation| changes_a_state(operation))
        .map(|operation| operation.name.as_str())
        .collect();
    if !changes.is_empty() {
        return Cause::Given(format!(
            "these operations change what is there: {}",
            changes.join(", ")
        ));
    }
    let schemas = facts.openapi_text.pointer("/components/schemas");
    let schemas = schemas.and_then(Value::as_object).into_iter().flatten();
    let has_state = |schema: &Value| {
        ["status", "version"]
            .iter()
            .all(|name| schema.pointer(&format!("/properties/{name}")).is_some())
    };
    let entities: Vec<&str> = schemas
        .filter(|(_, schema)| has_state(schema))
        .map(|(name, _)| name.as_str())
        .collect();
    Cause::NotYet(format!(
        "no operation changes a state: each of the {} writes creates and nothing else (POST, 201, x-audit …create); \
         {} have a state, which is the first one until such an operation comes",
        facts.writes().count(),
        entities.join(" and ")
    ))
}

pub(in crate::gates) fn check(facts: &Facts) -> Vec<Check> {
    let changes = || facts.writes().filter(|operation| changes_a_state(operation));
    let silent = faults(changes(), |operation| {
        operation.emits.is_empty().then(|| "lacks x-emits".to_owned())
    });
    let untied = faults(changes(), |operation| {
        let messages = operation
            .emits
            .iter()
            .filter_map(|key| facts.asyncapi.messages.get(key));
        let mut untied = messages.filter(|message| !message.payload.properties.contains_key("causationid"));
        untied
            .next()
            .map(|message| format!("emits {}, which has no causationid", message.key))
    });
    let unconditional = faults(changes(), |operation| {
        let takes = super::takes_header(operation, "If-Match");
        (!takes).then(|| {
            "does not take If-Match, so it may undo a change that its caller has not seen".to_owned()
        })
    });
    vec![
        Check::rule("every change of state tells its events (x-emits)", &silent),
        Check::rule(
            "the events of a cascade are tied to one another (causationid)",
            &untied,
        ),
        Check::rule(
            "every change of state names the version that it changes",
            &unconditional,
        ),
    ]
}
