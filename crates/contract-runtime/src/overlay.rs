//! What poem-openapi's registry cannot hold, added to the document that it derives.

use serde_json::Value;

/// Values and the places where they belong.
#[derive(Debug)]
pub struct Overlay {
    /// For each value, as JSON text, the JSON pointers (RFC 6901) at which it is set; a parent comes before its children.
    pub entries: &'static [(&'static [&'static str], &'static str)],
}

/// A place of the overlay that the derived document does not have: the generated code is not of this contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayError {
    /// The place.
    pub pointer: String,
}

impl std::fmt::Display for OverlayError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "the derived document has no parent for {}",
            self.pointer
        )
    }
}

impl std::error::Error for OverlayError {}

impl Overlay {
    /// Sets every value in `document`.
    pub fn apply(&self, document: &mut Value) -> Result<(), OverlayError> {
        for (pointers, text) in self.entries {
            let value: Value = serde_json::from_str(text).map_err(|_| OverlayError {
                pointer: pointers.join(", "),
            })?;
            for pointer in *pointers {
                set(document, pointer, value.clone()).ok_or_else(|| OverlayError {
                    pointer: (*pointer).to_owned(),
                })?;
            }
        }
        Ok(())
    }

    /// How many places it sets, and how many bytes of JSON text it holds.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let places = self.entries.iter().map(|(pointers, _)| pointers.len()).sum();
        let bytes = self.entries.iter().map(|(_, text)| text.len()).sum();
        (places, bytes)
    }
}

fn set(document: &mut Value, pointer: &str, value: Value) -> Option<()> {
    let (parent, token) = pointer.rsplit_once('/')?;
    let token = token.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent)? {
        Value::Object(members) => {
            members.insert(token, value);
            Some(())
        }
        Value::Array(items) => {
            *items.get_mut(token.parse::<usize>().ok()?)? = value;
            Some(())
        }
        _ => None,
    }
}
