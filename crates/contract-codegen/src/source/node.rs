//! A value and where it stands, before it is known where in the document it belongs: what stands in another file is moved or
//! copied to where it is referred to, and keeps its place.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::escape;
use super::limits::Limits;
use crate::grammar::METHODS;

/// A place in one of the files of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number.
    pub(super) file: u32,
    /// From 1.
    pub(super) line: u32,
    /// From 1.
    pub(super) column: u32,
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) content: Content,
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar(Value),
    Sequence(Vec<Node>),
    Mapping(IndexMap<String, Node>),
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(value) => value.as_str(),
            _ => None,
        }
    }

    pub(super) fn mapping_mut(&mut self) -> Option<&mut IndexMap<String, Node>> {
        match &mut self.content {
            Content::Mapping(members) => Some(members),
            _ => None,
        }
    }

    /// The member of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.mapping()?.get(name)
    }

    /// What stands at a JSON pointer below this value (RFC 6901).
    pub(super) fn at(&self, pointer: &str) -> Option<&Self> {
        let mut node = self;
        for token in tokens(pointer)? {
            node = match &node.content {
                Content::Mapping(members) => members.get(token.as_str())?,
                Content::Sequence(items) => items.get(index(&token)?)?,
                Content::Scalar(_) => return None,
            };
        }
        Some(node)
    }

    /// What stands at a pointer, to be changed.
    pub(super) fn at_mut(&mut self, pointer: &str) -> Option<&mut Self> {
        let mut node = self;
        for token in tokens(pointer)? {
            node = match &mut node.content {
                Content::Mapping(members) => members.get_mut(token.as_str())?,
                Content::Sequence(items) => items.get_mut(index(&token)?)?,
                Content::Scalar(_) => return None,
            };
        }
        Some(node)
    }

    /// How many values it is.
    pub(super) fn count(&self) -> usize {
        1 + match &self.content {
            Content::Scalar(_) => 0,
            Content::Sequence(items) => items.iter().map(Self::count).sum(),
            Content::Mapping(members) => members.values().map(Self::count).sum(),
        }
    }

    /// Whether something in the document wants to be made local: a reference that does not lead from `#/…` to something as it stands,
    /// or has operations beside it, or a discriminator's mapping.
    pub(super) fn has_references_to_settle(&self) -> bool {
        self.has_references_below(self)
    }

    fn has_references_below(&self, root: &Self) -> bool {
        let settled = |text: &str| {
            let pointer = text.strip_prefix('#').filter(|pointer| pointer.starts_with('/'));
            pointer.is_some_and(|pointer| !pointer.contains('%') && root.at(pointer).is_some())
        };
        match &self.content {
            Content::Scalar(_) => false,
            Content::Sequence(items) => items.iter().any(|item| item.has_references_below(root)),
            Content::Mapping(members) => {
                members
                    .iter()
                    .any(|(name, member)| match (name.as_str(), member.text()) {
                        ("$ref", Some(text)) => !settled(text) || self.has_operations(),
                        ("discriminator", None) => member.get("mapping").is_some(),
                        _ => member.has_references_below(root),
                    })
            }
        }
    }

    /// Whether this says something of operations, as a path item does.
    pub(super) fn has_operations(&self) -> bool {
        let mut names = self.mapping().into_iter().flat_map(IndexMap::keys);
        names.any(|name| name == "parameters" || METHODS.contains(&name.as_str()))
    }

    pub(super) fn mapping(&self) -> Option<&IndexMap<String, Node>> {
        match &self.content {
            Content::Mapping(members) => Some(members),
            _ => None,
        }
    }
}

/// The unescaped tokens of a JSON pointer; `None` if it is none.
pub(crate) fn tokens(pointer: &str) -> Option<impl Iterator<Item = String>> {
    let rest = if pointer.is_empty() {
        None
    } else {
        Some(pointer.strip_prefix('/')?)
    };
    let unescape = |token: &str| token.replace("~1", "/").replace("~0", "~");
    Some(rest.into_iter().flat_map(|rest| rest.split('/')).map(unescape))
}

/// A token as the index of a list.
pub(crate) fn index(token: &str) -> Option<usize> {
    let is_canonical = token == "0" || !token.starts_with(['0', '+']);
    token.parse().ok().filter(|_| is_canonical)
}

/// A value in the document, in the order of the document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settled {
    pub(super) place: Place,
    /// How many values it is, itself among them: what follows its own entry by that many is its next sibling.
    pub(super) count: u32,
}

/// The document and the places of its values.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) root: Value,
    pub(super) places: Vec<Settled>,
}

/// Moves what was read into the document. What cannot be is refused with its place and pointer.
pub(super) fn settle(node: Node, limits: &Limits) -> Result<Document, (Place, String, String)> {
    let mut settling = Settling {
        places: Vec::new(),
        pointer: String::new(),
        depth: 0,
        pointer_bytes: 0,
        limits: *limits,
    };
    let root = settling.value(node)?;
    Ok(Document {
        root,
        places: settling.places,
    })
}

struct Settling {
    places: Vec<Settled>,
    pointer: String,
    depth: usize,
    pointer_bytes: usize,
    limits: Limits,
}

impl Settling {
    fn value(&mut self, node: Node) -> Result<Value, (Place, String, String)> {
        let own = self.places.len();
        self.places.push(Settled {
            place: node.place,
            count: 1,
        });
        self.check(node.place)?;
        self.depth += 1;
        let value = match node.content {
            Content::Scalar(value) => value,
            Content::Sequence(items) => {
                let mut settled = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    settled.push(self.below(&index.to_string(), item)?);
                }
                Value::Array(settled)
            }
            Content::Mapping(members) => {
                let mut settled = Map::with_capacity(members.len());
                for (name, member) in members {
                    let value = self.below(&name, member)?;
                    settled.insert(name, value);
                }
                Value::Object(settled)
            }
        };
        self.depth -= 1;
        let count = self.places.len() - own;
        if let Some(settled) = self.places.get_mut(own) {
            settled.count = u32::try_from(count).unwrap_or(u32::MAX);
        }
        Ok(value)
    }

    fn below(&mut self, token: &str, node: Node) -> Result<Value, (Place, String, String)> {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(token));
        let value = self.value(node)?;
        self.pointer.truncate(length);
        Ok(value)
    }

    fn check(&mut self, place: Place) -> Result<(), (Place, String, String)> {
        self.pointer_bytes += self.pointer.len();
        let reason = if self.depth > self.limits.depth {
            self.limits.too_deep()
        } else if self.places.len() > self.limits.nodes {
            format!(
                "the contract holds more than {} values, the most that is read",
                self.limits.nodes
            )
        } else if self.pointer_bytes > self.limits.pointer_bytes {
            "the keys are too long for how deep they stand in each other".to_owned()
        } else {
            return Ok(());
        };
        // A pointer of megabytes would help nobody.
        let pointer = self.pointer.chars().take(1024).collect();
        Err((place, pointer, reason))
    }
}
