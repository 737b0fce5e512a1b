//! What tells apart operations that share method and path.
//!
//! Some descriptions write several operations for one real path, and tell them apart by what stands behind `?` or `#` in the
//! template. A server sees neither the fragment nor the template; what it can see are the query and the headers. So an
//! operation of several is known by the query of its template and by the query parameters and headers that it
//! requires: a constant must have its value, any other must be there. Where that is not enough, the values of the path are looked at.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Location, OpenApi, Operation, Parameter};
use super::{template, twins};
use crate::Source;

/// What a request must have so that it is for an operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// In the query or in a header.
    pub location: Location,
    /// Its name.
    pub name: String,
    /// Its value; any where there is none.
    pub value: Option<String>,
}

impl OpenApi {
    /// For each operation, the conditions under which a request is for it and for no other with its method and path.
    #[must_use]
    pub fn conditions(&self, source: &Source) -> Vec<Vec<Condition>> {
        let mut all = vec![Vec::new(); self.operations.len()];
        for group in groups(&self.operations) {
            let each: Vec<Vec<Condition>> = group
                .iter()
                .filter_map(|index| self.operations.get(*index))
                .map(|operation| required(source, operation))
                .collect();
            for (index, conditions) in group.iter().zip(&each) {
                // What all of them require tells none of them apart.
                let telling = conditions
                    .iter()
                    .filter(|one| !each.iter().all(|other| other.contains(one)));
                if let Some(place) = all.get_mut(*index) {
                    *place = telling.cloned().collect();
                }
            }
        }
        let twins: HashSet<usize> = twins(source, &self.operations).into_iter().flatten().collect();
        for (index, (place, operation)) in all.iter_mut().zip(&self.operations).enumerate() {
            if twins.contains(&index) || twins::has_neighbours(operation) {
                place.extend(twins::asked(source, operation));
            }
        }
        all
    }
}

/// The places of operations with one method at the same paths that nothing in the query or the headers tells apart.
pub(super) fn twins(source: &Source, operations: &[Operation]) -> Vec<Vec<usize>> {
    let mut twins = Vec::new();
    for group in groups(operations) {
        let mut known: IndexMap<Vec<Condition>, Vec<usize>> = IndexMap::new();
        for index in group {
            let Some(operation) = operations.get(index) else {
                continue;
            };
            let mut conditions = required(source, operation);
            conditions.extend(of_query(&operation.path));
            conditions.sort();
            conditions.dedup();
            known.entry(conditions).or_default().push(index);
        }
        twins.extend(known.into_values().filter(|group| group.len() > 1));
    }
    twins
}

/// The places of operations with one method at the same paths, where there are several.
fn groups(operations: &[Operation]) -> Vec<Vec<usize>> {
    let mut groups: IndexMap<(&str, String), Vec<usize>> = IndexMap::new();
    for (index, operation) in operations.iter().enumerate() {
        let path = template::path_of(&operation.path);
        // A path that cannot be read is refused; it is not the same as another one.
        let shape = template::shape_of(path).unwrap_or_else(|| path.to_owned());
        groups
            .entry((operation.method.as_str(), shape))
            .or_default()
            .push(index);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// What the query of a template says; the runtime reads it from the template.
fn of_query(path: &str) -> Vec<Condition> {
    let template = path.split('#').next().unwrap_or_default();
    let query = template.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let condition = |pair: &str| {
        let (name, value) = pair
            .split_once('=')
            .map_or((pair, None), |(name, value)| (name, Some(value)));
        Condition {
            location: Location::Query,
            name: name.to_owned(),
            value: value.filter(|value| !value.starts_with('{')).map(str::to_owned),
        }
    };
    pairs.map(condition).collect()
}

fn required(source: &Source, operation: &Operation) -> Vec<Condition> {
    let is_seen = |parameter: &&Parameter| {
        matches!(parameter.location, Location::Query | Location::Header)
            && parameter.required
            && !parameter.is_ignored()
    };
    let condition = |parameter: &Parameter| Condition {
        location: parameter.location,
        name: parameter.name.clone(),
        value: constant(source, parameter),
    };
    operation
        .parameters
        .iter()
        .filter(is_seen)
        .map(condition)
        .collect()
}

/// The only value of a parameter, as text.
fn constant(source: &Source, parameter: &Parameter) -> Option<String> {
    let schema = source.schema(parameter.schema.as_deref()?)?.resolved();
    let only = schema.enumeration().and_then(|values| match values {
        [value] => Some(value),
        _ => None,
    });
    let value = schema.constant().or(only)?;
    match value {
        // A flag may be given without a value.
        _ if parameter.allow_empty_value => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}
