//! The ledger: what becomes of each JSON pointer of a contract.

use std::collections::HashSet;

use serde_json::Value;

use crate::grammar::{Content, Fate, Field, Shape};
use crate::schema::ENFORCED_FORMATS;
use crate::source::child;
use crate::{Refusal, Source};

/// What becomes of a JSON pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A request or an event that breaks it is refused.
    Enforced,
    /// It is shown to readers, or is structure around what is enforced.
    Documented,
    /// The generation stops because of it.
    Refused,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The JSON pointer.
    pub pointer: String,
    /// What becomes of it.
    pub class: Class,
}

/// Every JSON pointer of a contract, in the order of the document.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The lines.
    pub entries: Vec<LedgerEntry>,
    /// Why the refused ones are refused.
    pub refusals: Vec<Refusal>,
    /// Components to which nothing refers. They stop the generation too, but not before all else was looked at.
    pub unused: Vec<Refusal>,
}

impl Ledger {
    /// Walks a contract whose root is a `shape`.
    #[must_use]
    pub fn of(source: &Source, shape: Shape) -> Self {
        let mut ledger = Self::default();
        let (asserted, in_json) = match shape {
            Shape::AsyncApi => (asserted_by_messages(source), asserted_by_messages(source)),
            _ => (
                asserted_by_requests(source, &["parameters", "requestBody"]),
                asserted_by_requests(source, &["requestBody"]),
            ),
        };
        let mut walk = Walk {
            source,
            asserted,
            in_json,
            parameter_schema: false,
            referenced: HashSet::new(),
            ledger: &mut ledger,
        };
        walk.object("", source.root(), shape, false);
        walk.unused_components(shape);
        ledger
    }

    /// How many pointers are enforced, documented and refused.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |class| self.entries.iter().filter(|entry| entry.class == class).count();
        (
            count(Class::Enforced),
            count(Class::Documented),
            count(Class::Refused),
        )
    }
}

struct Walk<'a> {
    source: &'a Source,
    /// The pointers of objects that requests or events are held against.
    asserted: HashSet<String>,
    /// Those of them that JSON is held against. The others hold parameters, which have no types of their own.
    in_json: HashSet<String>,
    /// Whether the object that is walked next is the schema of a parameter.
    parameter_schema: bool,
    /// The pointers of components that something refers to.
    referenced: HashSet<String>,
    ledger: &'a mut Ledger,
}

