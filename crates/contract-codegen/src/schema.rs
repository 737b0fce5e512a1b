//! A schema of either contract: where it stands ([`SchemaAt`]), and read into one model.

mod at;
mod kinds;
mod places;

use contract_scalars::Decimal;
use indexmap::IndexMap;
use serde_json::Value;

pub use at::{AdditionalAt, DiscriminatorAt, SchemaAt};
pub(crate) use kinds::KindsMemo;
pub use kinds::{JsonKind, Kinds};

use crate::source::child;
use crate::{Refusal, Source};

/// The value of a keyword that counts. It may be written `2.0` (JSON Schema 2020-12 core §4.2.3); `None` where it is no whole number, or
/// beyond 64 bits.
pub(crate) fn count(value: &Value) -> Option<u64> {
    let whole = || Decimal::of(value.as_number()?)?.to_integer()?.as_u64();
    value.as_u64().or_else(whole)
}

/// The `type` of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the type of the same name")]
pub enum Kind {
    Any,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// What an object may hold beyond its properties.
#[derive(Debug, Clone)]
pub enum Additional {
    /// The contract does not say.
    Unsaid,
    /// Anything.
    Open,
    /// Nothing.
    Closed,
    /// Values of a schema.
    Of(Box<Schema>),
}

/// A schema where it is used: its keywords, and the name of the component that a reference leads to.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the keyword of the same name")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the keywords are independent of each other"
)]
pub struct Schema {
    /// Where its keywords stand.
    pub pointer: String,
    /// The component that it is, where it is one.
    pub component: Option<String>,
    pub kind: Kind,
    pub format: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub deprecated: bool,
    pub read_only: bool,
    pub default: Option<Value>,
    pub example: Option<Value>,
    pub examples: Option<Vec<Value>>,
    pub constant: Option<Value>,
    pub enumeration: Vec<Value>,
    pub minimum: Option<Value>,
    pub maximum: Option<Value>,
    pub exclusive_minimum: bool,
    pub exclusive_maximum: bool,
    pub multiple_of: Option<Value>,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub pattern: Option<String>,
    pub items: Option<Box<Schema>>,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub unique_items: bool,
    pub properties: IndexMap<String, Schema>,
    pub required: Vec<String>,
    pub additional: Additional,
    pub key_pattern: Option<String>,
    pub min_properties: Option<u64>,
    pub max_properties: Option<u64>,
}

impl Schema {
    /// The schema at `pointer`, with everything that it refers to read in; one that accepts everything where none stands there.
    #[must_use]
    pub fn at(source: &Source, pointer: Option<&str>) -> Self {
        Self::read(source, pointer).0
    }

    /// The same, with what cannot be read of it.
    pub(crate) fn read(source: &Source, pointer: Option<&str>) -> (Self, Vec<Refusal>) {
        let mut reader = SchemaReader::new(source);
        let pointer = pointer.unwrap_or_default();
        let value = source.at(pointer).filter(|_| !pointer.is_empty());
        let schema = reader.read(pointer, value.unwrap_or(&Value::Null));
        (schema, reader.refusals)
    }
}

/// Reads schemas; what they refer to is read with them, and a reference back to a schema that is being read is refused.
pub(crate) struct SchemaReader<'a> {
    pub(crate) source: &'a Source,
    pub(crate) refusals: Vec<Refusal>,
    open: Vec<String>,
}

