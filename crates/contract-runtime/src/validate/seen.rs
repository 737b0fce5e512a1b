//! Which parts of a value some keyword has looked at: what `unevaluatedProperties` and `unevaluatedItems` leave alone
//! (JSON Schema core §11).

use std::collections::HashSet;

use serde_json::Value;

use crate::{Keyword, Schema};

/// How many schemas are asked what they look at, where one is met again.
const MARKING_COUNT_MAX: usize = 200;

/// The members and items that were looked at.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) names: HashSet<String>,
    /// The items before this one.
    pub(super) items_before: usize,
    pub(super) items: HashSet<usize>,
}

impl Seen {
    /// Something to write into, where `schema` or one around it asks.
    pub(super) fn wanted(schema: Schema, is_wanted_around: bool) -> Option<Self> {
        let asks = |keyword: &Keyword| {
            matches!(
                keyword,
                Keyword::UnevaluatedItems(_) | Keyword::UnevaluatedProperties(_)
            )
        };
        (is_wanted_around || schema.0.iter().any(asks)).then(Self::default)
    }

    pub(super) fn add(&mut self, other: Self) {
        self.names.extend(other.names);
        self.items.extend(other.items);
        self.items_before = self.items_before.max(other.items_before);
    }

    pub(super) fn has_item(&self, index: usize) -> bool {
        index < self.items_before || self.items.contains(&index)
    }

    /// Adds what `schema` looks at whatever the value is. One that is met again within itself is not looked at again, but what it allows
    /// is not left alone either.
    pub(super) fn mark(&mut self, schema: Schema, value: &Value) {
        let mut asked = vec![schema];
        let mut next = 0;
        while let Some(schema) = asked.get(next).copied()
            && next < MARKING_COUNT_MAX
        {
            next += 1;
            for keyword in schema.0 {
                self.mark_keyword(*keyword, value);
                let parts = match keyword {
                    Keyword::AllOf(parts) => *parts,
                    _ => &[],
                };
                let target = keyword.reference().map(|(_, schema)| schema);
                for part in parts.iter().copied().chain(target) {
                    if !asked.iter().any(|known| std::ptr::eq(known.0, part.0)) {
                        asked.push(part);
                    }
                }
            }
        }
    }

    fn mark_keyword(&mut self, keyword: Keyword, value: &Value) {
        match (keyword, value) {
            (Keyword::Properties(properties), Value::Object(members)) => {
                let present = properties.iter().filter(|one| members.contains_key(one.name));
                self.names.extend(present.map(|one| one.name.to_owned()));
            }
            (Keyword::PatternProperties(patterns), Value::Object(members)) => {
                let is_named = |name: &&String| patterns.iter().any(|(pattern, _)| pattern.matches(name));
                self.names.extend(members.keys().filter(is_named).cloned());
            }
            (Keyword::AdditionalProperties(_), Value::Object(members)) => {
                self.names.extend(members.keys().cloned());
            }
            (Keyword::PrefixItems(schemas), Value::Array(_)) => {
                self.items_before = self.items_before.max(schemas.len());
            }
            (Keyword::Items(_) | Keyword::AdditionalItems(_), Value::Array(items)) => {
                self.items_before = items.len();
            }
            _ => {}
        }
    }
}
