//! Mutants of an event contract. Of the types of its messages schemas are derived; what a message's schemas say, and what they refer to,
//! must show there. Everything else that the contract says is in constants, the last of which is the document itself.

use std::collections::HashSet;
use std::thread;

use serde_json::Value;

use super::{Change, Mutant};
use crate::asyncapi::Compared;
use crate::{Dialect, EventContract, ReadEvents, Source};

/// The mutants that change a schema of a message and are neither refused nor seen in `derived`, the schemas that are derived of the
/// types of the messages of the contract itself.
#[must_use]
pub fn event_survivors<'a>(mutants: &'a [Mutant], events: &ReadEvents, derived: &Value) -> Vec<&'a Mutant> {
    let schemas = schemas_of(events);
    let root = events.source.root();
    let compared = events.compare(derived, &mut Vec::new());
    let concerns = |mutant: &&Mutant| {
        let says_something = mutant.says_the_same.is_none() && !is_beside_reference(&events.source, mutant);
        let is_idle = adds_definitions(mutant)
            || drops_own_format(root, mutant)
            || maps_to_nothing(&events.source, mutant);
        says_something && !is_idle && is_below(&schemas, &mutant.pointer)
    };
    let open: Vec<&Mutant> = mutants.iter().filter(concerns).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = open.len().div_ceil(threads).max(1);
    let survives = |mutant: &&Mutant| {
        !is_told_in_place(mutant, root, &compared) && !is_seen(&mutant.apply(root), derived)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = open
            .chunks(share)
            .map(|mutants| scope.spawn(move || mutants.iter().copied().filter(survives).collect::<Vec<_>>()))
            .collect();
        let judged = workers.into_iter().filter_map(|worker| worker.join().ok());
        judged.flatten().collect()
    })
}

/// What stands beside a reference says nothing (draft-07 §8.3), except in OpenAPI 3.1.
fn is_beside_reference(source: &Source, mutant: &Mutant) -> bool {
    if source.dialect_at(&mutant.object) == Dialect::OpenApi31 {
        return false;
    }
    let object = source.at(&mutant.object);
    let place = mutant.pointer.strip_prefix(&mutant.object);
    object.is_some_and(|object| object.get("$ref").is_some()) && place != Some("/$ref")
}

/// Whether schemas are added to which nobody refers.
fn adds_definitions(mutant: &Mutant) -> bool {
    matches!(&mutant.change, Change::Add(name, _) if DEFINITIONS.contains(&name.as_str()))
}

/// Whether a schema loses the name of a format whose keywords mean what they mean without it (AsyncAPI 3.0.0, Multi Format Schema Object).
fn drops_own_format(root: &Value, mutant: &Mutant) -> bool {
    let is_format = mutant.pointer.ends_with("/schemaFormat") && mutant.change == Change::Drop;
    let format = root.pointer(&mutant.pointer).and_then(Value::as_str);
    is_format
        && format
            .and_then(Dialect::of_schema_format)
            .is_some_and(|dialect| !dialect.is_openapi())
}

/// Whether a value of a discriminator leads nowhere, before and after.
fn maps_to_nothing(source: &Source, mutant: &Mutant) -> bool {
    let around = mutant.pointer.rsplit_once('/');
    let is_mapping = around.is_some_and(|(mapping, _)| mapping.ends_with("/discriminator/mapping"));
    let leads = |text: &Value| {
        text.as_str()
            .and_then(|text| source.mapped_schema(text))
            .is_some()
    };
    let leads_after = matches!(&mutant.change, Change::Replace(text) if leads(text));
    is_mapping && !leads_after && !source.at(&mutant.pointer).is_some_and(leads)
}

/// Whether the schema around the place, changed, differs from what is derived for it. Nothing else has to be read again, which makes of
/// thousands of mutants a matter of seconds; what this does not tell is for [`is_seen`].
fn is_told_in_place(mutant: &Mutant, root: &Value, compared: &Compared<'_>) -> bool {
    let ends = mutant.pointer.match_indices('/').map(|(end, _)| end);
    let mut around = ends.rev().filter_map(|end| mutant.pointer.split_at_checked(end));
    let schema = around.find(|(schema, _)| compared.holds(schema));
    let told = schema.and_then(|(schema, place)| {
        let mut changed = root.pointer(schema)?.clone();
        mutant.change(&mut changed, place)?;
        Some(compared.is_told(schema, &changed))
    });
    told == Some(true)
}

/// Whether a changed contract is refused, or is not what the schemas are derived of.
fn is_seen(changed: &Value, derived: &Value) -> bool {
    let source = Source::parse("contract.json", &changed.to_string());
    let events = source.and_then(|source| EventContract::read(&source));
    events.map_or(true, |events| !events.differences(derived).is_empty())
}

/// The places of the messages' schemas, and of those that they refer to.
fn schemas_of(events: &ReadEvents) -> HashSet<String> {
    let messages = events.contract.messages.iter();
    let own = messages.flat_map(|message| [&message.headers, &message.payload]);
    reached(&events.source, own.flatten().cloned())
}

/// Schemas by their pointers, and all that they refer to.
#[must_use]
pub fn reached(source: &Source, schemas: impl IntoIterator<Item = String>) -> HashSet<String> {
    let mut reached = HashSet::new();
    let mut waiting: Vec<String> = schemas.into_iter().collect();
    while let Some(pointer) = waiting.pop() {
        let value = source.at(&pointer).unwrap_or(&Value::Null);
        if reached.insert(pointer) {
            references(value, &mut waiting);
        }
    }
    reached
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            found.extend(
                reference
                    .and_then(|text| text.strip_prefix('#'))
                    .map(str::to_owned),
            );
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Whether a pointer leads into a schema, not only to it, and to nothing that stands there only for others to refer to.
fn is_below(schemas: &HashSet<String>, pointer: &str) -> bool {
    let ends = pointer.match_indices('/').map(|(end, _)| end);
    let mut nearest_first = ends.rev().filter_map(|end| pointer.split_at_checked(end));
    let around = nearest_first.find(|(start, _)| schemas.contains(*start));
    around.is_some_and(|(_, inside)| !is_definition(inside))
}

/// Whether a pointer into a schema leads to or through its definitions.
fn is_definition(inside: &str) -> bool {
    let tokens: Vec<&str> = inside.split('/').collect();
    tokens.iter().enumerate().any(|(index, token)| {
        let under_names = index.checked_sub(1).and_then(|before| tokens.get(before));
        let is_keyword = under_names.is_none_or(|before| !HOLD_NAMES.contains(before));
        is_keyword && DEFINITIONS.contains(token)
    })
}

/// Keywords under which schemas stand that say nothing where they stand.
const DEFINITIONS: [&str; 2] = ["definitions", "$defs"];

/// Keywords under which names stand that the contract chooses.
const HOLD_NAMES: [&str; 4] = [
    "properties",
    "patternProperties",
    "dependencies",
    "dependentSchemas",
];
