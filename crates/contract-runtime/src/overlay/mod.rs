//! What the constants of a contract do not say, added to the document that is derived from them.
//!
//! The overlay is a tree along the document, written as one JSON text: the compiler would take longer for thousands of constants
//! than the parser takes for the text, once, when the service starts. What the members of a node mean is in their first character:
//!
//! | member | meaning |
//! |---|---|
//! | `/name` | the node of the member `name`, or of the item of that index |
//! | `=name` | the member `name` has this value, of which the derived document says nothing |
//! | `-name` | there is no member `name`, though poem-openapi writes an empty one |
//! | `!name` | the member `name` has this value instead of the derived one |
//! | `$ref` | here stands this reference; what the registry has here in place is what it leads to |
//! | `@` | where `$ref` leads in the end, if that is not what it says itself |
//! | `^` | what the registry has here stands elsewhere: `parameters` of the path, `security` of the document |
//! | `[]` | the list stays, though all of its items stand elsewhere |
//!
//! Poem-openapi's registry has no references but those to schemas. The overlay puts them back: the first copy goes where the
//! reference leads, and every other one must be equal to it.

mod references;

use serde_json::Value;

use crate::Schema;

/// What is added to a derived document.
#[derive(Debug, Clone, Copy)]
pub struct Overlay {
    /// The schemas of the components, used or not: poem-openapi leaves out what no operation uses.
    pub schemas: &'static [(&'static str, &'static Schema)],
    /// The tree as JSON text.
    pub text: &'static str,
}

/// The derived document and the overlay are not of the same contract.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// The text is no JSON.
    #[error("the overlay is no JSON: {0}")]
    Text(#[from] serde_json::Error),
    /// The overlay adds to something that is not derived.
    #[error("the derived document has nothing at {pointer}")]
    Missing {
        /// Where.
        pointer: String,
    },
    /// The overlay has a value for something that the derived document speaks of.
    #[error("the derived document says something else at {pointer}: {derived}")]
    Said {
        /// Where.
        pointer: String,
        /// What it says there.
        derived: Value,
    },
    /// Two copies of one thing differ.
    #[error("what stands at {pointer} is not what stands at {target}, to which the contract refers there")]
    Unequal {
        /// Where a copy is.
        pointer: String,
        /// To which of the contract it belongs.
        target: String,
    },
}

impl Overlay {
    /// Puts references back and adds every value.
    pub fn apply(&self, document: &mut Value) -> Result<(), OverlayError> {
        let tree: Value = serde_json::from_str(self.text)?;
        references::restore(document, &tree)?;
        add(document, &tree, &mut String::new())?;
        references::close(document, &tree);
        Ok(())
    }

    /// How many values it adds, and how many bytes its text has.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let tree = serde_json::from_str(self.text).unwrap_or_default();
        (count(&tree), self.text.len())
    }
}

fn count(node: &Value) -> usize {
    let members = node.as_object().into_iter().flatten();
    members
        .map(|(key, member)| match key.as_bytes().first() {
            Some(b'/') => count(member),
            Some(b'=' | b'!') => 1,
            _ => 0,
        })
        .sum()
}

/// Adds the values of a node to what stands in its place.
fn add(place: &mut Value, node: &Value, pointer: &mut String) -> Result<(), OverlayError> {
    for (key, member) in node.as_object().into_iter().flatten() {
        let Some((sign, name)) = key.split_at_checked(1) else {
            continue;
        };
        let length = pointer.len();
        push(pointer, name);
        match (sign, below(place, name)) {
            ("/", Some(child)) => add(child, member, pointer)?,
            ("/", None) => return Err(missing(pointer)),
            ("=", Some(derived)) if !derived.is_null() && derived != member => {
                return Err(OverlayError::Said {
                    pointer: pointer.clone(),
                    derived: derived.clone(),
                });
            }
            ("-", Some(_)) => {
                place.as_object_mut().map(|members| members.shift_remove(name));
            }
            ("=" | "!", _) => set(place, name, member.clone(), pointer)?,
            _ => {}
        }
        pointer.truncate(length);
    }
    Ok(())
}

fn set(place: &mut Value, name: &str, value: Value, pointer: &str) -> Result<(), OverlayError> {
    match place {
        Value::Object(members) => {
            members.insert(name.to_owned(), value);
            return Ok(());
        }
        Value::Array(items) => {
            if let Ok(index) = name.parse::<usize>()
                && index <= items.len()
            {
                match items.get_mut(index) {
                    Some(item) => *item = value,
                    None => items.push(value),
                }
                return Ok(());
            }
        }
        _ => {}
    }
    Err(missing(pointer))
}

/// The member or the item of that name.
fn below<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(members) => members.get_mut(name),
        Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
        _ => None,
    }
}

fn missing(pointer: &str) -> OverlayError {
    OverlayError::Missing {
        pointer: pointer.to_owned(),
    }
}

/// Adds a token to a JSON pointer (RFC 6901 §3).
fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

/// The tokens of a JSON pointer.
fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    let tokens = pointer.split('/').skip(1);
    tokens.map(|token| token.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests;