impl Walk<'_> {
    fn enter(&mut self, pointer: &str, class: Class) {
        self.ledger.entries.push(LedgerEntry {
            pointer: pointer.to_owned(),
            class,
        });
    }

    fn refuse(&mut self, pointer: &str, reason: &str) {
        self.enter(pointer, Class::Refused);
        self.ledger.refusals.push(self.source.refuse(pointer, reason));
    }

    /// An object or a reference to one; its own pointer first.
    fn object(&mut self, pointer: &str, value: &Value, shape: Shape, asserted: bool) {
        let Some(members) = value.as_object() else {
            return self.refuse(pointer, &format!("must be an object ({shape:?})"));
        };
        let is_reached = self.asserted.contains(pointer);
        let asserted = asserted || is_reached;
        let is_parameter_schema =
            std::mem::take(&mut self.parameter_schema) || (is_reached && !self.in_json.contains(pointer));
        let location = members.get("in").and_then(Value::as_str);
        let is_request_media_type = shape == Shape::MediaType && asserted;
        self.enter(
            pointer,
            if is_request_media_type {
                Class::Enforced
            } else {
                Class::Documented
            },
        );
        if let Some(reference) = members.get("$ref") {
            return self.reference(pointer, members.len(), reference, shape);
        }
        for needed in shape.needed().iter().filter(|name| !members.contains_key(**name)) {
            let reason = format!("{shape:?} needs `{needed}`");
            self.ledger.refusals.push(self.source.refuse(pointer, reason));
        }
        for (name, member) in members {
            let at = child(pointer, name);
            if shape == Shape::SecurityRequirement {
                self.plain(&at, member, Class::Enforced);
            } else if shape == Shape::Parameter && name == "required" && location == Some("path") {
                // Without it the path is another one; there is nothing that could be refused.
                self.plain(&at, member, Class::Documented);
            } else if is_parameter_schema && name == "type" && member == "string" {
                // Every text of a path, query or header is a string.
                self.plain(&at, member, Class::Documented);
            } else if let Some(field) = shape.field(name) {
                self.parameter_schema = shape == Shape::Parameter && name == "schema";
                self.field(&at, member, shape, field, asserted);
            } else {
                self.refuse(
                    &at,
                    &format!("{shape:?} has no field `{name}` that Rollcall's generator can take over"),
                );
            }
        }
    }

    fn reference(&mut self, pointer: &str, member_count: usize, reference: &Value, shape: Shape) {
        let at = child(pointer, "$ref");
        let target = reference.as_str().and_then(|text| self.source.follow(text));
        let section = shape.component_section();
        let Some((target, value)) = target else {
            return self.refuse(&at, &format!("leads nowhere in this document: {reference}"));
        };
        let parent = section.map(|section| format!("/components/{section}"));
        if member_count > 1 {
            self.refuse(
                &at,
                "a reference must stand alone: OpenAPI 3.0.3 §4.7.23 ignores what stands beside it",
            );
        } else if parent.as_deref() != target.rsplit_once('/').map(|(parent, _)| parent) {
            let expected = section.map_or("no reference".to_owned(), |section| {
                format!("a reference to #/components/{section}")
            });
            self.refuse(&at, &format!("{expected} can stand here ({shape:?})"));
        } else if value.get("$ref").is_some() {
            self.refuse(&at, "leads to another reference; refer to the component itself");
        } else {
            self.referenced.insert(target.to_owned());
            self.enter(&at, Class::Documented);
        }
    }

    fn field(&mut self, at: &str, value: &Value, shape: Shape, field: &Field, asserted: bool) {
        // What stands below these is held against requests, wherever they stand themselves.
        let asserted = asserted
            || (shape == Shape::Operation && matches!(field.name, "parameters" | "requestBody"))
            || (shape == Shape::Operation && field.fate == Fate::Asserts);
        let class = if asserted && asserts(field, value) {
            Class::Enforced
        } else {
            Class::Documented
        };
        match (field.content, value) {
            (Content::Free, _) => self.plain(at, value, class),
            (content, _) if is_plain(content, value) => self.plain(at, value, class),
            (Content::Texts, Value::Array(items)) if items.iter().all(Value::is_string) => {
                self.plain(at, value, class);
                self.refuse_repetitions(at, items);
            }
            (Content::Links, _) => self.links(at, value),
            (Content::Each, Value::Array(items)) if items.iter().all(is_scalar) => {
                let own = if field.name == "enum" {
                    class
                } else {
                    Class::Documented
                };
                let each = if asserted {
                    Class::Enforced
                } else {
                    Class::Documented
                };
                self.enter(at, own);
                for (index, item) in items.iter().enumerate() {
                    self.plain(&child(at, index), item, each);
                }
                self.refuse_repetitions(at, items);
            }
            (Content::One(shape) | Content::SchemaOrBool(shape), _) => {
                self.object(at, value, shape, asserted);
            }
            (Content::List(shape), Value::Array(items)) => {
                self.enter(at, Class::Documented);
                for (index, item) in items.iter().enumerate() {
                    self.object(&child(at, index), item, shape, asserted);
                }
            }
            (Content::Map(shape), Value::Object(members)) => {
                self.enter(at, Class::Documented);
                for (name, member) in members {
                    self.object(&child(at, name), member, shape, asserted);
                }
            }
            (Content::List(_), _) => self.refuse(at, "must be a list"),
            (Content::Map(_), _) => self.refuse(at, "must be an object"),
            (Content::Text, _) => self.refuse(at, "must be a text"),
            (Content::Flag, _) => self.refuse(at, "must be true or false"),
            (Content::Number, _) => self.refuse(at, "must be a number"),
            (Content::Count, _) => self.refuse(at, "must be a whole number from 0"),
            (Content::Texts, _) => self.refuse(at, "must be a list of texts"),
            (Content::Each, _) => self.refuse(at, "must be a list of single values"),
        }
    }

    fn refuse_repetitions(&mut self, at: &str, items: &[Value]) {
        for (index, item) in items.iter().enumerate() {
            if items.iter().take(index).any(|earlier| earlier == item) {
                let refusal = self.source.refuse(&child(at, index), "stands here twice");
                self.ledger.refusals.push(refusal);
            }
        }
    }

    /// References that nobody follows when the code is generated, but readers do.
    fn links(&mut self, at: &str, value: &Value) {
        match value {
            Value::Array(items) => {
                self.enter(at, Class::Documented);
                for (index, item) in items.iter().enumerate() {
                    self.links(&child(at, index), item);
                }
            }
            Value::Object(members) if members.len() == 1 && members.contains_key("$ref") => {
                self.enter(at, Class::Documented);
                let reference = members.get("$ref").unwrap_or(&Value::Null);
                let at = child(at, "$ref");
                if reference
                    .as_str()
                    .and_then(|text| self.source.follow(text))
                    .is_some()
                {
                    self.enter(&at, Class::Documented);
                } else {
                    self.refuse(&at, &format!("leads nowhere in this document: {reference}"));
                }
            }
            _ => self.refuse(at, "must be a reference, or a list of references"),
        }
    }

    /// Components that nothing refers to are seen by nobody. Schemas of the HTTP contract have a rule of their own, which looks at
    /// where they are used; security schemes are referred to by name, messages from the other contract.
    fn unused_components(&mut self, shape: Shape) {
        let components = self.source.at("/components").and_then(Value::as_object);
        for (section, members) in components.into_iter().flatten() {
            let elsewhere = matches!(section.as_str(), "securitySchemes" | "messages")
                || (shape == Shape::OpenApi && section == "schemas");
            let members = members.as_object().filter(|_| !elsewhere);
            for name in members.into_iter().flat_map(serde_json::Map::keys) {
                let pointer = child(&child("/components", section), name);
                if !self.referenced.contains(&pointer) {
                    let refusal = self.source.refuse(&pointer, "nothing refers to this component");
                    self.ledger.unused.push(refusal);
                }
            }
        }
    }

    /// A value that is taken over as it is, with all that is in it.
    fn plain(&mut self, pointer: &str, value: &Value, class: Class) {
        self.enter(pointer, class);
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.plain(&child(pointer, index), item, Class::Documented);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    self.plain(&child(pointer, name), member, Class::Documented);
                }
            }
            _ => {}
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Whether a value has no structure of its own, as its field allows.
fn is_plain(content: Content, value: &Value) -> bool {
    match content {
        Content::Text => value.is_string(),
        Content::Flag | Content::SchemaOrBool(_) => value.is_boolean(),
        Content::Number => value.is_number(),
        Content::Count => value.is_u64(),
        _ => false,
    }
}

