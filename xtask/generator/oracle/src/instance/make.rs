//! A value that is meant to be valid.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::{merge, number, text};

/// Deeper than that only what is required is made, and deeper than twice that nothing.
const DEPTH_MAX: usize = 6;

/// No value has more parts, so that wide schemas inside of wide schemas stay small.
const PARTS_MAX: usize = 400;

/// Makes values.
pub(crate) struct Maker<'a> {
    pub(super) document: &'a Value,
    pub(crate) random: Rng,
    depth: usize,
    parts: usize,
}

impl<'a> Maker<'a> {
    pub(crate) fn new(document: &'a Value, random: Rng) -> Self {
        Self {
            document,
            random,
            depth: 0,
            parts: 0,
        }
    }

    /// A value that is meant to be valid; none where the schema seems to have none.
    pub(crate) fn valid(&mut self, schema: &Value) -> Option<Value> {
        self.parts = 0;
        self.make(schema)
    }

    /// The schema with what it refers to and all of its parts in one place, as far as that can be said.
    pub(super) fn whole(&mut self, schema: &Value) -> Value {
        merge::whole(self.document, &mut self.random, schema, 0)
    }

    fn make(&mut self, schema: &Value) -> Option<Value> {
        self.parts += 1;
        if *schema == Value::Bool(false) || self.depth > DEPTH_MAX * 3 {
            return None;
        }
        self.depth += 1;
        let whole = self.whole(schema);
        let made = self.make_whole(&whole);
        self.depth -= 1;
        made
    }

    fn make_whole(&mut self, schema: &Value) -> Option<Value> {
        if *schema == Value::Bool(false) {
            return None;
        }
        if let Some(value) = schema.get("const") {
            return Some(value.clone());
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return self.random.choice(values).cloned();
        }
        match self.kind(schema).as_str() {
            "object" => self.object(schema),
            "array" => self.array(schema),
            "string" => Some(Value::from(text::make(&mut self.random, schema))),
            "integer" => number::make(&mut self.random, schema, true),
            "number" => number::make(&mut self.random, schema, false),
            "boolean" => Some(Value::from(self.random.bool())),
            _ => Some(Value::Null),
        }
    }

    /// One of the types that are allowed; where none is named, the one that the keywords speak of.
    fn kind(&mut self, schema: &Value) -> String {
        match schema.get("type") {
            Some(Value::String(kind)) => return kind.clone(),
            Some(Value::Array(kinds)) => {
                // Seldom `null`, which says little.
                let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
                let telling: Vec<&str> = kinds.iter().copied().filter(|kind| *kind != "null").collect();
                let from = if telling.is_empty() || self.random.u8(..6) == 0 {
                    kinds
                } else {
                    telling
                };
                return self.random.choice(from).unwrap_or("null").to_owned();
            }
            _ => {}
        }
        let spoken_of: [(&str, &[&str]); 4] = [
            (
                "object",
                &[
                    "properties",
                    "required",
                    "additionalProperties",
                    "minProperties",
                    "patternProperties",
                ],
            ),
            ("array", &["items", "minItems", "prefixItems", "contains"]),
            ("string", &["pattern", "minLength", "maxLength"]),
            (
                "number",
                &["minimum", "maximum", "multipleOf", "exclusiveMinimum"],
            ),
        ];
        let has = |names: &[&str]| names.iter().any(|name| schema.get(name).is_some());
        let named = spoken_of
            .iter()
            .find(|(_, names)| has(names))
            .map(|(kind, _)| *kind);
        let any = ["string", "integer", "boolean", "object", "null", "number"];
        named
            .or_else(|| self.random.choice(any))
            .unwrap_or("string")
            .to_owned()
    }

    fn object(&mut self, schema: &Value) -> Option<Value> {
        let empty = Map::new();
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .unwrap_or(&empty);
        let required: BTreeSet<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut members = Map::new();
        let most = limit(schema, "maxProperties")
            .unwrap_or(usize::MAX)
            .max(required.len());
        let wants_all = self.random.u8(..4) == 0;
        for (name, property) in properties {
            let is_required = required.contains(name.as_str());
            let is_wanted = self.depth <= DEPTH_MAX
                && self.parts < PARTS_MAX
                && members.len() < most
                && (wants_all || self.random.bool());
            if is_required || is_wanted {
                match self.make(property) {
                    Some(value) => drop(members.insert(name.clone(), value)),
                    None if is_required => return None,
                    None => {}
                }
            }
        }
        for name in required.iter().filter(|name| !properties.contains_key(**name)) {
            let value = self.additional(schema, name)?;
            members.insert((*name).to_owned(), value);
        }
        self.depend(schema, &mut members);
        self.fill(schema, &mut members, most);
        Some(Value::Object(members))
    }

