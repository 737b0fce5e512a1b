//! Mutants of a contract: each changes one thing in one place. A closed loop that means something notices every one of them; a
//! normal form that hides a difference, or generated code that forgets a keyword, lets one survive.
//!
//! Two questions are asked of a mutant. Does the derived document differ from it ([`survivors`])? And does the generator refuse it or
//! write other code for it, without which the derived document could not follow the contract? The second is for the caller, who has
//! the generator: [`Mutant::apply`] makes the changed contract.

mod additions;
mod equivalent;
mod events;
mod idle;
mod object;
mod values;

pub use events::{event_survivors, reached};

use std::fmt;

use serde_json::{Map, Value};

use crate::Rooted;
use crate::grammar::{Content, Grammar, Shape};
use crate::normal::{Below, below, normal, numbers_by_value};

/// What a mutant does.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The value is taken out.
    Drop,
    /// The member gets another name.
    Rename(String),
    /// The value is another.
    Replace(Value),
    /// A member comes in, or an item at the end.
    Add(String, Value),
    /// The item changes places with the next.
    Swap,
}

/// A contract with a change in one place.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// The place: of what is changed, or of the object or list to which something is added.
    pub pointer: String,
    /// What the change does to those who keep to the contract, in a word.
    pub effect: &'static str,
    /// The change itself.
    pub change: Change,
    /// Why the contract says the same as before, where it does.
    pub says_the_same: Option<&'static str>,
    /// The object around the place, and its shape; none for one that the grammar does not look into.
    object: String,
    shape: Option<Shape>,
    grammar: Grammar,
}

impl fmt::Display for Mutant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.pointer, self.effect)?;
        match &self.change {
            Change::Drop => Ok(()),
            Change::Rename(name) => write!(formatter, " to {name}"),
            Change::Replace(value) => write!(formatter, " to {value}"),
            Change::Add(name, value) => write!(formatter, ", {name}: {value}"),
            Change::Swap => write!(formatter, " with the next"),
        }
    }
}

/// Every mutant of a contract, in the order of the document.
#[must_use]
pub fn mutants(document: &Value, grammar: Grammar) -> Vec<Mutant> {
    let mut walk = object::Walk {
        document,
        grammar,
        found: Vec::new(),
    };
    walk.object("", document, Shape::of_root(grammar.dialect));
    walk.found
}

impl Mutant {
    /// The document with the change.
    #[must_use]
    pub fn apply(&self, document: &Value) -> Value {
        let mut changed = document.clone();
        self.change(&mut changed, &self.pointer);
        changed
    }

    /// Makes the change at `pointer` of `value`.
    fn change(&self, value: &mut Value, pointer: &str) -> Option<()> {
        match &self.change {
            Change::Replace(new) => *value.pointer_mut(pointer)? = new.clone(),
            Change::Add(name, new) => match value.pointer_mut(pointer)? {
                Value::Object(members) => {
                    members.insert(name.clone(), new.clone());
                }
                Value::Array(items) => items.push(new.clone()),
                _ => return None,
            },
            Change::Drop | Change::Rename(_) | Change::Swap => {
                let (parent, token) = pointer.rsplit_once('/')?;
                match value.pointer_mut(parent)? {
                    Value::Object(members) => self.change_member(members, &unescape(token)),
                    Value::Array(items) => self.change_item(items, token.parse().ok()?),
                    _ => return None,
                }
            }
        }
        Some(())
    }

    fn change_member(&self, members: &mut Map<String, Value>, name: &str) {
        let Change::Rename(new) = &self.change else {
            members.shift_remove(name);
            return;
        };
        let renamed = std::mem::take(members)
            .into_iter()
            .map(|(key, value)| (if key == name { new.clone() } else { key }, value));
        *members = renamed.collect();
    }

    fn change_item(&self, items: &mut Vec<Value>, index: usize) {
        match self.change {
            Change::Swap if index + 1 < items.len() => items.swap(index, index + 1),
            Change::Drop if index < items.len() => {
                items.remove(index);
            }
            _ => {}
        }
    }

