//! A valid value with one thing broken.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::make::{Maker, limit};
use super::{Instance, number, text};

/// A place in a value, and the schema that holds there.
struct Site {
    pointer: String,
    schema: Value,
}

impl Maker<'_> {
    /// Breaks one keyword at one place.
    pub(crate) fn broken(&mut self, schema: &Value, mut value: Value) -> Instance {
        let mut sites = Vec::new();
        self.collect(schema, &value, String::new(), &mut sites);
        let chosen = self.random.usize(..sites.len());
        let site = sites.swap_remove(chosen);
        let present = value.pointer(&site.pointer).unwrap_or(&Value::Null);
        let mut faults = faults(&site.schema, present);
        if let Some(unwanted) = site.schema.get("not")
            && let Some(value) = self.valid(unwanted)
        {
            faults.push(("not", value));
        }
        // Each keyword as often as another, however many ways there are to break it.
        let keywords: BTreeSet<&str> = faults.iter().map(|(keyword, _)| *keyword).collect();
        let keyword = self.random.choice(keywords);
        faults.retain(|(other, _)| Some(*other) == keyword);
        let (keyword, broken) = match self.random.choice(faults) {
            Some(fault) => fault,
            None => (
                "type",
                other_kind(value.pointer(&site.pointer), self.random.usize(..7)),
            ),
        };
        if let Some(place) = value.pointer_mut(&site.pointer) {
            *place = broken;
        }
        Instance {
            value,
            fault: Some(format!("{keyword} at `{}`", site.pointer)),
        }
    }

    /// The places of a value with their schemas.
    fn collect(&mut self, schema: &Value, value: &Value, pointer: String, sites: &mut Vec<Site>) {
        let whole = self.whole(schema);
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let escaped = name.replace('~', "~0").replace('/', "~1");
                    let declared = whole
                        .get("properties")
                        .and_then(|properties| properties.get(name));
                    let schema = declared
                        .or_else(|| whole.get("additionalProperties"))
                        .cloned()
                        .unwrap_or(json!({}));
                    self.collect(&schema, member, format!("{pointer}/{escaped}"), sites);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate().take(5) {
                    let prefix = whole.pointer(&format!("/prefixItems/{index}"));
                    let schema = prefix
                        .or_else(|| whole.get("items"))
                        .cloned()
                        .unwrap_or(json!({}));
                    self.collect(&schema, item, format!("{pointer}/{index}"), sites);
                }
            }
            _ => {}
        }
        sites.push(Site {
            pointer,
            schema: whole,
        });
    }
}

/// What can be broken at a place, each with the value that breaks it.
fn faults(schema: &Value, value: &Value) -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    if schema.get("type").is_some() {
        found.extend((0..7).map(|index| ("type", other_kind(Some(value), index))));
    }
    if schema.get("enum").is_some() || schema.get("const").is_some() {
        found.push(("enum", similar(value)));
    }
    match value {
        Value::String(text) => of_text(schema, text, &mut found),
        Value::Number(_) => of_number(schema, value.as_f64().unwrap_or_default(), &mut found),
        Value::Array(items) => of_array(schema, items, &mut found),
        Value::Object(members) => of_object(schema, members, &mut found),
        _ => {}
    }
    found
}

