//! The values of an enumeration.

use std::collections::HashSet;

use contract_scalars::Decimal;
use serde_json::{Number, Value};

use crate::{Kinds, SchemaAt};

/// A value that a schema lists, and what it says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed<'a> {
    pub(super) value: &'a Value,
    pub(super) name: Option<&'a str>,
    pub(super) doc: Option<&'a str>,
}

/// The values that are accepted, where one of the parts lists them; without `null`, and each once.
pub(super) fn of<'a>(parts: &[SchemaAt<'a>]) -> Option<Vec<Listed<'a>>> {
    let lists: Vec<Vec<Listed<'a>>> = parts.iter().filter_map(|part| listed(*part)).collect();
    let (first, others) = lists.split_first()?;
    let keys = |list: &Vec<Listed<'_>>| list.iter().map(|one| key(one.value)).collect::<HashSet<_>>();
    let others: Vec<HashSet<String>> = others.iter().map(keys).collect();
    let mut known = HashSet::new();
    let mut found: Vec<Listed<'a>> = Vec::new();
    for one in first.iter().filter(|one| !one.value.is_null()) {
        let key = key(one.value);
        if others.iter().all(|list| list.contains(&key)) && known.insert(key) {
            found.push(*one);
        }
    }
    Some(found)
}

/// A text that values have in common if they are the same.
fn key(value: &Value) -> String {
    match value {
        Value::Number(number) => number_key(number),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(key).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), key(value)))
                .collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// `1.0` is 1.
fn number_key(number: &Number) -> String {
    Decimal::of(number).map_or_else(|| number.to_string(), |decimal| decimal.to_string())
}

/// What one schema lists: by `const`, by `enum`, or by a union of schemas that each do.
fn listed(schema: SchemaAt<'_>) -> Option<Vec<Listed<'_>>> {
    let plain = |value| Listed {
        value,
        name: None,
        doc: None,
    };
    if let Some(value) = schema.constant() {
        return Some(vec![plain(value)]);
    }
    if let Some(values) = schema.enumeration() {
        return Some(values.iter().map(plain).collect());
    }
    for keyword in ["oneOf", "anyOf"] {
        let members = schema.list(keyword);
        let each = |member: &SchemaAt<'_>| member.constant().is_some() || member.enumeration().is_some();
        if !members.is_empty() && members.iter().all(each) {
            return Some(members.into_iter().flat_map(described).collect());
        }
    }
    None
}

/// The values of a member of a union; a single one has the member's title and description.
fn described(member: SchemaAt<'_>) -> Vec<Listed<'_>> {
    let mut values = listed(member).unwrap_or_default();
    if let [only] = values.as_mut_slice() {
        only.name = member.text("title");
        only.doc = member.text("description");
    }
    values
}

/// The words that an open enumeration knows: `x-extensible-enum`, or an `anyOf` of an enumeration and any text.
pub(super) fn known<'a>(parts: &[SchemaAt<'a>]) -> Option<Vec<Listed<'a>>> {
    parts.iter().find_map(|part| {
        let extensible = part.keyword("x-extensible-enum").and_then(Value::as_array);
        let plain = |value| Listed {
            value,
            name: None,
            doc: None,
        };
        extensible
            .map(|values| values.iter().map(plain).collect())
            .or_else(|| with_any_text(*part))
            .filter(|values: &Vec<Listed<'a>>| {
                !values.is_empty() && values.iter().all(|one| one.value.is_string())
            })
    })
}

fn with_any_text(schema: SchemaAt<'_>) -> Option<Vec<Listed<'_>>> {
    let members = schema.any_of();
    let (listing, open): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| listed(*member).is_some());
    let is_text = |member: &SchemaAt<'_>| {
        member.kinds().are(Kinds::one(crate::JsonKind::String)) && member.reference().is_none()
    };
    (!open.is_empty() && open.iter().all(is_text)).then(|| listing.into_iter().flat_map(described).collect())
}

/// Equal as JSON: numbers by value.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    one == other || key(one) == key(other)
}
