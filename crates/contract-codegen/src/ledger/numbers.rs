//! The numbers of values, found as fast in a wide object as in a narrow one: each object and list on the way is counted through
//! once, however many references lead through it.

use std::collections::HashMap;

use serde_json::Value;

use crate::Source;
use crate::source::{index, tokens};

/// Finds the values to which references lead.
pub(super) struct Numbers<'a> {
    source: &'a Source,
    /// What the text of each reference leads to.
    by_text: HashMap<&'a str, Option<(usize, &'a Value)>>,
    /// The numbers of the children of objects and lists, by the number of their parent.
    children: HashMap<usize, Vec<usize>>,
    /// At which place among its siblings a member stands, by the number of the object.
    places: HashMap<usize, HashMap<&'a str, usize>>,
    /// How many references, beginning with that of a value, lead to something that is none; `None` if they never do.
    chains: HashMap<usize, Option<usize>>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self {
            source,
            by_text: HashMap::new(),
            children: HashMap::new(),
            places: HashMap::new(),
            chains: HashMap::new(),
        }
    }

    /// What a reference leads to.
    pub(super) fn follow(&mut self, reference: &'a str) -> Option<(usize, &'a Value)> {
        if let Some(known) = self.by_text.get(reference) {
            return *known;
        }
        let found = reference.strip_prefix('#').and_then(|pointer| self.at(pointer));
        self.by_text.insert(reference, found);
        found
    }

    fn at(&mut self, pointer: &str) -> Option<(usize, &'a Value)> {
        let (mut number, mut value) = (0, self.source.root());
        for token in tokens(pointer)? {
            let place = match value {
                Value::Object(members) => {
                    let places = self.places.entry(number).or_insert_with(|| {
                        let names = members.keys().map(String::as_str);
                        names.enumerate().map(|(place, name)| (name, place)).collect()
                    });
                    let place = *places.get(token.as_str())?;
                    value = members.get(&token)?;
                    place
                }
                Value::Array(items) => {
                    let place = index(&token)?;
                    value = items.get(place)?;
                    place
                }
                _ => return None,
            };
            number = self.child(number, place)?;
        }
        Some((number, value))
    }

    /// The number of a child by its place among its siblings.
    fn child(&mut self, parent: usize, place: usize) -> Option<usize> {
        let source = self.source;
        let children = self.children.entry(parent).or_insert_with(|| {
            let end = parent + source.count(parent);
            let mut numbers = Vec::new();
            let mut number = parent + 1;
            while number < end {
                numbers.push(number);
                number += source.count(number);
            }
            numbers
        });
        children.get(place).copied()
    }

    /// How many references lie between this one and something that is none; `None` if it leads nowhere or in a circle.
    pub(super) fn chain(&mut self, reference: &'a str) -> Option<usize> {
        let mut passed = Vec::new();
        let mut next = self.follow(reference);
        let mut chain = loop {
            let Some((number, value)) = next else { break None };
            if let Some(known) = self.chains.get(&number) {
                break *known;
            }
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                break Some(0);
            };
            // Until it is known better, whoever comes here again goes in a circle.
            self.chains.insert(number, None);
            passed.push(number);
            next = self.follow(reference);
        };
        for number in passed.into_iter().rev() {
            chain = chain.map(|chain| chain + 1);
            self.chains.insert(number, chain);
        }
        chain
    }
}
