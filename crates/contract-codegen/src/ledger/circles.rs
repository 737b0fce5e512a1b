//! Schemas that lead to themselves without going into the value.
//!
//! JSON Schema leaves open what such a circle means (core §9.4.1), so whoever wrote one is told how it is read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::walk::{Reference, Walk};

const CLOSES: &str = "closes a circle of schemas that all look at the same value; where one of them is met again, it adds nothing";

impl Walk<'_> {
    /// Warns of each reference that closes a circle.
    pub(super) fn tell_circles(&mut self) {
        if self.is_service() {
            return;
        }
        let closing = Graph::of(self).closing();
        let here = std::mem::take(&mut self.pointer);
        for (number, pointer) in closing {
            self.pointer = pointer;
            self.warn(number, CLOSES);
        }
        self.pointer = here;
    }
}

/// The schemas to which references lead, and the references in each of them that look at the same value as it does.
struct Graph<'a> {
    within: HashMap<usize, Vec<&'a Reference>>,
    /// In the order of the document, which decides where a circle closes.
    targets: BTreeSet<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    Done,
}

impl<'a> Graph<'a> {
    fn of(walk: &'a Walk<'_>) -> Self {
        let references = || {
            walk.references
                .iter()
                .filter(|reference| reference.shape.is_schema())
        };
        let targets: BTreeSet<usize> = references().map(|reference| reference.target).collect();
        let pointers = targets
            .iter()
            .filter_map(|target| Some((walk.source.pointer_of(*target)?, *target)));
        let numbers: HashMap<&str, usize> = pointers.collect();
        let mut within: HashMap<usize, Vec<&Reference>> = HashMap::new();
        for reference in references() {
            let around = std::iter::successors(parent(&reference.pointer), |pointer| in_place(pointer));
            for number in around.filter_map(|pointer| numbers.get(pointer)) {
                within.entry(*number).or_default().push(reference);
            }
        }
        Self { within, targets }
    }

    /// The references that lead to a schema from which they were come to, by their numbers.
    fn closing(&self) -> BTreeMap<usize, String> {
        let mut closing = BTreeMap::new();
        let mut states: HashMap<usize, State> = HashMap::new();
        for first in &self.targets {
            let mut open = Vec::new();
            if !states.contains_key(first) {
                states.insert(*first, State::Open);
                open.push((*first, self.references(*first)));
            }
            while let Some((target, rest)) = open.last_mut() {
                let Some(reference) = rest.next() else {
                    states.insert(*target, State::Done);
                    open.pop();
                    continue;
                };
                match states.get(&reference.target) {
                    Some(State::Open) => {
                        closing.insert(reference.number, reference.pointer.clone());
                    }
                    Some(State::Done) => {}
                    None => {
                        states.insert(reference.target, State::Open);
                        open.push((reference.target, self.references(reference.target)));
                    }
                }
            }
        }
        closing
    }

    fn references(&self, target: usize) -> impl Iterator<Item = &'a Reference> + use<'a, '_> {
        self.within.get(&target).into_iter().flatten().copied()
    }
}

fn parent(pointer: &str) -> Option<&str> {
    pointer.rsplit_once('/').map(|(parent, _)| parent)
}

/// The schema of which the one at `pointer` is a part that looks at the same value.
fn in_place(pointer: &str) -> Option<&str> {
    let (around, token) = pointer.rsplit_once('/')?;
    if matches!(token, "not" | "if" | "then" | "else") {
        return Some(around);
    }
    let (around, keyword) = around.rsplit_once('/')?;
    matches!(
        keyword,
        "allOf" | "anyOf" | "oneOf" | "dependentSchemas" | "dependencies"
    )
    .then_some(around)
}
