//! Checks a JSON value against a schema and names everything that is wrong with it, not only the first thing.
//!
//! A value is looked at in one of three ways. *Telling*, each violation is written down. *Trying*, the first one ends the look: so
//! are the members of `anyOf`, `oneOf`, `not`, `if` and `contains` looked at, and what a reference led to is remembered for each
//! value. *Counting* finds the member of a union that was most likely meant, of which alone is told. So the work grows with
//! the value times the schema, and not exponentially with the depth of a recursive union.

mod array;
mod equality;
mod members;
mod nearest;
mod number;
mod object;
mod reference;
mod seen;
mod text;

use std::collections::HashSet;

use serde_json::Value;

use crate::{Direction, Keyword, Kind, Schema};
pub(crate) use number::is_whole;
use reference::References;
use seen::Seen;

/// The most violations that one answer lists.
const VIOLATION_COUNT_MAX: usize = 50;

/// The longest pointer that is told, in bytes. A client chooses the names of its members; the answer must stay small.
const POINTER_LENGTH_MAX: usize = 512;

/// How deep schemas may be looked at inside of each other, for the sake of the stack. JSON is read to a depth of 128.
const DEPTH_MAX: usize = 1024;

/// One way in which a value breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// Where, as a JSON pointer (RFC 6901) into the value.
    pub pointer: String,
    /// The keyword that is broken.
    pub keyword: &'static str,
    /// What would be right, for a person.
    pub message: String,
}

impl Schema {
    /// All violations of `value`, at most fifty; an empty list means that it is valid.
    ///
    /// Numbers that are whole but written with a fraction (`1.0`) are rewritten to integers where the schema asks for one, so
    /// that what was accepted can be decoded.
    pub fn check(self, value: &mut Value) -> Vec<Violation> {
        self.check_towards(None, value)
    }

    /// Like [`Schema::check`], for a value that goes in `direction`.
    pub fn check_in(self, direction: Direction, value: &mut Value) -> Vec<Violation> {
        self.check_towards(Some(direction), value)
    }

    fn check_towards(self, direction: Option<Direction>, value: &mut Value) -> Vec<Violation> {
        let mut checker = Checker::new(direction, Mode::Telling);
        checker.referenced(self, value, None);
        checker.make_whole(value);
        checker.told()
    }

    /// Whether `value` is valid.
    #[must_use]
    pub fn accepts(self, value: &Value) -> bool {
        self.accepts_towards(None, value)
    }

    /// Like [`Schema::accepts`], for a value that goes in `direction`.
    #[must_use]
    pub fn accepts_in(self, direction: Direction, value: &Value) -> bool {
        self.accepts_towards(Some(direction), value)
    }

    fn accepts_towards(self, direction: Option<Direction>, value: &Value) -> bool {
        let mut checker = Checker::new(direction, Mode::Trying);
        checker.referenced(self, value, None);
        checker.count == 0 && checker.undecided.is_none()
    }
}

/// How a value is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Each violation is written down.
    Telling,
    /// Violations are counted; each part of the value counts as one.
    Counting,
    /// The first violation ends the look.
    Trying,
}

struct Checker {
    violations: Vec<Violation>,
    /// How many violations there are, told or not.
    count: usize,
    pointer: String,
    /// The numbers that are whole although they are not written so, by their addresses: a client chooses how long their pointers are.
    whole: HashSet<usize>,
    /// Why nobody can say whether the value is valid, once that is so.
    undecided: Option<Violation>,
    direction: Option<Direction>,
    mode: Mode,
    depth: usize,
    references: References,
}

impl Checker {
    fn new(direction: Option<Direction>, mode: Mode) -> Self {
        Self {
            violations: Vec::new(),
            count: 0,
            pointer: String::new(),
            whole: HashSet::new(),
            undecided: None,
            direction,
            mode,
            depth: 0,
            references: References::default(),
        }
    }

    /// Writes a violation down; its message is not made where nobody would read it.
    fn report(&mut self, keyword: &'static str, message: impl FnOnce() -> String) {
        self.count += 1;
        if self.mode != Mode::Telling || self.is_decided() {
            return;
        }
        let violation = self.violation(keyword, message());
        self.violations.push(violation);
    }

    /// Gives up: the value is refused, whatever the keywords around make of it. Under `not` it would be admitted otherwise.
    fn leave_undecided(&mut self, keyword: &'static str, message: impl FnOnce() -> String) {
        self.count += 1;
        if self.undecided.is_none() {
            self.undecided = Some(self.violation(keyword, message()));
        }
    }

    fn violation(&self, keyword: &'static str, mut message: String) -> Violation {
        let mut pointer = self.pointer.as_str();
        if pointer.len() > POINTER_LENGTH_MAX {
            while pointer.len() > POINTER_LENGTH_MAX {
                pointer = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            }
            message = format!("has a member whose name is too long to be told, which {message}");
        }
        Violation {
            pointer: pointer.to_owned(),
            keyword,
            message,
        }
    }

