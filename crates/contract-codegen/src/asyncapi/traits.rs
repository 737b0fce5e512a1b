//! Traits: what messages and operations share.
//!
//! They are merged with the object that names them by JSON Merge Patch (RFC 7386), in their order, and the object itself comes last:
//! what it says, no trait overrides (AsyncAPI 3.0.0, Traits Merge Mechanism). References are followed where both sides have
//! something to say, as if they had been resolved before.
//!
//! `null` takes away what was said before; where nothing was, it is the value `null`, so that `const: null` in a schema means what it
//! says.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::source::child;
use crate::{Refusal, Source};

/// A field of an object whose traits are applied.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Where it stands: in the object, or in the trait that alone has it.
    pub(super) pointer: String,
    /// What is in it.
    pub(super) value: Value,
    /// Whether no single place of the contract holds it, since several have a part of it.
    pub(super) is_merged: bool,
}

/// The fields of an object.
#[derive(Debug)]
pub(super) struct Fields {
    /// Where the object stands.
    pub(super) pointer: String,
    members: IndexMap<String, Field>,
}

impl Fields {
    /// Those of the object at `pointer`, with its traits. `None` where nothing stands there.
    pub(super) fn read(source: &Source, pointer: &str, refusals: &mut Vec<Refusal>) -> Option<Self> {
        let (pointer, value) = source.resolve(pointer)?;
        let mut fields = Self {
            pointer: pointer.to_owned(),
            members: IndexMap::new(),
        };
        let traits = child(pointer, "traits");
        let count = value.get("traits").and_then(Value::as_array).map_or(0, Vec::len);
        for index in 0..count {
            let place = child(&traits, index);
            match source.resolve(&place) {
                Some((at, Value::Object(members))) => fields.apply(source, at, members, refusals),
                _ => refusals.push(source.refuse(&place, "leads to no trait")),
            }
        }
        if let Value::Object(members) = value {
            fields.apply(source, pointer, members, refusals);
        }
        Some(fields)
    }

    /// Applies the members of an object at `at` to what was applied before.
    fn apply(
        &mut self,
        source: &Source,
        at: &str,
        members: &Map<String, Value>,
        refusals: &mut Vec<Refusal>,
    ) {
        for (name, value) in members.iter().filter(|(name, _)| *name != "traits") {
            if value.is_null() && at != self.pointer {
                self.members.shift_remove(name);
                continue;
            }
            let own = Field {
                pointer: child(at, name),
                value: value.clone(),
                is_merged: false,
            };
            let field = match self.members.get(name) {
                Some(lower) => self.merged(source, name, lower, own).unwrap_or_else(|Endless| {
                    refusals.push(source.refuse(&child(at, name), ENDLESS));
                    lower.clone()
                }),
                None => own,
            };
            self.members.insert(name.clone(), field);
        }
    }

    fn merged(&self, source: &Source, name: &str, lower: &Field, upper: Field) -> Result<Field, Endless> {
        let merged = merge(source, &lower.value, &upper.value, &mut Vec::new())?;
        Ok(match merged {
            Some(value) => Field {
                pointer: child(&self.pointer, name),
                value,
                is_merged: true,
            },
            None => upper,
        })
    }

    /// A field.
    pub(super) fn get(&self, name: &str) -> Option<&Field> {
        self.members.get(name)
    }

    /// The value of a field.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.members.get(name).map(|field| &field.value)
    }

    /// The text of a field.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        Some(self.value(name)?.as_str()?.to_owned())
    }

    /// The items of a field.
    pub(super) fn items(&self, name: &str) -> &[Value] {
        let items = self.value(name).and_then(Value::as_array);
        items.map(Vec::as_slice).unwrap_or_default()
    }

    /// Where the items of a list stand.
    pub(super) fn places(&self, name: &str) -> Vec<String> {
        let at = self.members.get(name).map_or("", |field| &field.pointer);
        (0..self.items(name).len())
            .map(|index| child(at, index))
            .collect()
    }
}

/// Two schemas that contain themselves cannot be merged: what they say together has no end.
struct Endless;

const ENDLESS: &str = "this and what an earlier trait says of the same both contain themselves; they cannot be merged, since that has no end";

/// What two objects say together, `upper` having the last word; `None` where they are not both objects, so that `upper` stands alone.
/// `open` holds the pairs that are being merged.
fn merge(
    source: &Source,
    lower: &Value,
    upper: &Value,
    open: &mut Vec<(*const Value, *const Value)>,
) -> Result<Option<Value>, Endless> {
    let (lower, upper) = (target(source, lower), target(source, upper));
    let (Value::Object(below), Value::Object(above)) = (lower, upper) else {
        return Ok(None);
    };
    if std::ptr::eq(lower, upper) {
        return Ok(None);
    }
    let pair = (std::ptr::from_ref(lower), std::ptr::from_ref(upper));
    if open.contains(&pair) {
        return Err(Endless);
    }
    open.push(pair);
    let mut merged = below.clone();
    for (name, value) in above {
        match below.get(name) {
            Some(_) if value.is_null() => {
                merged.shift_remove(name);
            }
            Some(below) => {
                let both = merge(source, below, value, open)?;
                merged.insert(name.clone(), both.unwrap_or_else(|| value.clone()));
            }
            None => {
                merged.insert(name.clone(), value.clone());
            }
        }
    }
    open.pop();
    Ok(Some(Value::Object(merged)))
}

/// What a reference leads to in the end.
fn target<'a>(source: &'a Source, value: &'a Value) -> &'a Value {
    let followed = value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| source.resolve(reference.strip_prefix('#')?));
    followed.map_or(value, |(_, value)| value)
}
