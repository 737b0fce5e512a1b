//! The overlay: what the contract says and poem-openapi's registry cannot hold.
//!
//! The derived document has the contract's references to parameters, headers, responses and bodies resolved, so this walk follows
//! them and notes the place in the derived document. Named schemas stay references; they are walked where they stand.

use indexmap::IndexMap;
use serde_json::Value;

use crate::grammar::{Content, Field, Grammar, Shape};
use crate::source::child;
use crate::{Language, Source};

/// Values as JSON text, each with the places where it belongs.
pub(crate) fn overlay_of(source: &Source) -> IndexMap<String, Vec<String>> {
    let mut walk = Walk {
        source,
        grammar: Grammar::of(source, Language::Service),
        places: IndexMap::new(),
    };
    walk.object("", source.root(), Shape::OpenApi);
    walk.places
}

struct Walk<'a> {
    source: &'a Source,
    grammar: Grammar,
    places: IndexMap<String, Vec<String>>,
}

impl Walk<'_> {
    fn set(&mut self, at: &str, value: &Value) {
        self.places
            .entry(value.to_string())
            .or_default()
            .push(at.to_owned());
    }

    fn object(&mut self, at: &str, value: &Value, shape: Shape) {
        let Some(members) = value.as_object() else { return };
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            if !shape.is_schema()
                && let Some((_, target)) = self.source.follow(reference)
            {
                self.object(at, target, shape);
            }
            return;
        }
        for (name, member) in members {
            if let Some(field) = self.grammar.field(shape, name) {
                self.field(&child(at, name), member, shape, field);
            }
        }
    }

    fn field(&mut self, at: &str, value: &Value, shape: Shape, field: &Field) {
        if !field.held {
            return self.set(at, value);
        }
        match (field.content, value) {
            (Content::SchemaOrBool(_), Value::Bool(false)) => self.set(at, value),
            (Content::One(inner), _)
            | (Content::SchemaOrBool(inner) | Content::OneOrList(inner), Value::Object(_)) => {
                self.object(at, value, inner);
            }
            (Content::List(inner) | Content::OneOrList(inner), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.object(&child(at, index), item, inner);
                }
            }
            // Of the components the derived document has schemas and security schemes; what the others say is in place.
            (Content::Map(_), _)
                if shape == Shape::Components && !matches!(field.name, "schemas" | "securitySchemes") => {}
            (Content::Map(inner) | Content::Patterned(inner), Value::Object(members)) => {
                for (name, member) in members {
                    self.object(&child(at, name), member, inner);
                }
            }
            _ => {}
        }
    }
}