    fn told(self) -> Vec<Violation> {
        let mut violations = self.violations;
        violations.truncate(VIOLATION_COUNT_MAX - usize::from(self.undecided.is_some()));
        violations.extend(self.undecided);
        violations
    }

    /// Rewrites the numbers that are whole. They stand where they stood: the value was only looked at.
    fn make_whole(&self, value: &mut Value) {
        if self.whole.is_empty() {
            return;
        }
        match value {
            Value::Number(_) if self.whole.contains(&std::ptr::from_ref(value).addr()) => {
                number::make_whole(value);
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.make_whole(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.make_whole(member)),
            _ => {}
        }
    }

    fn below(&mut self, token: &str, check: impl FnOnce(&mut Self)) {
        // Nobody reads the pointer otherwise, and names are as long as a client likes.
        if self.mode != Mode::Telling {
            return check(self);
        }
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer
            .push_str(&token.replace('~', "~0").replace('/', "~1"));
        check(self);
        self.pointer.truncate(length);
    }

    /// Whether nothing that is still to be looked at can change the outcome.
    fn is_decided(&self) -> bool {
        let is_enough = match self.mode {
            Mode::Telling => self.violations.len() >= VIOLATION_COUNT_MAX,
            Mode::Counting => false,
            Mode::Trying => self.count > 0,
        };
        is_enough || self.undecided.is_some()
    }

    fn schema(&mut self, schema: Schema, value: &Value, seen: Option<&mut Seen>) {
        if self.depth >= DEPTH_MAX {
            return self.leave_undecided("$ref", || "is nested too deeply to be checked".to_owned());
        }
        self.depth += 1;
        let scope = self.references.scope();
        self.keywords(schema, value, seen);
        self.references.leave_to(scope);
        self.depth -= 1;
    }

    /// Looks at a part of the value.
    fn part(&mut self, schema: Schema, value: &Value) {
        if self.mode != Mode::Counting {
            return self.schema(schema, value, None);
        }
        if !self.tries(schema, value, None) {
            self.count += nearest::weight(schema);
        }
    }

    fn keywords(&mut self, schema: Schema, value: &Value, seen: Option<&mut Seen>) {
        if !self.is_of_type(schema, value) {
            // Nothing else can be said of a value of the wrong kind that would help.
            return;
        }
        let mut own = Seen::wanted(schema, seen.is_some());
        for keyword in schema.0 {
            if self.is_decided() {
                return;
            }
            self.keyword(*keyword, schema, value, own.as_mut());
            match value {
                Value::String(text) => self.text(*keyword, schema, text),
                Value::Number(number) => self.number(*keyword, schema, number),
                Value::Array(items) => self.array(*keyword, schema, items, own.as_mut()),
                Value::Object(members) => self.object(*keyword, schema, members, own.as_mut()),
                Value::Null | Value::Bool(_) => {}
            }
        }
        if let Some(mut own) = own {
            self.unevaluated(schema, value, &mut own);
            if let Some(seen) = seen {
                seen.add(own);
            }
        }
    }

    fn is_of_type(&mut self, schema: Schema, value: &Value) -> bool {
        let kinds = schema.find(|keyword| match keyword {
            Keyword::Type(kinds) => Some(kinds),
            _ => None,
        });
        let Some(kinds) = kinds else { return true };
        if let Value::Number(number) = value
            && kinds.contains(&Kind::Integer)
            && number.is_f64()
        {
            self.whole.insert(std::ptr::from_ref(value).addr());
        }
        let is_nullable = || {
            schema
                .0
                .iter()
                .any(|keyword| matches!(keyword, Keyword::Nullable))
        };
        if kinds.iter().any(|kind| is_of_kind(*kind, value)) || (value.is_null() && is_nullable()) {
            return true;
        }
        self.report("type", || {
            let mut names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            if is_nullable() {
                names.push("null");
            }
            format!("must be of type {}", names.join(" or "))
        });
        false
    }
}

fn is_of_kind(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Null => value.is_null(),
        Kind::Boolean => value.is_boolean(),
        Kind::Integer => value.as_number().is_some_and(number::is_whole),
        Kind::Number => value.is_number(),
        Kind::String => value.is_string(),
        Kind::Array => value.is_array(),
        Kind::Object => value.is_object(),
    }
}

/// A number with its noun.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A count as the keywords have it.
fn as_count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_that_is_too_long_gives_way_to_the_one_above() {
        let report = |pointer: &str| {
            let mut checker = Checker::new(None, Mode::Telling);
            pointer.clone_into(&mut checker.pointer);
            checker.report("type", || "must be of type string".to_owned());
            checker.violations.remove(0)
        };
        let short = format!("/a/{}", "b".repeat(POINTER_LENGTH_MAX - 3));
        assert_eq!(report(&short).pointer, short);
        let long = report(&format!("/a/{}/c", "b".repeat(POINTER_LENGTH_MAX)));
        assert_eq!(long.pointer, "/a");
        assert_eq!(
            long.message,
            "has a member whose name is too long to be told, which must be of type string"
        );
    }
}
