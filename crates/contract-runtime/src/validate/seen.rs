//! Which parts of a value some keyword has looked at: what `unevaluatedProperties` and `unevaluatedItems` leave alone
//! (JSON Schema core §11).

use std::collections::HashSet;

use crate::{Keyword, Schema};

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
}
