//! Whether a published event schema may become another one within its major version.
//!
//! `FULL_TRANSITIVE`: every consumer that knows any published version must accept events of the new one, and consumers of the
//! new one must accept events of every published one. Event schemas are open, so an optional member may be added; nothing else may
//! change but what only describes.

use std::fmt;

use serde_json::Value;

use crate::source::child;

/// Something that makes a schema incompatible with a published one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompatibilityBreak {
    /// Where, as a JSON pointer into the schema.
    pub pointer: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for CompatibilityBreak {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.pointer, self.reason)
    }
}

const ANNOTATIONS: [&str; 7] = [
    "$schema",
    "$id",
    "title",
    "description",
    "examples",
    "default",
    "deprecated",
];

/// What breaks FULL compatibility between a published schema and a new one, both with references resolved.
#[must_use]
pub fn compatibility_breaks(published: &Value, new: &Value) -> Vec<CompatibilityBreak> {
    let mut breaks = Vec::new();
    compare(published, new, "", &mut breaks);
    breaks
}

fn compare(published: &Value, new: &Value, pointer: &str, breaks: &mut Vec<CompatibilityBreak>) {
    let (Some(old_members), Some(new_members)) = (published.as_object(), new.as_object()) else {
        if published != new {
            breaks.push(CompatibilityBreak {
                pointer: pointer.to_owned(),
                reason: format!("{published} became {new}"),
            });
        }
        return;
    };
    let names = old_members
        .keys()
        .chain(new_members.keys().filter(|name| !old_members.contains_key(*name)));
    for name in names.filter(|name| !ANNOTATIONS.contains(&name.as_str())) {
        let at = child(pointer, name);
        match (old_members.get(name), new_members.get(name)) {
            (Some(old), Some(new)) if name == "properties" => compare_properties(old, new, &at, breaks),
            (Some(old), Some(new)) if name == "required" => {
                if sorted(old) != sorted(new) {
                    breaks.push(CompatibilityBreak {
                        pointer: at,
                        reason: format!("{old} became {new}"),
                    });
                }
            }
            (Some(old), Some(new)) => compare(old, new, &at, breaks),
            (Some(old), None) => breaks.push(CompatibilityBreak {
                pointer: at,
                reason: format!("{old} was removed"),
            }),
            (None, Some(new)) => breaks.push(CompatibilityBreak {
                pointer: at,
                reason: format!("{new} was added"),
            }),
            (None, None) => {}
        }
    }
}

fn compare_properties(old: &Value, new: &Value, pointer: &str, breaks: &mut Vec<CompatibilityBreak>) {
    for (name, property) in old.as_object().into_iter().flatten() {
        let at = child(pointer, name);
        match new.get(name) {
            Some(other) => compare(property, other, &at, breaks),
            None => breaks.push(CompatibilityBreak {
                pointer: at,
                reason: "the member was removed".to_owned(),
            }),
        }
    }
}

fn sorted(list: &Value) -> Vec<String> {
    let mut items: Vec<String> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    items.sort();
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(change: impl FnOnce(&mut Value), expected: &[&str]) {
        let published = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "maxLength": 5}}});
        let mut new = published.clone();
        change(&mut new);
        let breaks: Vec<String> = compatibility_breaks(&published, &new)
            .into_iter()
            .map(|found| found.pointer)
            .collect();
        assert_eq!(breaks, expected);
    }

    #[test]
    fn only_optional_members_and_annotations_may_be_added() {
        check(|_| {}, &[]);
        check(|new| new["properties"]["b"] = json!({"type": "string"}), &[]);
        check(|new| new["properties"]["a"]["description"] = json!("more"), &[]);
        check(|new| new["required"] = json!(["a", "b"]), &["/required"]);
        check(
            |new| new["properties"]["a"]["maxLength"] = json!(6),
            &["/properties/a/maxLength"],
        );
        check(|new| new["properties"] = json!({}), &["/properties/a"]);
        check(
            |new| new["properties"]["a"]["pattern"] = json!("^x"),
            &["/properties/a/pattern"],
        );
    }
}
