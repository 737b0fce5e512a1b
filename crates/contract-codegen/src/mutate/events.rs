//! Mutants of an event contract. Of the types of its messages schemas are derived; what a message's schemas say, and what they refer to,
//! must show there. Everything else that the contract says is in constants, the last of which is the document itself.

use std::collections::HashSet;
use std::thread;

use serde_json::Value;

use super::{Mutant, idle};
use crate::asyncapi::Compared;
use crate::source::child;
use crate::{EventContract, ReadEvents, Source};

/// The mutants of `contract` that change a schema of a message and are neither refused nor seen in `derived`, the schemas that are derived of
/// the types of the messages of the contract itself. `events` is what was read of it.
#[must_use]
pub fn event_survivors<'a>(
    mutants: &'a [Mutant],
    contract: &Source,
    events: &ReadEvents,
    derived: &Value,
) -> Vec<&'a Mutant> {
    let judge = Judge {
        contract,
        events,
        derived,
        compared: events.compare(derived, &mut Vec::new()),
        schemas: schemas_of(events),
        parts: parts_of_merged(contract, events),
    };
    let open: Vec<&Mutant> = mutants.iter().filter(|mutant| judge.concerns(mutant)).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = open.len().div_ceil(threads).max(1);
    let judge = &judge;
    let survivors = |mutants: &[&'a Mutant]| -> Vec<&'a Mutant> {
        let mutants = mutants.iter().copied();
        mutants.filter(|mutant| judge.survives(mutant)).collect()
    };
    thread::scope(|scope| {
        let workers: Vec<_> = open
            .chunks(share)
            .map(|mutants| scope.spawn(move || survivors(mutants)))
            .collect();
        let judged = workers.into_iter().filter_map(|worker| worker.join().ok());
        judged.flatten().collect()
    })
}

struct Judge<'a> {
    contract: &'a Source,
    events: &'a ReadEvents,
    derived: &'a Value,
    compared: Compared<'a>,
    /// The places of the messages' schemas, and of those that they refer to.
    schemas: HashSet<String>,
    /// The places of schemas that traits and messages have a part of, and of those that they refer to.
    parts: HashSet<String>,
}

impl Judge<'_> {
    fn concerns(&self, mutant: &Mutant) -> bool {
        let says_something = || !idle::is_idle(self.contract, mutant);
        let is_below = |schemas| is_below(schemas, &mutant.pointer);
        mutant.says_the_same.is_none()
            && (is_below(&self.schemas) || is_below(&self.parts))
            && says_something()
    }

    fn survives(&self, mutant: &Mutant) -> bool {
        !self.is_told_in_place(mutant) && !self.is_seen(mutant)
    }

    /// Whether the schema around the place, changed, differs from what is derived for it. Nothing else has to be read again, which makes of
    /// thousands of mutants a matter of seconds; what this does not tell is for [`Self::is_seen`].
    fn is_told_in_place(&self, mutant: &Mutant) -> bool {
        let ends = mutant.pointer.match_indices('/').map(|(end, _)| end);
        let mut around = ends.rev().filter_map(|end| mutant.pointer.split_at_checked(end));
        let schema = around.find(|(schema, _)| self.compared.holds(schema));
        let told = schema.and_then(|(schema, place)| {
            let mut changed = self.contract.at(schema)?.clone();
            // What is merged of several traits is nowhere in the contract.
            if self.events.source.at(schema) != Some(&changed) {
                return None;
            }
            mutant.change(&mut changed, place)?;
            Some(self.compared.is_told(schema, &changed))
        });
        told == Some(true)
    }

    /// Whether a changed contract is refused, or is not what the schemas are derived of. What one trait says and another takes back changes
    /// nothing.
    fn is_seen(&self, mutant: &Mutant) -> bool {
        let changed = mutant.apply(self.contract.root());
        let source = Source::parse("contract.json", &changed.to_string());
        let Ok(events) = source.and_then(|source| EventContract::read(&source)) else {
            return true;
        };
        if !events.differences(self.derived).is_empty() {
            return true;
        }
        let is_same = |place: &str| events.source.at(place) == self.events.source.at(place);
        let is_part = is_below(&self.parts, &mutant.pointer);
        is_part
            && merged_headers(self.contract, self.events).all(|message| is_same(&child(message, "headers")))
    }
}

/// The places of the messages' schemas, and of those that they refer to.
fn schemas_of(events: &ReadEvents) -> HashSet<String> {
    let messages = events.contract.messages.iter();
    let own = messages.flat_map(|message| [&message.headers, &message.payload]);
    reached(&events.source, own.flatten().cloned())
}

/// The messages whose headers are made of several, none of which has all of them.
fn merged_headers<'a>(contract: &'a Source, events: &'a ReadEvents) -> impl Iterator<Item = &'a str> {
    let is_merged = |place: &str| events.source.at(place) != contract.at(place);
    let messages = events.contract.messages.iter();
    let merged = messages.filter(move |message| message.headers.as_deref().is_some_and(is_merged));
    merged.map(|message| message.pointer.as_str())
}

/// Where the headers of such messages and of their traits stand, and what they refer to.
fn parts_of_merged(contract: &Source, events: &ReadEvents) -> HashSet<String> {
    let parts = merged_headers(contract, events).flat_map(|message| {
        let traits = child(message, "traits");
        let count = contract.at(&traits).and_then(Value::as_array).map_or(0, Vec::len);
        let traits = (0..count).filter_map(move |index| {
            let place = child(&traits, index);
            Some(contract.resolve(&place)?.0.to_owned())
        });
        traits.chain([message.to_owned()])
    });
    reached(contract, parts.map(|object| child(&object, "headers")))
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
pub(super) const DEFINITIONS: [&str; 2] = ["definitions", "$defs"];

/// Keywords under which names stand that the contract chooses.
const HOLD_NAMES: [&str; 4] = [
    "properties",
    "patternProperties",
    "dependencies",
    "dependentSchemas",
];