impl<'a> SchemaReader<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self {
            source,
            refusals: Vec::new(),
            open: Vec::new(),
        }
    }

    fn refuse(&mut self, pointer: &str, reason: impl Into<String>) {
        self.refusals.push(self.source.refuse(pointer, reason));
    }

    /// The schema at `pointer`, or the one that it refers to.
    pub(crate) fn read(&mut self, pointer: &str, value: &Value) -> Schema {
        if let Some((target, resolved)) = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|text| self.source.follow(text))
        {
            if self.open.iter().any(|open| open == target) {
                self.refuse(pointer, "a schema that contains itself is not taken over yet");
                return self.keywords(pointer, &Value::Object(serde_json::Map::new()));
            }
            self.open.push(target.to_owned());
            let mut schema = self.keywords(target, resolved);
            schema.component = target.strip_prefix("/components/schemas/").map(str::to_owned);
            self.open.pop();
            return schema;
        }
        let mut schema = self.keywords(pointer, value);
        schema.component = pointer
            .strip_prefix("/components/schemas/")
            .filter(|name| !name.contains('/'))
            .map(str::to_owned);
        schema
    }

    fn keywords(&mut self, pointer: &str, value: &Value) -> Schema {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or(false);
        let count = |name: &str| value.get(name).and_then(count);
        let list = |name: &str| value.get(name).and_then(Value::as_array).cloned();
        let kind = self.kind(pointer, value);
        let additional_pointer = child(pointer, "additionalProperties");
        let key_pattern = text("x-key-pattern").or_else(|| {
            value
                .get("propertyNames")
                .and_then(|names| names.get("pattern"))
                .and_then(Value::as_str)
                .map(str::to_owned)
        });
        self.check_bounds(pointer, value);
        self.check_patterns(pointer, value);
        Schema {
            pointer: pointer.to_owned(),
            component: None,
            kind,
            format: text("format"),
            title: text("title"),
            description: text("description"),
            deprecated: flag("deprecated"),
            read_only: flag("readOnly"),
            default: value.get("default").cloned(),
            example: value.get("example").cloned(),
            examples: list("examples"),
            constant: value.get("const").cloned(),
            enumeration: list("enum").unwrap_or_default(),
            minimum: value.get("minimum").cloned(),
            maximum: value.get("maximum").cloned(),
            exclusive_minimum: flag("exclusiveMinimum"),
            exclusive_maximum: flag("exclusiveMaximum"),
            multiple_of: value.get("multipleOf").cloned(),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            pattern: text("pattern"),
            items: value
                .get("items")
                .map(|items| Box::new(self.read(&child(pointer, "items"), items))),
            min_items: count("minItems"),
            max_items: count("maxItems"),
            unique_items: flag("uniqueItems"),
            properties: self.properties(pointer, value),
            required: list("required")
                .unwrap_or_default()
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            additional: match value.get("additionalProperties") {
                None => Additional::Unsaid,
                Some(Value::Bool(true)) => Additional::Open,
                Some(Value::Bool(false)) => Additional::Closed,
                Some(schema) => Additional::Of(Box::new(self.read(&additional_pointer, schema))),
            },
            key_pattern,
            min_properties: count("minProperties"),
            max_properties: count("maxProperties"),
        }
    }

    fn properties(&mut self, pointer: &str, value: &Value) -> IndexMap<String, Schema> {
        let at = child(pointer, "properties");
        let members = value.get("properties").and_then(Value::as_object);
        let read = |(name, member): (&String, &Value)| (name.clone(), self.read(&child(&at, name), member));
        members.into_iter().flatten().map(read).collect()
    }

    fn kind(&mut self, pointer: &str, value: &Value) -> Kind {
        match value.get("type").and_then(Value::as_str) {
            None => Kind::Any,
            Some("boolean") => Kind::Boolean,
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("string") => Kind::String,
            Some("array") => Kind::Array,
            Some("object") => Kind::Object,
            Some(other) => {
                self.refuse(
                    &child(pointer, "type"),
                    format!("there is no type `{other}` in this format"),
                );
                Kind::Any
            }
        }
    }

    /// Poem-openapi keeps bounds as 64-bit floats; a bound that such a float cannot hold would be served changed.
    fn check_bounds(&mut self, pointer: &str, value: &Value) {
        for name in ["minimum", "maximum", "multipleOf"] {
            let bound = value.get(name);
            let signed = bound.and_then(Value::as_i64).map(i64::unsigned_abs);
            let magnitude = signed.or_else(|| bound.and_then(Value::as_u64));
            if magnitude.is_some_and(|magnitude| magnitude > 1 << 53) {
                self.refuse(
                    &child(pointer, name),
                    "bounds beyond 2^53 are not taken over: a 64-bit float cannot hold them",
                );
            }
        }
    }

    /// A pattern that the runtime could not compile would refuse every value.
    fn check_patterns(&mut self, pointer: &str, value: &Value) {
        for path in ["pattern", "x-key-pattern", "propertyNames/pattern"] {
            let at = format!("{pointer}/{path}");
            let Some(pattern) = value.pointer(&format!("/{path}")).and_then(Value::as_str) else {
                continue;
            };
            if let Err(error) = regress::Regex::with_flags(pattern, "u") {
                self.refuse(&at, format!("is no regular expression of ECMA 262: {error}"));
            }
        }
    }
}
