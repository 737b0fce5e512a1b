//! Operations of one method at the same paths that nothing in the query or the headers tells apart.
//!
//! The specification has no such paths (OpenAPI 3.0.3 §4.7.8.1), but one description in fifty does. `/icons/{id}` and `/icons/{term}`
//! are told apart by the values of the path where one asks for a number and the other takes any text. Where the values do not
//! tell either, the first in the contract answers, and the others are shown only. Values tell as well where one of two parameters ends
//! between which nothing stands (`/pages/{name}{extension}`).

use std::collections::{HashMap, HashSet};

use contract_scalars::{Format, is_pattern};
use serde_json::{Map, Value};

use super::conditions::{self, Condition};
use super::template::{self, Piece};
use super::{Location, OpenApi, Operation, Parameter};
use crate::schema::JsonKind;
use crate::source::child;
use crate::{Source, Warning};

/// Members of a schema that say nothing of values.
const REMARKS: [&str; 8] = [
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
];

impl OpenApi {
    /// The operations that no request leads to, each with the one that answers in its place, by their indices.
    pub(crate) fn shadowed(&self, source: &Source) -> HashMap<usize, usize> {
        let mut shadowed = HashMap::new();
        for mut twins in conditions::twins(source, &self.operations) {
            let asks = |index: &usize| {
                let operation = self.operations.get(*index);
                operation.map_or(0, |operation| asked(source, operation).len())
            };
            // The order in which they are tried.
            twins.sort_by_key(|index| std::cmp::Reverse(asks(index)));
            for (place, index) in twins.iter().enumerate() {
                let mut before = twins.iter().take(place);
                let answers = |other: &&usize| self.takes_all_of(source, **other, *index);
                shadowed.extend(before.find(answers).map(|other| (*index, *other)));
            }
        }
        shadowed
    }

    /// Whether the path of each request for the operation `index` is one for `other` as well.
    fn takes_all_of(&self, source: &Source, other: usize, index: usize) -> bool {
        let (Some(other), Some(one)) = (self.operations.get(other), self.operations.get(index)) else {
            return false;
        };
        let mut pairs = of_path(other).into_iter().zip(of_path(one));
        pairs.all(|(other, one)| match (other, one) {
            (Some(other), Some(one)) => !restricts(source, other) || says_no_more(source, other, one),
            _ => true,
        })
    }
}

/// The parameters of an operation's path between which nothing stands, and of neither of which some text is no value.
pub(super) fn untold_neighbours<'a>(source: &Source, operation: &'a Operation) -> Vec<(&'a str, &'a str)> {
    let pieces = template::pieces(template::path_of(&operation.path)).unwrap_or_default();
    let parameters: Vec<&Parameter> = of_path(operation).into_iter().flatten().collect();
    let tells = |name: &str| {
        let mut named = parameters.iter().filter(|parameter| parameter.name == name);
        named.any(|parameter| restricts(source, parameter))
    };
    let mut neighbours = template::neighbours(&pieces);
    neighbours.retain(|(one, other)| !tells(one) && !tells(other));
    neighbours
}

/// Whether some values of an operation's path tell where others end.
pub(super) fn has_neighbours(operation: &Operation) -> bool {
    let pieces = template::pieces(template::path_of(&operation.path)).unwrap_or_default();
    !template::neighbours(&pieces).is_empty()
}

/// What the path must be for an operation that has twins: the value of each parameter that not every text is must be one of it.
pub(super) fn asked(source: &Source, operation: &Operation) -> Vec<Condition> {
    let asked = of_path(operation).into_iter().flatten();
    asked
        .filter(|parameter| restricts(source, parameter))
        .map(|parameter| Condition {
            location: Location::Path,
            name: parameter.name.clone(),
            value: None,
        })
        .collect()
}

/// Warns of each operation that no request leads to.
pub(super) fn check(source: &Source, api: &OpenApi) -> Vec<Warning> {
    let shadowed = api.shadowed(source).into_iter();
    let mut warnings: Vec<(usize, Warning)> = shadowed
        .filter_map(|(index, other)| {
            let (operation, other) = (api.operations.get(index)?, api.operations.get(other)?);
            let reason = format!(
                "is shown only: {} of `{}` is served at the same paths and answers in its place, since no constant, required query \
                 parameter or header, and no value of the path tells them apart",
                other.method, other.path
            );
            let pointer = child(&child("/paths", &operation.path), operation.method.to_lowercase());
            Some((index, source.warn(&pointer, reason)))
        })
        .collect();
    warnings.sort_by_key(|(index, _)| *index);
    warnings.into_iter().map(|(_, warning)| warning).collect()
}

/// The pointers of the operations of any contract that no request leads to.
pub(crate) fn shown_only(source: &Source) -> Vec<String> {
    let paths = source.at("/paths").and_then(Value::as_object);
    let mut shapes = HashSet::new();
    let mut shapes_of = paths.into_iter().flatten().map(|(path, _)| path);
    // Most contracts have no such paths, and are not read for this.
    let has_twins = shapes_of.any(|path| !shapes.insert(template::shape_of(template::path_of(path))));
    if !has_twins {
        return Vec::new();
    }
    let (api, _) = super::read::read(source);
    let shadowed = api.shadowed(source).into_keys();
    let operations = shadowed.filter_map(|index| api.operations.get(index));
    operations.map(|operation| operation.pointer.clone()).collect()
}

/// The parameters of an operation's path in the order of the path.
fn of_path(operation: &Operation) -> Vec<Option<&Parameter>> {
    let pieces = template::pieces(template::path_of(&operation.path)).unwrap_or_default();
    let named = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Parameter(name) => Some(name),
        Piece::Text(_) => None,
    });
    let found = |name: &str| {
        let mut parameters = operation.parameters.iter();
        parameters.find(|parameter| parameter.location == Location::Path && parameter.name == name)
    };
    named.map(found).collect()
}

/// Whether the schema of a parameter is one of few values: some texts are none of it.
fn restricts(source: &Source, parameter: &Parameter) -> bool {
    let pointer = parameter.schema.as_deref();
    let Some(schema) = pointer.and_then(|pointer| source.schema(pointer)) else {
        return false;
    };
    let schema = schema.resolved();
    parameter.content.is_none()
        && (!schema.kinds().contains(JsonKind::String)
            || schema.enumeration().is_some()
            || schema.constant().is_some()
            || schema.text("pattern").is_some_and(is_pattern)
            || schema
                .text("format")
                .and_then(Format::named)
                .is_some_and(|format| !format.is_of_numbers()))
}

/// Whether the schema of `other` says of values nothing that the schema of `one` does not.
fn says_no_more(source: &Source, other: &Parameter, one: &Parameter) -> bool {
    let said = |parameter: &Parameter| -> Option<Map<String, Value>> {
        let schema = source.schema(parameter.schema.as_deref()?)?.resolved();
        let mut members = schema.value().as_object()?.clone();
        members.retain(|name, _| !REMARKS.contains(&name.as_str()) && !name.starts_with("x-"));
        Some(members)
    };
    let (Some(other), Some(one)) = (said(other), said(one)) else {
        return false;
    };
    other.iter().all(|(name, value)| one.get(name) == Some(value))
}
