//! A contract file: its values, and where each of them stands.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;

use crate::{Dialect, Refusal, Refusals, Warning};

/// A contract as it was read.
#[derive(Debug)]
pub struct Source {
    file: String,
    root: Value,
    positions: HashMap<String, (u64, u64)>,
}

impl Source {
    /// Reads YAML 1.2, of which JSON is a part. A mapping that has a key twice is refused.
    pub fn parse(file: &str, text: &str) -> Result<Self, Refusals> {
        let node: Spanned<Node> = serde_saphyr::from_str(text).map_err(|error| {
            let (line, column) = error
                .location()
                .map_or((0, 0), |location| (location.line(), location.column()));
            let reason = error.to_string().lines().next().unwrap_or_default().to_owned();
            Refusals(vec![Refusal {
                file: file.to_owned(),
                line,
                column,
                pointer: String::new(),
                reason,
            }])
        })?;
        let mut positions = HashMap::new();
        let root = settle(node, &mut String::new(), &mut positions);
        Ok(Self {
            file: file.to_owned(),
            root,
            positions,
        })
    }

    /// The whole document.
    #[must_use]
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The value at a JSON pointer.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    /// The specification that the contract says it follows; OpenAPI 3.0 where it says none that is read, which
    /// [`Source::said_dialect`] refuses.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        Dialect::said_by(&self.root).unwrap_or(Dialect::OpenApi30)
    }

    /// The specification that the contract says it follows. Refuses a version that is not read, or a document that says none.
    pub fn said_dialect(&self) -> Result<Dialect, Refusal> {
        Dialect::said_by(&self.root).ok_or_else(|| Dialect::refusal(self))
    }

    /// The pointer and value that a local reference (`#/…`) leads to.
    #[must_use]
    pub fn follow<'a>(&'a self, reference: &'a str) -> Option<(&'a str, &'a Value)> {
        let pointer = reference.strip_prefix('#')?;
        Some((pointer, self.at(pointer)?))
    }

    /// The value at a JSON pointer, and the pointer as the source keeps it.
    pub(crate) fn interned(&self, pointer: &str) -> Option<(&str, &Value)> {
        let (pointer, _) = self.positions.get_key_value(pointer)?;
        Some((pointer, self.at(pointer)?))
    }

    /// Where the chain of references that begins at `pointer` ends: at `pointer` itself where none stands there. `None` where the chain
    /// leads nowhere, or in a circle.
    #[must_use]
    pub fn resolve<'a>(&'a self, pointer: &'a str) -> Option<(&'a str, &'a Value)> {
        let (mut pointer, mut value) = (pointer, self.at(pointer)?);
        let mut passed = HashSet::new();
        while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            if !passed.insert(pointer) {
                return None;
            }
            (pointer, value) = self.follow(reference)?;
        }
        Some((pointer, value))
    }

    /// A warning of what stands at `pointer`.
    #[must_use]
    pub fn warn(&self, pointer: &str, reason: impl Into<String>) -> Warning {
        self.refuse(pointer, reason).into()
    }

    /// A refusal of what stands at `pointer`; where nothing stands there, its position is that of the nearest value around it.
    #[must_use]
    pub fn refuse(&self, pointer: &str, reason: impl Into<String>) -> Refusal {
        let mut known = pointer;
        let (line, column) = loop {
            match (self.positions.get(known), known.rsplit_once('/')) {
                (Some(position), _) => break *position,
                (None, Some((parent, _))) => known = parent,
                (None, None) => break (0, 0),
            }
        };
        Refusal {
            file: self.file.clone(),
            line,
            column,
            pointer: pointer.to_owned(),
            reason: reason.into(),
        }
    }
}

/// `token` as a part of a JSON pointer (RFC 6901 §3).
#[must_use]
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// The pointer of a child.
#[must_use]
pub fn child(pointer: &str, token: impl fmt::Display) -> String {
    format!("{pointer}/{}", escape(&token.to_string()))
}

fn settle(node: Spanned<Node>, pointer: &mut String, positions: &mut HashMap<String, (u64, u64)>) -> Value {
    positions.insert(
        pointer.clone(),
        (node.referenced.line(), node.referenced.column()),
    );
    let length = pointer.len();
    let value = match node.value {
        Node::Scalar(value) => value,
        Node::Sequence(items) => {
            let mut settled = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                settled.push(settle(item, pointer, positions));
                pointer.truncate(length);
            }
            Value::Array(settled)
        }
        Node::Mapping(members) => {
            let mut settled = Map::with_capacity(members.len());
            for (key, member) in members {
                pointer.push('/');
                pointer.push_str(&escape(&key));
                let value = settle(member, pointer, positions);
                pointer.truncate(length);
                settled.insert(key, value);
            }
            Value::Object(settled)
        }
    };
    pointer.truncate(length);
    value
}

enum Node {
    Scalar(Value),
    Sequence(Vec<Spanned<Node>>),
    Mapping(Vec<(String, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value that JSON can hold")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Node, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number that JSON cannot hold"))?;
        Ok(Node::Scalar(Value::Number(number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members: Vec<(String, Spanned<Node>)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.iter().any(|(other, _)| *other == key) {
                return Err(serde::de::Error::custom(format_args!(
                    "the key {key:?} occurs twice"
                )));
            }
            let member = map.next_value()?;
            members.push((key, member));
        }
        Ok(Node::Mapping(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_line() {
        let source = Source::parse(
            "a.yaml",
            "openapi: 3.0.3\npaths:\n  /x:\n    get: {a: [1, two]}\n",
        )
        .unwrap();
        let refusal = source.refuse("/paths/~1x/get/a/1", "no");
        assert_eq!((refusal.line, refusal.column), (4, 18));
        assert_eq!(source.at("/paths/~1x/get/a/1"), Some(&Value::from("two")));
    }

    #[test]
    fn chains_of_references_are_followed_to_their_end() {
        let text = "a: {$ref: '#/b'}\nb: {$ref: '#/c/d'}\nc: {d: {e: 1}}\nf: {$ref: '#/g'}\ng: {$ref: '#/f'}\nh: {$ref: '#/i'}\n";
        let source = Source::parse("a.yaml", text).unwrap();
        let end = |pointer| source.resolve(pointer).map(|(pointer, _)| pointer);
        assert_eq!(end("/a"), Some("/c/d"));
        assert_eq!(end("/c/d"), Some("/c/d"));
        assert_eq!(end("/f"), None, "a circle");
        assert_eq!(end("/h"), None, "nothing there");
    }

    #[test]
    fn duplicate_keys_are_refused_where_they_stand() {
        let refusals = Source::parse("a.yaml", "a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(refusals.0[0].line, 3, "{refusals}");
        assert!(refusals.to_string().contains("duplicate"), "{refusals}");
    }
}
