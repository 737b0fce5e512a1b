//! Where references lead.
//!
//! A contract may lead from a schema back to itself without going into the value: `Pet` is one of `Cat` and `Dog`, and both are all of
//! `Pet` and more. JSON Schema leaves open what that means, but not that a look ends (core §9.4.1). Here a schema that is already
//! being looked at for the same value adds nothing when it is met again: it is held to accept. So `Cat` asks for what `Pet` asks for,
//! and `Pet` for exactly one of what `Cat` and `Dog` add.
//!
//! What a reference led to is remembered while trying: a recursive union would be looked at again and again otherwise. What was found
//! on the assumption that a schema further out accepts is not: it holds as long as that one is being looked at.

use std::collections::HashMap;

use serde_json::Value;

use super::seen::Seen;
use super::{Checker, Mode};
use crate::Schema;

/// How many outcomes may rest on assumptions for one value. A hundred schemas that all lead to each other have more ways through them
/// than anybody can go.
const ASSUMING_COUNT_MAX: usize = 10_000;

/// The dynamic anchors of a schema resource.
type Anchors = &'static [(&'static str, &'static Schema)];

/// A schema and a value, by their addresses, and the dynamic scope, which decides where `$dynamicRef` leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Visit {
    schema: (usize, usize),
    value: usize,
    scope: usize,
}

/// What is known of references.
#[derive(Debug, Default)]
pub(super) struct References {
    /// Whether a schema accepts a value.
    known: HashMap<Visit, bool>,
    /// What is being looked at, outermost first.
    open: Vec<Visit>,
    /// The outermost of `open` that was met again since the look at the innermost began.
    assumed: Option<usize>,
    /// How many outcomes rested on assumptions, for the innermost value.
    assuming_count: usize,
    /// The dynamic anchors of the schema resources that were entered, outermost first (JSON Schema core §8.2.3.2).
    anchors: Vec<Anchors>,
    /// The number of the dynamic scope: what `$dynamicRef` leads to is the same in scopes of the same number.
    scope: usize,
    /// The scope that a resource makes of the one around it.
    scopes: HashMap<(usize, usize), usize>,
}

impl References {
    /// Enters a schema resource. One that gives no anchor another meaning leaves the scope as it is: a schema that leads to itself
    /// would never be met again otherwise.
    pub(super) fn enter(&mut self, anchors: Anchors) {
        if anchors.iter().all(|(name, _)| self.outermost(name).is_some()) {
            return;
        }
        self.anchors.push(anchors);
        let next = self.scopes.len() + 1;
        let inner = (self.scope, anchors.as_ptr().addr());
        self.scope = *self.scopes.entry(inner).or_insert(next);
    }

    /// The scope that holds now, for [`References::leave_to`].
    pub(super) fn scope(&self) -> (usize, usize) {
        (self.anchors.len(), self.scope)
    }

    /// Leaves the resources that were entered since.
    pub(super) fn leave_to(&mut self, (length, scope): (usize, usize)) {
        self.anchors.truncate(length);
        self.scope = scope;
    }

    /// Where a dynamic anchor leads, if a resource that was entered has one of this name.
    pub(super) fn outermost(&self, name: &str) -> Option<Schema> {
        let mut anchors = self.anchors.iter().flat_map(|anchors| anchors.iter());
        anchors
            .find(|(known, _)| *known == name)
            .map(|(_, schema)| **schema)
    }

    fn visit(&self, schema: Schema, value: &Value) -> Visit {
        Visit {
            schema: (schema.0.as_ptr().addr(), schema.0.len()),
            value: std::ptr::from_ref(value).addr(),
            scope: self.scope,
        }
    }

    /// Where among those that are open. A value is not met again below itself, so only the innermost are looked through.
    fn position(&self, visit: Visit) -> Option<usize> {
        let of_value = self.open.iter().enumerate().rev();
        let mut of_value = of_value.take_while(|(_, open)| open.value == visit.value);
        of_value.find(|(_, open)| **open == visit).map(|(index, _)| index)
    }

    fn assume(&mut self, index: usize) {
        self.assumed = Some(self.assumed.map_or(index, |assumed| assumed.min(index)));
    }
}

impl Checker {
    /// Looks at `value` as a reference says.
    pub(super) fn referenced(&mut self, schema: Schema, value: &Value, seen: Option<&mut Seen>) {
        let visit = self.references.visit(schema, value);
        if let Some(index) = self.references.position(visit) {
            if let Some(seen) = seen {
                seen.mark(schema, value);
            }
            return self.references.assume(index);
        }
        let is_inner = self
            .references
            .open
            .last()
            .is_some_and(|open| open.value == visit.value);
        // Most of what a document holds are texts and numbers, each of which is looked at once.
        let is_worth_knowing = is_inner || value.is_object() || value.is_array();
        let is_remembered = self.mode == Mode::Trying && seen.is_none() && is_worth_knowing;
        if is_remembered && let Some(is_accepted) = self.references.known.get(&visit).copied() {
            return self.refer(is_accepted);
        }
        let around = self.references.assumed.take();
        let count = (!is_inner).then(|| std::mem::take(&mut self.references.assuming_count));
        let index = self.references.open.len();
        self.references.open.push(visit);
        let is_accepted = self.opened(schema, value, seen, is_remembered);
        self.references.open.truncate(index);
        self.references.assumed = self.references.assumed.filter(|assumed| *assumed < index);
        if self.references.assumed.is_some() {
            self.references.assuming_count += 1;
        } else if is_remembered && self.undecided.is_none() {
            self.references.known.insert(visit, is_accepted);
        }
        if let Some(around) = around {
            self.references.assume(around);
        }
        if let Some(count) = count {
            self.references.assuming_count = count;
        }
    }

    /// Like `tries`, for a value that is made for this look only: what is known of it would be held against the next one at its address.
    pub(super) fn tries_passing(&mut self, schema: Schema, value: &Value) -> bool {
        let known = std::mem::take(&mut self.references.known);
        let is_accepted = self.tries(schema, value, None);
        self.references.known = known;
        is_accepted
    }

    fn opened(&mut self, schema: Schema, value: &Value, seen: Option<&mut Seen>, is_tried: bool) -> bool {
        if self.references.assuming_count > ASSUMING_COUNT_MAX {
            self.leave_undecided("$ref", || "leads in too many circles to be checked".to_owned());
            return false;
        }
        if !is_tried {
            self.schema(schema, value, seen);
            return false;
        }
        let is_accepted = self.tries(schema, value, None);
        self.refer(is_accepted);
        is_accepted
    }

    fn refer(&mut self, is_accepted: bool) {
        if !is_accepted {
            self.report("$ref", String::new);
        }
    }
}
