//! What is shown only, although a reader of the contract may expect more.

use std::collections::HashSet;

use serde_json::Value;

use super::{MediaType, OpenApi, Parameter};
use crate::grammar::{Fate, Grammar, Shape};
use crate::types::fits;
use crate::{JsonKind, Kinds, Language, SchemaAt, Source, Warning};

pub(super) fn check(source: &Source, api: &OpenApi) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut told = HashSet::new();
    // What stands in a component is met once for each operation that refers to it.
    let mut warn = |pointer: &str, reason: String| {
        if told.insert(pointer.to_owned()) {
            warnings.push(source.warn(pointer, reason));
        }
    };
    for operation in &api.operations {
        for pointer in operation
            .parameters
            .iter()
            .filter_map(|parameter| default_that_is_none(source, parameter))
        {
            warn(
                &pointer,
                "this default is not applied: the schema does not accept it".to_owned(),
            );
        }
        let bodies = operation.body.iter().flat_map(|body| &body.media_types);
        for media_type in bodies.filter(|media_type| is_more_than_bytes(source, media_type)) {
            let reason = format!(
                "bodies of `{}` are not looked into: their schema is shown, not enforced",
                media_type.name
            );
            warn(&media_type.pointer, reason);
        }
    }
    warnings
}

/// Where a parameter has a default that its schema refuses.
fn default_that_is_none(source: &Source, parameter: &Parameter) -> Option<String> {
    let schema = source.schema(parameter.schema.as_deref()?)?;
    let holder = [schema, schema.resolved()]
        .into_iter()
        .find(|holder| holder.keyword("default").is_some())?;
    let default = holder.keyword("default")?;
    let is_ruled = parameter.required || parameter.is_ignored();
    (!is_ruled && !fits(default, schema)).then(|| format!("{}/default", holder.pointer()))
}

/// Whether a media type that is not looked into has a schema that says more than that it is a text.
fn is_more_than_bytes(source: &Source, media_type: &MediaType) -> bool {
    let schema = media_type
        .schema
        .as_deref()
        .and_then(|pointer| source.schema(pointer));
    let is_text = |kinds: Kinds| kinds == Kinds::ALL || kinds.are(Kinds::one(JsonKind::String));
    !media_type.form(source).is_checked()
        && schema.is_some_and(|schema| !is_text(schema.kinds()) || asserts_something(source, schema))
}

/// Whether a schema, or one that it is composed of, asserts anything but its type and that it is bytes.
fn asserts_something(source: &Source, schema: SchemaAt<'_>) -> bool {
    let grammar = Grammar::of(source, Language::Plain);
    let is_assertion = |name: &str, value: &Value| match name {
        "type" | "allOf" | "anyOf" | "oneOf" => false,
        "format" => value != "binary",
        _ => grammar
            .field(Shape::Schema, name)
            .is_some_and(|field| field.fate == Fate::Asserts),
    };
    let mut met = HashSet::new();
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        if !met.insert(schema.number()) {
            continue;
        }
        let members = schema.value().as_object();
        if members.is_some_and(|members| members.iter().any(|(name, value)| is_assertion(name, value))) {
            return true;
        }
        open.extend(schema.reference());
        open.extend([schema.all_of(), schema.any_of(), schema.one_of()].concat());
    }
    false
}
