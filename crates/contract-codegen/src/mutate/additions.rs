//! What an object may say and does not: every field that the grammar knows is added once, and some in ways that matter more.

use serde_json::{Map, Value, json};

use crate::grammar::{Content, Field, Grammar, Shape};

/// The fields to add to an object, each with its value.
pub(super) fn of(grammar: Grammar, shape: Shape, members: &Map<String, Value>) -> Vec<(&'static str, Value)> {
    if members.contains_key("$ref") {
        return Vec::new();
    }
    let chosen = chosen(shape);
    let others = grammar
        .fields(shape)
        .filter(|field| !chosen.iter().any(|(name, _)| *name == field.name))
        .filter_map(|field| Some((field.name, value(field)?)));
    let others: Vec<(&'static str, Value)> = others.collect();
    let all = chosen.into_iter().chain(others);
    all.filter(|(name, _)| !members.contains_key(*name)).collect()
}

/// Values that a contract could have there.
fn chosen(shape: Shape) -> Vec<(&'static str, Value)> {
    match shape {
        Shape::Schema => vec![
            ("maxLength", json!(0)),
            ("minimum", json!(0)),
            ("pattern", json!("^mutant$")),
            ("format", json!("uuid")),
            ("required", json!(["mutant"])),
        ],
        Shape::Parameter => vec![
            ("style", json!("pipeDelimited")),
            ("explode", json!(true)),
            ("explode", json!(false)),
        ],
        Shape::Operation => vec![
            ("security", json!([{"mutant": []}])),
            (
                "parameters",
                json!([{"name": "mutant", "in": "query", "schema": {}}]),
            ),
            ("requestBody", json!({"content": {}})),
            ("tags", json!(["mutant"])),
        ],
        Shape::MediaType => vec![("schema", json!({"type": "string"}))],
        Shape::Response => vec![
            ("headers", json!({"Mutant": {"schema": {}}})),
            ("content", json!({"text/mutant": {}})),
        ],
        Shape::OpenApi => vec![
            ("security", json!([{"mutant": []}])),
            ("servers", json!([{"url": "/mutant"}])),
        ],
        _ => Vec::new(),
    }
}

/// A value for a field that is not what is so without it; none for a reference, which would put another object in its place.
fn value(field: &Field) -> Option<Value> {
    if matches!(field.name, "$ref" | "$dynamicRef") {
        return None;
    }
    Some(match field.content {
        Content::Flag => json!(true),
        Content::Count | Content::Number => json!(1),
        Content::SchemaOrBool(_) => json!(false),
        Content::Each | Content::Texts | Content::Words => json!(["of a mutant"]),
        Content::One(_) | Content::OneOrList(_) => json!({}),
        Content::List(_) => json!([{}]),
        Content::Map(_) | Content::MapOrTexts(_) => json!({"mutant": {}}),
        Content::TextsMap => json!({"mutant": ["of a mutant"]}),
        _ => json!("of a mutant"),
    })
}
