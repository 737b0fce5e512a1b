//! How a value breaks one keyword.

use contract_codegen::{Kind, Schema, child};
use serde_json::{Map, Value, json};

/// A change to an instance that breaks one keyword, and the instance that keeps it.
#[derive(Debug, Clone)]
pub(super) struct Break {
    /// The keyword's pointer in the contract.
    pub(super) pointer: String,
    /// The keyword, as a violation names it.
    pub(super) keyword: &'static str,
    /// Where the violation is reported, as a pointer into the instance.
    pub(super) at: String,
    /// The instance that breaks it.
    pub(super) broken: Value,
    /// The instance that just keeps it.
    pub(super) twin: Value,
}

/// How a contract says what the keys of a map must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyPattern {
    /// `x-key-pattern`, in OpenAPI 3.0.
    Extension,
    /// `propertyNames`, in AsyncAPI.
    PropertyNames,
}

/// Every way to break `schema` in `instance`, which is valid.
pub(super) fn breaks_of(schema: &Schema, instance: &Value, keys: KeyPattern) -> Vec<Break> {
    let mut walk = Walk {
        root: instance.clone(),
        keys,
        breaks: Vec::new(),
    };
    walk.schema(schema, "", instance);
    walk.breaks
}

struct Walk {
    root: Value,
    keys: KeyPattern,
    breaks: Vec<Break>,
}

impl Walk {
    fn with(&self, at: &str, value: Value) -> Value {
        let mut root = self.root.clone();
        *root.pointer_mut(at).expect("the place is in the instance") = value;
        root
    }

    /// A break by `value` in place of what is at `at`; its twin has `twin` there.
    fn replace(&mut self, schema: &Schema, at: &str, keyword: &'static str, value: Value, twin: Value) {
        let pointer = child(&schema.pointer, keyword);
        let (broken, twin) = (self.with(at, value), self.with(at, twin));
        self.breaks.push(Break {
            pointer,
            keyword,
            at: at.to_owned(),
            broken,
            twin,
        });
    }

