//! A document of which some places say something else: what generation works out is written where it belongs, and whatever it says
//! of a value there still names the line that the value came from.

use std::sync::OnceLock;

use indexmap::IndexSet;
use serde_json::Value;

use super::node::Settled;
use super::{Source, child};
use crate::schema::KindsMemo;

impl Source {
    /// The same document with these values at these pointers. A value that is new has the position of what stood there, or around it.
    pub(crate) fn with(&self, changes: &[(String, Value)]) -> Self {
        let mut root = self.root.clone();
        for (pointer, value) in changes {
            let (parent, token) = pointer.rsplit_once('/').unwrap_or(("", pointer));
            let token = token.replace("~1", "/").replace("~0", "~");
            if let Some(Value::Object(members)) = root.pointer_mut(parent) {
                members.insert(token, value.clone());
            }
        }
        let mut places = Vec::with_capacity(self.places.len());
        let known = if changes.is_empty() {
            IndexSet::new()
        } else {
            super::all_pointers(&self.root)
        };
        if changes.is_empty() {
            places.clone_from(&self.places);
        } else {
            self.settle_again(&mut String::new(), &root, 0, &known, &mut places);
        }
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

    /// `around` is the number, in the old document, of the nearest value that it has.
    fn settle_again(
        &self,
        pointer: &mut String,
        value: &Value,
        around: usize,
        known: &IndexSet<String>,
        places: &mut Vec<Settled>,
    ) {
        let around = known.get_index_of(pointer.as_str()).unwrap_or(around);
        let number = places.len();
        let Some(old) = self.places.get(around) else {
            return;
        };
        places.push(Settled {
            place: old.place,
            count: 1,
        });
        let length = pointer.len();
        let mut below = |token: &str, value: &Value, places: &mut Vec<Settled>| {
            *pointer = child(pointer, token);
            self.settle_again(pointer, value, around, known, places);
            pointer.truncate(length);
        };
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    below(&index.to_string(), item, places);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    below(name, member, places);
                }
            }
            _ => {}
        }
        let count = u32::try_from(places.len() - number).unwrap_or(u32::MAX);
        if let Some(settled) = places.get_mut(number) {
            settled.count = count;
        }
    }
}
