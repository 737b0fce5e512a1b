//! A schema as the conjunction that it is: what holds of a value that it accepts.

use std::collections::HashSet;

use super::literals;
use crate::{AdditionalAt, JsonKind, Kinds, SchemaAt};

/// So many schemas of one conjunction are looked at; a type that is wider than need be is still right.
const PARTS_MAX: usize = 200;

/// The schema itself, what its `$ref` leads to, the members of its `allOf`, and what these are made of: all of them hold.
pub(super) fn of(schema: SchemaAt<'_>) -> Vec<SchemaAt<'_>> {
    let mut parts = Vec::new();
    collect(schema, &mut HashSet::new(), &mut parts);
    parts
}

fn collect<'a>(schema: SchemaAt<'a>, seen: &mut HashSet<usize>, parts: &mut Vec<SchemaAt<'a>>) {
    if parts.len() >= PARTS_MAX || !seen.insert(schema.number()) {
        return;
    }
    parts.push(schema);
    if let Some(target) = schema.reference() {
        collect(target, seen, parts);
    }
    for member in schema.all_of() {
        collect(member, seen, parts);
    }
}

/// Keywords that shape the type of a value. Others only narrow it down.
const SHAPING: [&str; 18] = [
    "$ref",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "enum",
    "format",
    "items",
    "maximum",
    "minimum",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "properties",
    "required",
    "unevaluatedProperties",
    "x-extensible-enum",
];

fn shapes(schema: SchemaAt<'_>, except: &str) -> bool {
    SHAPING
        .iter()
        .any(|keyword| *keyword != except && schema.keyword(keyword).is_some())
}

/// Members of a union that accept something else than `null`.
pub(super) fn members(list: &[SchemaAt<'_>]) -> Vec<usize> {
    let accepts = |schema: SchemaAt<'_>| !schema.kinds().without_null().is_empty();
    (0..list.len())
        .filter(|index| list.get(*index).is_some_and(|schema| accepts(*schema)))
        .collect()
}

/// The one schema whose type this one has too, where it adds nothing to the type.
pub(super) fn alone(schema: SchemaAt<'_>) -> Option<SchemaAt<'_>> {
    if let Some(target) = schema.reference()
        && !shapes(schema, "$ref")
    {
        return Some(target);
    }
    if let [member] = schema.all_of().as_slice()
        && !shapes(schema, "allOf")
    {
        return Some(*member);
    }
    for keyword in ["anyOf", "oneOf"] {
        let list = schema.list(keyword);
        if let [index] = members(&list).as_slice()
            && !shapes(schema, keyword)
        {
            return list.get(*index).copied();
        }
    }
    None
}

/// How much a schema says about the type of a value.
fn rank(schema: SchemaAt<'_>) -> u8 {
    if literals::of(&of(schema)).is_some() {
        return 3;
    }
    match schema.kinds() {
        Kinds::ALL => 0,
        kinds if kinds.without_null() == Kinds::one(JsonKind::Object) => 2,
        _ => 1,
    }
}

/// Of schemas that hold together, the one that says the most; the first of several.
pub(super) fn best(schemas: Vec<SchemaAt<'_>>) -> Option<SchemaAt<'_>> {
    let mut best: Option<(u8, SchemaAt<'_>)> = None;
    for schema in schemas {
        let rank = rank(schema);
        if best.is_none_or(|(highest, _)| rank > highest) {
            best = Some((rank, schema));
        }
    }
    best.map(|(_, schema)| schema)
}

/// The properties of all parts: each name with the schemas that hold for it, in the order of the contract.
pub(super) fn properties<'a>(parts: &[SchemaAt<'a>]) -> Vec<(&'a str, Vec<SchemaAt<'a>>)> {
    let mut found = indexmap::IndexMap::<&'a str, Vec<SchemaAt<'a>>>::new();
    for part in parts {
        for (name, schema) in part.properties() {
            found.entry(name).or_default().push(schema);
        }
    }
    found.into_iter().collect()
}

/// What an object may hold beside its properties, all parts together.
pub(super) enum Others<'a> {
    /// Nothing.
    None,
    /// Anything.
    Any,
    /// Values of a schema.
    Of(SchemaAt<'a>),
}

pub(super) fn others<'a>(parts: &[SchemaAt<'a>], has_union: bool) -> Others<'a> {
    let mut values = Vec::new();
    let mut patterns = false;
    let mut closed = false;
    for part in parts {
        let own_patterns = !part.map("patternProperties").is_empty();
        patterns |= own_patterns;
        match part.additional() {
            AdditionalAt::Unsaid | AdditionalAt::Open => {}
            AdditionalAt::Closed => closed |= !own_patterns,
            // Two schemas share the members: no type is right for both.
            AdditionalAt::Of(_) if own_patterns => {}
            AdditionalAt::Of(schema) => values.push(schema),
        }
        let evaluates_elsewhere =
            has_union || part.at("if").is_some() || part.at("dependentSchemas").is_some();
        closed |= part.at("unevaluatedProperties").is_some_and(SchemaAt::is_never)
            && !evaluates_elsewhere
            && !patterns;
    }
    if closed {
        return Others::None;
    }
    match best(values) {
        Some(schema) => Others::Of(schema),
        None => Others::Any,
    }
}
