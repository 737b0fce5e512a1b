//! Changes of the schemas of messages after which a contract says the same.

use serde_json::{Map, Value};

use super::events::DEFINITIONS;
use super::{Change, Mutant};
use crate::{Dialect, Source};

pub(super) fn is_idle(source: &Source, mutant: &Mutant) -> bool {
    is_beside_reference(source, mutant)
        || adds_definitions(mutant)
        || changes_format(mutant)
        || drops_idle_reference(source, mutant)
        || leads_to_the_same(source, mutant)
        || maps_to_nothing(source, mutant)
}

/// What stands beside a reference says nothing (draft-07 §8.3), except in OpenAPI 3.1.
fn is_beside_reference(source: &Source, mutant: &Mutant) -> bool {
    let mut ends = mutant.pointer.match_indices('/').map(|(end, _)| end);
    ends.any(|end| {
        let Some((object, place)) = mutant.pointer.split_at_checked(end) else {
            return false;
        };
        let refers = source
            .at(object)
            .and_then(|object| object.get("$ref"))
            .is_some_and(Value::is_string);
        refers && place != "/$ref" && source.dialect_at(object) != Dialect::OpenApi31
    })
}

/// Whether schemas are added to which nobody refers.
fn adds_definitions(mutant: &Mutant) -> bool {
    matches!(&mutant.change, Change::Add(name, _) if DEFINITIONS.contains(&name.as_str()))
}

/// Whether a schema is said to be of another format that is read too, or of the contract's own. Its words stay as they are; what they mean
/// shows in the code that is generated of them.
fn changes_format(mutant: &Mutant) -> bool {
    let is_read = match &mutant.change {
        Change::Drop => true,
        Change::Replace(format) => format.as_str().and_then(Dialect::of_schema_format).is_some(),
        _ => false,
    };
    is_read && mutant.pointer.ends_with("/schemaFormat")
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

/// Whether a reference is dropped that leads to what accepts everything, as nothing does.
fn drops_idle_reference(source: &Source, mutant: &Mutant) -> bool {
    let is_reference = mutant.pointer.ends_with("/$ref") && mutant.change == Change::Drop;
    let target = || source.resolve(&mutant.object);
    is_reference && target().is_some_and(|(_, value)| says_nothing(value))
}

/// Whether a reference leads to the end of the same chain of references.
fn leads_to_the_same(source: &Source, mutant: &Mutant) -> bool {
    let (true, Change::Replace(Value::String(text))) = (mutant.pointer.ends_with("/$ref"), &mutant.change)
    else {
        return false;
    };
    let after = text.strip_prefix('#').and_then(|pointer| source.resolve(pointer));
    let before = source.resolve(&mutant.object);
    after.is_some() && after.map(|(pointer, _)| pointer) == before.map(|(pointer, _)| pointer)
}

/// `true`, and an object without members.
fn says_nothing(schema: &Value) -> bool {
    *schema == Value::Bool(true) || schema.as_object().is_some_and(Map::is_empty)
}