    /// Members that others ask for.
    fn depend(&mut self, schema: &Value, members: &mut Map<String, Value>) {
        let depends = schema.get("dependentRequired").and_then(Value::as_object);
        for (name, wanted) in depends.into_iter().flatten() {
            for other in wanted.as_array().into_iter().flatten().filter_map(Value::as_str) {
                if members.contains_key(name) && !members.contains_key(other) {
                    let property = schema
                        .pointer(&format!("/properties/{other}"))
                        .cloned()
                        .unwrap_or(json!({}));
                    let value = self.make(&property).unwrap_or_default();
                    members.insert(other.to_owned(), value);
                }
            }
        }
    }

    /// Members with names that the contract does not give: as many as are needed, or a few.
    fn fill(&mut self, schema: &Value, members: &mut Map<String, Value>, most: usize) {
        let least = limit(schema, "minProperties").unwrap_or(0).min(64);
        let is_map = schema
            .get("additionalProperties")
            .is_some_and(|more| *more != Value::Bool(false));
        let few = if is_map && self.depth <= DEPTH_MAX {
            self.random.usize(..3)
        } else {
            0
        };
        let wanted = least.max(members.len() + few).min(most);
        let names = schema.get("propertyNames").cloned();
        for attempt in 0..wanted * 4 {
            if members.len() >= wanted {
                break;
            }
            let name = match &names {
                Some(names) => match self.make(names) {
                    Some(Value::String(name)) => name,
                    _ => break,
                },
                None => self.key(schema, attempt),
            };
            if members.contains_key(&name) {
                continue;
            }
            let Some(value) = self.additional(schema, &name) else {
                break;
            };
            members.insert(name, value);
        }
    }

    fn key(&mut self, schema: &Value, attempt: usize) -> String {
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let pattern = patterns.and_then(|patterns| self.random.choice(patterns.keys().collect::<Vec<_>>()));
        match pattern {
            Some(pattern) if self.random.bool() => {
                text::matching(&mut self.random, pattern).unwrap_or_default()
            }
            _ => format!("key{attempt}"),
        }
    }

    /// A value for a member that is no declared property.
    fn additional(&mut self, schema: &Value, name: &str) -> Option<Value> {
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let matching = patterns
            .into_iter()
            .flatten()
            .find(|(pattern, _)| text::is_match(pattern, name));
        if let Some((_, pattern)) = matching {
            return self.make(pattern);
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(more) => self.make(&more.clone()),
            None => Some(json!("anything")),
        }
    }

    fn array(&mut self, schema: &Value) -> Option<Value> {
        let least = limit(schema, "minItems").unwrap_or(0);
        let most = limit(schema, "maxItems").unwrap_or(least + 3);
        let room = if self.depth > DEPTH_MAX || self.parts > PARTS_MAX {
            0
        } else {
            3
        };
        let wanted = self
            .random
            .usize(least..=most.min(least + room).max(least))
            .min(300);
        let prefix = schema
            .get("prefixItems")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let rest = schema.get("items").cloned().unwrap_or(json!({}));
        let is_set = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let mut items: Vec<Value> = Vec::new();
        for _ in 0..wanted * 5 {
            if items.len() >= wanted {
                break;
            }
            let item = prefix.get(items.len()).unwrap_or(&rest);
            match self.make(item) {
                Some(value) if !is_set || !items.contains(&value) => items.push(value),
                Some(_) => {}
                None => break,
            }
        }
        if let Some(contained) = schema.get("contains")
            && let Some(value) = self.make(contained)
        {
            items.push(value);
        }
        (items.len() >= least).then_some(Value::Array(items))
    }
}

/// The number at a keyword that counts something.
pub(super) fn limit(schema: &Value, keyword: &str) -> Option<usize> {
    let value = schema.get(keyword)?;
    let whole = value.as_u64().or_else(|| {
        let text = value.as_f64()?.to_string();
        text.parse().ok()
    })?;
    usize::try_from(whole).ok()
}