fn of_text(schema: &Value, text: &str, found: &mut Vec<(&'static str, Value)>) {
    if let Some(least @ 1..) = limit(schema, "minLength") {
        let short: String = text.chars().take(least - 1).collect();
        found.push(("minLength", Value::from(short)));
    }
    if let Some(most) = limit(schema, "maxLength").filter(|most| *most < 20_000) {
        found.push((
            "maxLength",
            Value::from(format!(
                "{text}{}",
                "x".repeat((most + 1).saturating_sub(text.chars().count()))
            )),
        ));
        // As many letters as may be, each of two UTF-16 units: still valid.
        found.push(("maxLength", Value::from("𝄞".repeat(most))));
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        let odd = [
            format!("{text}\n"),
            format!(" {text}"),
            format!("{text}!"),
            text.to_uppercase(),
            String::new(),
        ];
        let breaking = odd.iter().find(|odd| !text::is_match(pattern, odd)).cloned();
        found.extend(breaking.map(|odd| ("pattern", Value::from(odd))));
    }
    if schema.get("format").is_some() {
        for odd in [
            format!("{text}x"),
            format!(" {text}"),
            text.replace('-', "/"),
            String::new(),
            text.to_lowercase(),
        ] {
            found.push(("format", Value::from(odd)));
        }
    }
}

fn of_number(schema: &Value, value: f64, found: &mut Vec<(&'static str, Value)>) {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let steps = [
        ("minimum", -1.0),
        ("maximum", 1.0),
        ("minimum", -0.5),
        ("maximum", 0.5),
        ("exclusiveMinimum", 0.0),
        ("exclusiveMaximum", 0.0),
    ];
    for (keyword, [less, bound, more]) in number::at_long_bounds(schema) {
        let odd = match keyword {
            "minimum" => less,
            "maximum" => more,
            _ => bound,
        };
        found.push((keyword, odd));
    }
    for (keyword, step) in steps {
        found.extend(bound(keyword).and_then(|bound| Some((keyword, number::number(bound + step, false)?))));
    }
    if let Some(step) = bound("multipleOf") {
        found.extend(number::number(value + step / 2.0, false).map(|odd| ("multipleOf", odd)));
    }
    if schema.get("type").is_some_and(|kind| kind == "integer") {
        found.extend(number::number(value + 0.5, false).map(|odd| ("type", odd)));
    }
    match schema.get("format").and_then(Value::as_str) {
        Some("int32") => {
            found.extend([2_147_483_648_i64, -2_147_483_649].map(|odd| ("format", Value::from(odd))));
        }
        Some("int64") => found.push(("format", Value::from(9_223_372_036_854_775_808_u64))),
        _ => {}
    }
}

fn of_array(schema: &Value, items: &[Value], found: &mut Vec<(&'static str, Value)>) {
    let mut more = items.to_vec();
    if let Some(least @ 1..) = limit(schema, "minItems") {
        let few: Vec<Value> = items.iter().take(least - 1).cloned().collect();
        found.push(("minItems", Value::from(few)));
    }
    if let Some(most) = limit(schema, "maxItems").filter(|most| *most < 1000) {
        let item = items.first().cloned().unwrap_or(json!("x"));
        more.resize(most + 1, item);
        found.push(("maxItems", Value::from(more)));
    }
    if schema.get("uniqueItems") == Some(&Value::Bool(true))
        && let Some(first) = items.first()
    {
        found.push((
            "uniqueItems",
            Value::from([items, std::slice::from_ref(first)].concat()),
        ));
    }
}

fn of_object(schema: &Value, members: &Map<String, Value>, found: &mut Vec<(&'static str, Value)>) {
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        let mut without = members.clone();
        without.remove(name);
        found.push(("required", Value::Object(without)));
    }
    let mut more = members.clone();
    more.insert("unheard-of".to_owned(), json!(1));
    found.push(("additionalProperties", Value::Object(more)));
    for name in members.keys() {
        let mut nulled = members.clone();
        nulled.insert(name.clone(), Value::Null);
        found.push(("type", Value::Object(nulled)));
    }
    if limit(schema, "minProperties").is_some() {
        found.push(("minProperties", json!({})));
    }
}

/// A value of another type.
fn other_kind(value: Option<&Value>, index: usize) -> Value {
    let kinds = [
        json!("text"),
        json!(7),
        json!(1.5),
        json!(true),
        json!(null),
        json!([]),
        json!({}),
        json!("7"),
    ];
    let is_other = |other: &&Value| {
        value.is_none_or(|value| std::mem::discriminant(*other) != std::mem::discriminant(value))
    };
    let (before, after) = kinds.split_at(index.min(kinds.len()));
    after
        .iter()
        .chain(before)
        .find(is_other)
        .cloned()
        .unwrap_or_default()
}

/// A value that looks like another.
fn similar(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(format!("{text}x")),
        Value::Number(_) => json!(123_456_789),
        Value::Bool(truth) => json!(!truth),
        _ => json!("other"),
    }
}
