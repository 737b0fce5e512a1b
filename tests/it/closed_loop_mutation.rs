//! The closed loop notices: every single change of the contract that means something is refused by the generator, or shows as a
//! difference to the document that the service derives.

use std::thread;

use contract_codegen::{Contracts, Language, Source, child, differences, normal_openapi, resolve_schema};
use contract_runtime::MessageDescriptor;
use rollcall::contract::events;
use rollcall::document;
use serde_json::{Value, json};

const OPENAPI: &str = include_str!("../../contracts/openapi.yaml");
const ASYNCAPI: &str = include_str!("../../contracts/asyncapi.yaml");

/// A change at one place of the contract.
struct Mutant {
    pointer: String,
    change: Change,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Drop,
    Alter,
    Rename,
    Swap,
}

/// Every change of every value below `value`; of an example, which has no keywords, the first value of each level.
fn mutants(value: &Value, pointer: &str, found: &mut Vec<Mutant>) {
    let add = |found: &mut Vec<Mutant>, pointer: &str, changes: &[Change]| {
        found.extend(changes.iter().map(|change| Mutant {
            pointer: pointer.to_owned(),
            change: *change,
        }));
    };
    match value {
        Value::Object(members) => {
            for name in members.keys() {
                add(found, &child(pointer, name), &[Change::Drop, Change::Rename]);
            }
            let is_example = pointer.contains("/example");
            for (name, member) in members.iter().take(if is_example { 1 } else { usize::MAX }) {
                mutants(member, &child(pointer, name), found);
            }
        }
        Value::Array(items) => {
            if items.len() > 1 {
                add(found, pointer, &[Change::Swap]);
            }
            for (index, item) in items.iter().enumerate() {
                let pointer = child(pointer, index);
                add(found, &pointer, &[Change::Drop]);
                mutants(item, &pointer, found);
            }
        }
        _ => add(found, pointer, &[Change::Alter]),
    }
}

/// The contract with the change.
fn apply(contract: &Value, mutant: &Mutant) -> Value {
    let mut mutated = contract.clone();
    if let Change::Swap = mutant.change {
        let list = mutated.pointer_mut(&mutant.pointer).and_then(Value::as_array_mut);
        list.unwrap().swap(0, 1);
        return mutated;
    }
    let (parent, token) = mutant.pointer.rsplit_once('/').unwrap();
    let token = token.replace("~1", "/").replace("~0", "~");
    if let Change::Alter = mutant.change {
        let value = mutated.pointer_mut(&mutant.pointer).unwrap();
        *value = match &*value {
            Value::Bool(flag) => json!(!flag),
            Value::Number(number) => json!(number.as_f64().unwrap() + 1.0),
            Value::String(text) => json!(format!("{text}x")),
            _ => json!("was null"),
        };
        return mutated;
    }
    match mutated.pointer_mut(parent).unwrap() {
        Value::Array(items) => {
            items.remove(token.parse().unwrap());
        }
        Value::Object(members) => {
            let value = members.shift_remove(&token).unwrap();
            if let Change::Rename = mutant.change {
                members.insert(format!("{token}X"), value);
            }
        }
        _ => unreachable!("a parent has children"),
    }
    mutated
}

/// The document without the paths and schemas in which a change at `pointer` changes nothing, on both sides of the comparison: to
/// compare all of them thousands of times takes minutes. To cut too much could not hide a survivor, only make one up.
fn cut(document: &Value, pointer: &str) -> Value {
    let keep = |section: &str, members: &Value| -> Value {
        let rest = pointer
            .strip_prefix(section)
            .and_then(|rest| rest.strip_prefix('/'));
        let Some((name, _)) = rest.and_then(|rest| rest.split_once('/')) else {
            // What changes is outside of the section, or one of its names.
            let is_outside = rest.is_none() && pointer != section;
            let is_independent =
                is_outside && (section != "/paths" || pointer.starts_with("/components/schemas/"));
            return if is_independent {
                json!({})
            } else {
                members.clone()
            };
        };
        let name = name.replace("~1", "/").replace("~0", "~");
        json!({ &name: members[&name] })
    };
    let members = document.as_object().unwrap().iter();
    let cut = members.map(|(name, member)| match name.as_str() {
        "paths" => (name.clone(), keep("/paths", member)),
        "components" => {
            let sections = member.as_object().unwrap().iter();
            let sections = sections.map(|(section, members)| match section.as_str() {
                "schemas" => (section.clone(), keep("/components/schemas", members)),
                _ => (section.clone(), members.clone()),
            });
            (name.clone(), sections.collect())
        }
        _ => (name.clone(), member.clone()),
    });
    cut.collect()
}

