//! Where `$dynamicRef` leads (JSON Schema core §8.2.3.2): to the schema of that `$dynamicAnchor` in the outermost resource that was
//! entered and has one. A resource is the part of a document under an `$id`, or the document.

use std::collections::HashMap;

use serde_json::Value;

use crate::Source;
use crate::source::child;

/// The anchors of a document, by the pointers of its resources.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    resources: Vec<String>,
    dynamic: HashMap<String, Vec<(String, String)>>,
    /// `$anchor`, to which `$dynamicRef` leads like `$ref`.
    plain: HashMap<(String, String), String>,
}

impl Scopes {
    pub(crate) fn of(source: &Source) -> Self {
        let mut scopes = Self::default();
        scopes.walk(source.root(), "", "");
        scopes
    }

    fn walk(&mut self, value: &Value, pointer: &str, resource: &str) {
        match value {
            Value::Object(members) => {
                let begins = members.get("$id").is_some_and(Value::is_string);
                let resource = if begins {
                    pointer.to_owned()
                } else {
                    resource.to_owned()
                };
                if begins {
                    self.resources.push(pointer.to_owned());
                }
                if let Some(anchor) = members.get("$anchor").and_then(Value::as_str) {
                    let key = (resource.clone(), anchor.to_owned());
                    self.plain.insert(key, pointer.to_owned());
                }
                if let Some(anchor) = members.get("$dynamicAnchor").and_then(Value::as_str) {
                    let anchors = self.dynamic.entry(resource.clone()).or_default();
                    anchors.push((anchor.to_owned(), pointer.to_owned()));
                }
                let schemas = members
                    .iter()
                    .filter(|(name, _)| !matches!(name.as_str(), "const" | "enum"));
                for (name, member) in schemas {
                    self.walk(member, &child(pointer, name), &resource);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, &child(pointer, index), resource);
                }
            }
            _ => {}
        }
    }

    /// The resource that the schema at `pointer` belongs to.
    fn resource_of(&self, pointer: &str) -> &str {
        let holds = |resource: &&String| {
            pointer
                .strip_prefix(resource.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let nearest = self
            .resources
            .iter()
            .filter(holds)
            .max_by_key(|resource| resource.len());
        nearest.map_or("", String::as_str)
    }

    /// Whether a resource begins at `pointer`.
    pub(super) fn begins_at(&self, pointer: &str) -> bool {
        self.resources.iter().any(|resource| resource == pointer)
    }

    /// The dynamic anchors of the resource that `pointer` belongs to.
    pub(super) fn anchors(&self, pointer: &str) -> Option<&[(String, String)]> {
        if self.dynamic.is_empty() {
            return None;
        }
        self.dynamic.get(self.resource_of(pointer)).map(Vec::as_slice)
    }

    /// Where a dynamic anchor that is named at `pointer` stands.
    pub(super) fn target(&self, pointer: &str, anchor: &str) -> Option<&str> {
        let mut anchors = self.anchors(pointer)?.iter();
        let found = anchors.find(|(name, _)| name == anchor);
        found.map(|(_, target)| target.as_str())
    }

    /// Where an `$anchor` that is named at `pointer` stands.
    pub(super) fn plain_target(&self, pointer: &str, anchor: &str) -> Option<&str> {
        let key = (self.resource_of(pointer).to_owned(), anchor.to_owned());
        self.plain.get(&key).map(String::as_str)
    }

    /// Whether a `$dynamicRef` at `pointer` leads somewhere.
    pub(crate) fn resolves(&self, source: &Source, pointer: &str, text: &str) -> bool {
        let anchor = text.strip_prefix('#').unwrap_or_default();
        let followed = source.follow(text).and_then(|(target, _)| source.schema(target));
        self.target(pointer, anchor).is_some()
            || self.plain_target(pointer, anchor).is_some()
            || followed.is_some()
    }
}