/// Whether a field with this value can be broken at all.
fn asserts(field: &Field, value: &Value) -> bool {
    field.fate == Fate::Asserts
        && match (field.name, value) {
            ("format", Value::String(format)) => ENFORCED_FORMATS.contains(&format.as_str()),
            ("additionalProperties", value) => *value == Value::Bool(false),
            (_, value) => *value != Value::Bool(false),
        }
}

/// What can be reached by references from these parts of the operations.
fn asserted_by_requests(source: &Source, parts: &[&str]) -> HashSet<String> {
    let mut reached = HashSet::new();
    let paths = source.at("/paths").and_then(Value::as_object);
    let items = paths
        .into_iter()
        .flat_map(serde_json::Map::values)
        .filter_map(Value::as_object);
    for operation in items.flat_map(serde_json::Map::values) {
        for part in parts {
            if let Some(value) = operation.get(*part) {
                follow_all(source, value, &mut reached);
            }
        }
    }
    reached
}

/// What can be reached by references from the payloads of the messages.
fn asserted_by_messages(source: &Source) -> HashSet<String> {
    let mut reached = HashSet::new();
    let messages = source.at("/components/messages").and_then(Value::as_object);
    for (name, message) in messages.into_iter().flatten() {
        if let Some(payload) = message.get("payload") {
            reached.insert(format!("/components/messages/{}/payload", crate::escape(name)));
            follow_all(source, payload, &mut reached);
        }
    }
    reached
}

fn follow_all(source: &Source, value: &Value, reached: &mut HashSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| follow_all(source, item, reached)),
        Value::Object(members) => {
            let target = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|text| source.follow(text));
            if let Some((pointer, value)) = target
                && reached.insert(pointer.to_owned())
            {
                follow_all(source, value, reached);
            }
            members
                .values()
                .for_each(|member| follow_all(source, member, reached));
        }
        _ => {}
    }
}