    fn schema(&mut self, schema: &Schema, at: &str, value: &Value) {
        if schema.kind != Kind::Any {
            let other = if schema.kind == Kind::String {
                json!(true)
            } else {
                json!("other")
            };
            self.replace(schema, at, "type", other, value.clone());
        }
        if let Some(constant) = &schema.constant {
            self.replace(schema, at, "const", json!("another-constant"), constant.clone());
        }
        for (index, item) in schema.enumeration.iter().enumerate() {
            let near_miss = json!(format!("{}-not", item.as_str().unwrap_or_default()));
            if index == 0 {
                self.replace(schema, at, "enum", near_miss.clone(), item.clone());
            }
            let pointer = child(&child(&schema.pointer, "enum"), index);
            let (broken, twin) = (self.with(at, near_miss), self.with(at, item.clone()));
            self.breaks.push(Break {
                pointer,
                keyword: "enum",
                at: at.to_owned(),
                broken,
                twin,
            });
        }
        match value {
            Value::String(text) => self.string(schema, at, text),
            Value::Number(_) => self.number(schema, at, value),
            Value::Array(items) => self.array(schema, at, items),
            Value::Object(members) => self.object(schema, at, members),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn string(&mut self, schema: &Schema, at: &str, text: &str) {
        let keeps_pattern = |candidate: &str| {
            schema.pattern.as_ref().is_none_or(|pattern| {
                regress::Regex::with_flags(pattern, "u")
                    .expect("a pattern")
                    .find(candidate)
                    .is_some()
            })
        };
        if let Some(most) = schema.max_length {
            let most = usize::try_from(most).expect("a length");
            let longest = "a".repeat(most);
            let fits = keeps_pattern(&longest) && schema.format.is_none();
            let twin = if fits { longest } else { text.to_owned() };
            self.replace(schema, at, "maxLength", json!("a".repeat(most + 1)), json!(twin));
        }
        if let Some(least) = schema.min_length {
            let least = usize::try_from(least).expect("a length");
            let shortest = "a".repeat(least);
            let fits = keeps_pattern(&shortest) && schema.format.is_none();
            let twin = if fits { shortest } else { text.to_owned() };
            self.replace(schema, at, "minLength", json!("a".repeat(least - 1)), json!(twin));
        }
        if schema.pattern.is_some() {
            let candidates = ["!", "not it", "a\u{7}b", "ä", ""];
            let miss = candidates
                .into_iter()
                .find(|candidate| !keeps_pattern(candidate))
                .expect("a text that does not match");
            self.replace(schema, at, "pattern", json!(miss), json!(text));
        }
        if let Some(format) = &schema.format {
            let miss = match format.as_str() {
                "uuid" => "not-a-uuid",
                "date-time" => "2026-02-30T25:00:00Z",
                "uri" => "relative",
                "uri-reference" => "a b\\c",
                "iana-time-zone" => "Nowhere/Land",
                _ => return,
            };
            self.replace(schema, at, "format", json!(miss), json!(text));
        }
    }

    fn number(&mut self, schema: &Schema, at: &str, value: &Value) {
        let bound = |bound: &Option<Value>| bound.as_ref().and_then(Value::as_i64);
        if let Some(least) = bound(&schema.minimum) {
            self.replace(schema, at, "minimum", json!(least - 1), json!(least));
        }
        if let Some(most) = bound(&schema.maximum) {
            self.replace(schema, at, "maximum", json!(most + 1), json!(most));
        }
        match schema.format.as_deref() {
            Some("int32") => self.replace(schema, at, "format", json!(1_i64 << 31), value.clone()),
            Some("int64") => self.replace(schema, at, "format", json!(1_u64 << 63), value.clone()),
            _ => {}
        }
    }

    fn array(&mut self, schema: &Schema, at: &str, items: &[Value]) {
        let first = items.first().expect("an example with an item").clone();
        if let Some(most) = schema.max_items {
            let repeated = vec![first.clone(); usize::try_from(most).expect("a length") + 1];
            self.replace(schema, at, "maxItems", Value::Array(repeated), json!(items));
        }
        if schema.unique_items {
            self.replace(schema, at, "uniqueItems", json!([first, first]), json!([first]));
        }
        if let Some(item) = &schema.items {
            // One item alone, so that the values tried in its place are not there twice.
            let one_item = self.with(at, json!([first]));
            let whole = std::mem::replace(&mut self.root, one_item);
            self.schema(item, &child(at, 0), &first);
            self.root = whole;
        }
    }

    fn object(&mut self, schema: &Schema, at: &str, members: &Map<String, Value>) {
        use contract_codegen::Additional;
        for (index, name) in schema.required.iter().enumerate() {
            let mut fewer = members.clone();
            fewer.shift_remove(name);
            let pointer = child(&child(&schema.pointer, "required"), index);
            let broken = self.with_object(at, fewer);
            self.breaks.push(Break {
                pointer,
                keyword: "required",
                at: child(at, name),
                broken,
                twin: self.root.clone(),
            });
        }
        if matches!(schema.additional, Additional::Closed) {
            self.add(schema, at, members, "additionalProperties", "unknownMember");
        }
        if schema.key_pattern.is_some() {
            let (pointer, keyword) = match self.keys {
                KeyPattern::Extension => (child(&schema.pointer, "x-key-pattern"), "x-key-pattern"),
                KeyPattern::PropertyNames => (
                    child(&child(&schema.pointer, "propertyNames"), "pattern"),
                    "propertyNames",
                ),
            };
            let value = members.values().next().expect("an example with a member").clone();
            let (broken, twin) = (self.added(at, members, "Not A Key", &value), self.root.clone());
            self.breaks.push(Break {
                pointer,
                keyword,
                at: child(at, "Not A Key"),
                broken,
                twin,
            });
        }
        if let Some(most) = schema.max_properties {
            let value = members.values().next().expect("an example with a member").clone();
            let fill = |count: u64| -> Map<String, Value> {
                (0..count)
                    .map(|index| (format!("k{index}"), value.clone()))
                    .collect()
            };
            self.replace(
                schema,
                at,
                "maxProperties",
                Value::Object(fill(most + 1)),
                Value::Object(fill(most)),
            );
        }
        for (name, property) in &schema.properties {
            if let Some(value) = members.get(name) {
                self.schema(property, &child(at, name), value);
            }
        }
        if let Additional::Of(additional) = &schema.additional {
            let (name, value) = members.iter().next().expect("an example with a member");
            self.schema(additional, &child(at, name), value);
        }
    }

    fn add(
        &mut self,
        schema: &Schema,
        at: &str,
        members: &Map<String, Value>,
        keyword: &'static str,
        name: &str,
    ) {
        let broken = self.added(at, members, name, &json!(1));
        let pointer = child(&schema.pointer, keyword);
        self.breaks.push(Break {
            pointer,
            keyword,
            at: child(at, name),
            broken,
            twin: self.root.clone(),
        });
    }

    fn added(&self, at: &str, members: &Map<String, Value>, name: &str, value: &Value) -> Value {
        let mut more = members.clone();
        more.insert(name.to_owned(), value.clone());
        self.with_object(at, more)
    }

    fn with_object(&self, at: &str, members: Map<String, Value>) -> Value {
        if at.is_empty() {
            Value::Object(members)
        } else {
            self.with(at, Value::Object(members))
        }
    }
}
