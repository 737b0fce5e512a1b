//! A document without some of its values.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::Source;
use super::node::Settled;
use crate::schema::KindsMemo;

impl Source {
    /// The document without the values of these numbers, which stay where they are in the files.
    pub(crate) fn without(&self, numbers: &BTreeSet<usize>) -> Self {
        let mut copy = Copy {
            source: self,
            numbers,
            next: 0,
            places: Vec::with_capacity(self.places.len()),
        };
        let root = copy.value(&self.root);
        let places = copy.places;
        Self {
            files: self.files.clone(),
            origin: self.origin.clone(),
            root,
            places,
            version_was_number: self.version_was_number,
            pointers: OnceLock::new(),
            kinds: KindsMemo::default(),
            formats: OnceLock::new(),
        }
    }
}

struct Copy<'a> {
    source: &'a Source,
    numbers: &'a BTreeSet<usize>,
    /// The number, in the source, of the value that is looked at next.
    next: usize,
    places: Vec<Settled>,
}

impl Copy<'_> {
    fn value(&mut self, value: &Value) -> Value {
        let own = self.places.len();
        self.places.extend(self.source.places.get(self.next).copied());
        self.next += 1;
        let copy = match value {
            Value::Array(items) => items.iter().filter_map(|item| self.kept(item)).collect(),
            Value::Object(members) => {
                let kept = members
                    .iter()
                    .filter_map(|(name, member)| Some((name.clone(), self.kept(member)?)));
                Value::Object(kept.collect::<Map<_, _>>())
            }
            scalar => scalar.clone(),
        };
        let count = self.places.len() - own;
        if let Some(settled) = self.places.get_mut(own) {
            settled.count = u32::try_from(count).unwrap_or(u32::MAX);
        }
        copy
    }

    fn kept(&mut self, value: &Value) -> Option<Value> {
        if self.numbers.contains(&self.next) {
            self.next += self.source.count(self.next);
            return None;
        }
        Some(self.value(value))
    }
}