fn is_refused(openapi: &str, asyncapi: &str) -> bool {
    let source = Source::parse("openapi.yaml", openapi).unwrap();
    let events = Source::parse("asyncapi.yaml", asyncapi).unwrap();
    Contracts::read(source, events, Language::Service).is_err()
}

/// The payloads of all messages as the contract has them.
fn payloads(asyncapi: &Value) -> Vec<Value> {
    let payload = |message: &&MessageDescriptor| {
        let payload = asyncapi.pointer(&format!("/components/messages/{}/payload", message.key));
        resolve_schema(asyncapi, payload.unwrap())
    };
    events::ALL.iter().map(payload).collect()
}

/// Changes that change nothing: `required: false` of a parameter or header is the default, and `required` of a schema is a set.
fn means_the_same(contract: &Value, mutant: &Mutant) -> bool {
    let is_required = mutant.pointer.ends_with("/required");
    match mutant.change {
        Change::Drop => is_required && contract.pointer(&mutant.pointer) == Some(&json!(false)),
        Change::Swap => is_required && mutant.pointer.starts_with("/components/schemas/"),
        Change::Alter | Change::Rename => false,
    }
}

#[test]
fn every_change_of_the_contract_is_noticed() {
    let contract = Source::parse("openapi.yaml", OPENAPI).unwrap().root().clone();
    let derived = normal_openapi(&document::openapi().unwrap());
    let mut all = Vec::new();
    mutants(&contract, "", &mut all);
    assert!(
        all.len() > 3_000,
        "{} mutants are too few to show anything",
        all.len()
    );
    let survives = |mutant: &&Mutant| {
        let mutated = normal_openapi(&apply(&cut(&contract, &mutant.pointer), mutant));
        let is_equal = differences(&mutated, &cut(&derived, &mutant.pointer)).is_empty();
        is_equal && !is_refused(&apply(&contract, mutant).to_string(), ASYNCAPI)
    };
    let share = all
        .len()
        .div_ceil(thread::available_parallelism().map_or(1, usize::from));
    let survivors: Vec<&Mutant> = thread::scope(|scope| {
        let workers: Vec<_> = all
            .chunks(share)
            .map(|mutants| scope.spawn(|| mutants.iter().filter(survives).collect::<Vec<_>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    let (same, missed): (Vec<&Mutant>, Vec<&Mutant>) = survivors
        .into_iter()
        .partition(|mutant| means_the_same(&contract, mutant));
    let expected = all
        .iter()
        .filter(|mutant| means_the_same(&contract, mutant))
        .count();
    assert_eq!(same.len(), expected, "a change that means nothing was noticed");
    let missed: Vec<_> = missed
        .iter()
        .map(|mutant| format!("{:?} {}", mutant.change, mutant.pointer))
        .collect();
    assert!(
        missed.is_empty(),
        "{} of {} were not noticed:\n{}",
        missed.len(),
        all.len(),
        missed.join("\n")
    );
    println!(
        "{} changes: {expected} mean the same, all others are noticed",
        all.len()
    );
}

#[test]
fn every_change_of_an_event_is_noticed() {
    let contract = Source::parse("asyncapi.yaml", ASYNCAPI).unwrap().root().clone();
    let derived: Vec<Value> = events::ALL
        .iter()
        .map(|message| (message.payload_schema)())
        .map(|schema| resolve_schema(&schema, &schema))
        .collect();
    let mut all = Vec::new();
    mutants(
        &contract["components"]["schemas"],
        "/components/schemas",
        &mut all,
    );
    // The flat fields beside an event are the relay's; no type carries them.
    all.retain(|mutant| !mutant.pointer.starts_with("/components/schemas/EntryFields"));
    assert!(
        all.len() > 600,
        "{} mutants are too few to show anything",
        all.len()
    );
    let survives = |mutant: &&Mutant| {
        let mutated = apply(&contract, mutant);
        let found = payloads(&mutated);
        let is_equal = found
            .iter()
            .zip(&derived)
            .all(|(one, other)| differences(one, other).is_empty());
        is_equal && !is_refused(OPENAPI, &mutated.to_string())
    };
    let (same, missed): (Vec<&Mutant>, Vec<&Mutant>) = all
        .iter()
        .filter(survives)
        .partition(|mutant| means_the_same(&contract, mutant));
    let missed: Vec<_> = missed
        .iter()
        .map(|mutant| format!("{:?} {}", mutant.change, mutant.pointer))
        .collect();
    assert!(
        missed.is_empty(),
        "{} of {} were not noticed:\n{}",
        missed.len(),
        all.len(),
        missed.join("\n")
    );
    println!(
        "{} changes: {} mean the same, all others are noticed",
        all.len(),
        same.len()
    );
}
