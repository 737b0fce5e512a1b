//! Which object of the model stands where: one that is referred to is the same object everywhere.

use std::collections::HashMap;

use crate::Source;

/// Places of the document, and which object of the model stands there.
#[derive(Debug, Default)]
pub(super) struct Places {
    known: HashMap<String, usize>,
}

impl Places {
    /// Notes that object number `index` stands at `resolved`, to which `pointer` leads. `false` where another one is known there; then
    /// `pointer` leads to that one.
    pub(super) fn insert(&mut self, pointer: &str, resolved: &str, index: usize) -> bool {
        let known = self.known.get(resolved).copied();
        let index = known.unwrap_or(index);
        self.known.insert(resolved.to_owned(), index);
        self.known.insert(pointer.to_owned(), index);
        known.is_none()
    }

    /// The object to which `pointer` leads.
    pub(super) fn find(&self, source: &Source, pointer: &str) -> Option<usize> {
        let (resolved, _) = source.resolve(pointer)?;
        self.known.get(resolved).copied()
    }
}
