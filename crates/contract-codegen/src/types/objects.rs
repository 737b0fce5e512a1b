//! Types of values that hold others: structs, maps, lists and tuples.

use std::collections::HashSet;

use super::allocate::Allocator;
use super::build::{Builder, Shape};
use super::form::union_of;
use super::model::{Core, Field, Kind, Rest, Use};
use super::parts::{self, Others};
use crate::{Language, SchemaAt, names, schema};

/// Tuples have at most this many items; a longer one is a list.
const TUPLE_MAX: usize = 12;

impl<'a> Builder<'a> {
    pub(super) fn list(&mut self, parts: &[SchemaAt<'a>], name: &str) -> Core {
        let tuple = parts
            .iter()
            .map(|part| part.prefix_items())
            .find(|items| !items.is_empty());
        if let Some(items) = tuple {
            if is_exact(parts, items.len()) {
                let uses = items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| self.of(item, &format!("{name}Item{}", index + 1)));
                return Core::Tuple(uses.collect());
            }
            return Core::List(Box::new(Use::json()));
        }
        let items = parts::best(parts.iter().filter_map(|part| part.items()).collect());
        let used = items.map_or_else(Use::json, |items| self.of(items, &format!("{name}Item")));
        Core::List(Box::new(used))
    }

    pub(super) fn map(&mut self, parts: &[SchemaAt<'a>], name: &str) -> Core {
        let others = parts::others(parts, parts.iter().any(|part| union_of(*part).is_some()));
        match others {
            Others::Of(values) => Core::Map(Box::new(self.of(values, &format!("{name}Value")))),
            Others::Any | Others::None => match single_pattern(parts) {
                Some(values) => Core::Map(Box::new(self.of(values, &format!("{name}Value")))),
                None => Core::JsonObject,
            },
        }
    }

    pub(super) fn structure(&mut self, parts: &[SchemaAt<'a>], has_union: bool, name: &str) -> Shape<'a> {
        let required: HashSet<&str> = parts.iter().flat_map(|part| part.required()).collect();
        let properties: Vec<_> = parts::properties(parts)
            .into_iter()
            .filter(|(_, schemas)| !schemas.iter().any(|schema| schema.is_never()))
            .collect();
        let mut scope = Allocator::default();
        let idents = scope.claim_all(properties.iter().map(|(name, _)| *name), names::snake);
        let mut fields = Vec::new();
        for ((property, schemas), ident) in properties.into_iter().zip(idents) {
            let nullable = schemas.iter().all(|schema| schema.kinds().null());
            let read_only = schemas.iter().any(|schema| said(*schema, "readOnly"));
            let write_only = schemas.iter().any(|schema| said(*schema, "writeOnly"));
            let Some(best) = parts::best(schemas) else {
                continue;
            };
            let mut used = self.of(best, &format!("{name}{}", names::camel_text(property)));
            used.nullable &= nullable;
            let required = required.contains(property);
            fields.push(Field {
                ident,
                name: property,
                schema: best,
                used,
                required,
                read_only,
                write_only,
                default: if required { None } else { self.default(best) },
            });
        }
        let rest = self.rest(parts, has_union, name, &mut scope);
        Shape::Item(Kind::Struct { fields, rest })
    }

    fn rest(
        &mut self,
        parts: &[SchemaAt<'a>],
        has_union: bool,
        name: &str,
        scope: &mut Allocator,
    ) -> Option<Rest> {
        let values = match parts::others(parts, has_union) {
            Others::None => return None,
            Others::Any if self.language == Language::Service => return None,
            Others::Any => None,
            Others::Of(_) if has_union => None,
            Others::Of(values) => Some(self.of(values, &format!("{name}Value"))),
        };
        Some(Rest {
            ident: scope.claim(&names::snake("additional_properties")),
            values,
        })
    }

    /// A default that its schema accepts.
    fn default(&mut self, schema: SchemaAt<'a>) -> Option<&'a serde_json::Value> {
        let holder = [schema, schema.resolved()]
            .into_iter()
            .find(|holder| holder.keyword("default").is_some())?;
        let value = holder.keyword("default")?;
        if super::fits::fits(value, schema) {
            return Some(value);
        }
        let pointer = format!("{}/default", holder.pointer());
        let reason = "this default is not applied: the schema does not accept it";
        let warning = self.source.warn(&pointer, reason);
        if self.warned.insert(holder.number()) {
            self.warnings.push(warning);
        }
        None
    }
}

fn said(schema: SchemaAt<'_>, keyword: &str) -> bool {
    schema.flag(keyword) || schema.resolved().flag(keyword)
}

/// Whether an array has just the items of its tuple.
fn is_exact(parts: &[SchemaAt<'_>], length: usize) -> bool {
    let count = |keyword: &str| {
        parts
            .iter()
            .filter_map(|part| schema::count(part.keyword(keyword)?))
            .collect::<Vec<_>>()
    };
    let length_bound = length as u64;
    let closed = parts
        .iter()
        .any(|part| !part.prefix_items().is_empty() && part.items().is_some_and(SchemaAt::is_never));
    let least = count("minItems").into_iter().max().unwrap_or(0);
    let most = count("maxItems").into_iter().min();
    length <= TUPLE_MAX && least >= length_bound && (closed || most.is_some_and(|most| most <= length_bound))
}

/// The schema of a map whose keys must all match one pattern.
fn single_pattern<'a>(parts: &[SchemaAt<'a>]) -> Option<SchemaAt<'a>> {
    let closed = |part: &&SchemaAt<'a>| matches!(part.additional(), crate::AdditionalAt::Closed);
    let part = parts.iter().find(closed)?;
    match part.map("patternProperties").as_slice() {
        [(_, schema)] if part.properties().is_empty() => Some(*schema),
        _ => None,
    }
}
