//! Keywords that the types of Rollcall's own events cannot say. Schemars would derive nothing of them, so that neither the published schema
//! nor the check of an event had them: whoever needs one has to make the generator say it first.

use serde_json::Value;

use super::AsyncApi;
use crate::schema::Additional;
use crate::source::child;
use crate::{Kind, Refusal, Schema, Source};

/// Where a schema stands: what it says there goes into a type, into attributes of a field, or nowhere.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// A component, or the values of a map: a type of its own.
    Type,
    /// A member of an object, written in place.
    Member,
    /// The items of a list, written in place.
    Items,
}

pub(super) fn check(source: &Source, api: &AsyncApi, refusals: &mut Vec<Refusal>) {
    let mut check = Check { source, refusals };
    for schema in api.schemas.values() {
        check.schema(schema, Place::Type);
    }
}

struct Check<'a> {
    source: &'a Source,
    refusals: &'a mut Vec<Refusal>,
}

impl Check<'_> {
    /// A schema, and those in it that are written in place.
    fn schema(&mut self, schema: &Schema, place: Place) {
        let members = self.source.at(&schema.pointer).and_then(Value::as_object);
        for (name, value) in members.into_iter().flatten() {
            if !is_said(schema, place, name, value) {
                let reason = format!("the types of events cannot say `{name}` here");
                self.refuse(&child(&schema.pointer, name), reason);
            }
        }
        self.items(schema.items.as_deref());
        if let Additional::Of(value) = &schema.additional {
            self.below(value, Place::Type);
        }
        for member in schema.properties.values() {
            self.below(member, Place::Member);
        }
    }

    fn items(&mut self, items: Option<&Schema>) {
        if let Some(items) = items {
            self.below(items, Place::Items);
        }
    }

    /// What is referred to is a component, and looked at there.
    fn below(&mut self, schema: &Schema, place: Place) {
        if schema.component.is_none() {
            self.schema(schema, place);
        }
    }

    fn refuse(&mut self, pointer: &str, reason: String) {
        self.refusals.push(self.source.refuse(pointer, reason));
    }
}

/// Whether a keyword with this value comes out of the type again.
fn is_said(schema: &Schema, place: Place, name: &str, value: &Value) -> bool {
    // The items of a list have no attributes of their own.
    let has_attributes = place != Place::Items;
    match (name, schema.kind) {
        ("type", _) => value.is_string(),
        ("title" | "description" | "examples", _)
        | ("minProperties" | "maxProperties" | "x-key-pattern", Kind::Object) => has_attributes,
        ("enum", Kind::String) | ("properties" | "required", Kind::Object) => place == Place::Type,
        ("const", _) => place == Place::Member && value.is_string(),
        ("format", _) => is_format_said(schema, place),
        ("minLength" | "maxLength" | "pattern", Kind::String)
        | ("minItems" | "maxItems" | "uniqueItems", Kind::Array) => {
            has_attributes && schema.enumeration.is_empty()
        }
        ("minimum" | "maximum", Kind::Integer | Kind::Number) => has_attributes && value.is_i64(),
        ("items", Kind::Array) => true,
        ("additionalProperties", Kind::Object) => {
            schema.properties.is_empty() && *value != Value::Bool(false)
        }
        ("propertyNames", Kind::Object) => has_attributes && is_pattern_alone(value),
        _ => false,
    }
}

/// The format is that of a Rust type, or an attribute of a field.
fn is_format_said(schema: &Schema, place: Place) -> bool {
    match (schema.kind, schema.format.as_deref()) {
        (Kind::String, Some("uuid" | "date-time"))
        | (Kind::Integer, Some("int32" | "int64"))
        | (Kind::Number, Some("double")) => true,
        (Kind::String, Some("uri" | "uri-reference")) => place != Place::Items,
        _ => false,
    }
}

fn is_pattern_alone(names: &Value) -> bool {
    let members = names.as_object();
    members.is_some_and(|members| members.len() == 1 && members.get("pattern").is_some_and(Value::is_string))
}