    /// Whether the normal form of the changed contract is that of the derived document, of which `derived` is the normal form.
    ///
    /// The normal form looks at one object at a time. So the object around the change is enough, with the objects below it left out,
    /// as long as the document without the change equals the derived one.
    fn survives(&self, contract: &Value, derived: &Value) -> bool {
        let Some(object) = contract.pointer(&self.object) else {
            return false;
        };
        let place = self.pointer.strip_prefix(&self.object).unwrap_or_default();
        let mut changed = self.outline(object, place);
        if self.change(&mut changed, place).is_none() {
            return false;
        }
        let expected = match self.shape {
            Some(shape) => normal(&changed, self.grammar, shape),
            None => numbers_by_value(&changed),
        };
        let derived = derived.pointer(&self.object);
        derived.is_some_and(|derived| crate::differences(&expected, &self.outline(derived, place)).is_empty())
    }

    /// An object without what is in the objects below it: something stands for what the place does not lead through.
    fn outline(&self, object: &Value, place: &str) -> Value {
        let first = place.split('/').nth(1).map(unescape);
        match (object, self.shape) {
            (Value::Object(members), Some(shape)) => {
                let outlined = members.iter().map(|(name, member)| {
                    let field = self.grammar.field(shape, name);
                    let content = field.map_or(Content::Free, |field| field.content);
                    let is_changed = first.as_deref() == Some(name);
                    (name.clone(), outline_content(member, content, is_changed))
                });
                Value::Object(outlined.collect())
            }
            (Value::Object(members), None) => {
                let outlined = members
                    .iter()
                    .map(|(name, member)| (name.clone(), stand_in(member, 0)));
                Value::Object(outlined.collect())
            }
            (Value::Array(items), None) => outline_items(items),
            _ => object.clone(),
        }
    }
}

/// The mutants that the comparison with the derived document does not notice, though they say something else than the contract. The
/// contract itself equals the derived document, of which `derived` is the normal form.
#[must_use]
pub fn survivors<'a>(mutants: &'a [Mutant], contract: &Value, derived: &Value) -> Vec<&'a Mutant> {
    let mutants = mutants.iter().filter(|mutant| mutant.says_the_same.is_none());
    mutants
        .filter(|mutant| mutant.survives(contract, derived))
        .collect()
}

/// Whether a changed event contract is told from derived schemas, each with the pointer of the contract's schema that it is derived from.
#[must_use]
pub fn is_seen_in_schemas(changed: &Value, derived: &[(String, Value)]) -> bool {
    derived.iter().any(|(pointer, derived)| {
        let Some(schema) = changed.pointer(pointer) else {
            return true;
        };
        let contract = Rooted {
            root: changed,
            schema,
        };
        !crate::schema_differences(contract, Rooted::alone(derived)).is_empty()
    })
}

fn outline_content(value: &Value, content: Content, is_changed: bool) -> Value {
    match (below(content, value), value) {
        (Some(Below::Many(_)), Value::Array(items)) if is_changed => outline_items(items),
        (Some(Below::Many(_)), Value::Object(members)) if is_changed => {
            let members = members
                .iter()
                .map(|(name, member)| (name.clone(), stand_in(member, 0)));
            Value::Object(members.collect())
        }
        (None, _) if content != Content::Free => value.clone(),
        _ => stand_in(value, 0),
    }
}

/// Items that change places must be told apart.
fn outline_items(items: &[Value]) -> Value {
    let items = items.iter().enumerate();
    items.map(|(index, item)| stand_in(item, index)).collect()
}

/// A single value or an empty one itself, something of its own for every other.
fn stand_in(value: &Value, number: usize) -> Value {
    match value {
        Value::Object(members) if members.is_empty() => value.clone(),
        Value::Array(items) if items.is_empty() => value.clone(),
        Value::Object(_) | Value::Array(_) => Value::from(format!("\0{number}")),
        single => single.clone(),
    }
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests;
