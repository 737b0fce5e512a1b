//! A schema where it stands in its document.
//!
//! A [`SchemaAt`] is a place: a pointer into the document and the value that stands there. Nothing is copied, and a reference is
//! followed only when someone asks where it leads; so schemas may contain themselves, and a document that refers to a
//! schema a thousand times holds it once. Its children are places again, each with its own pointer, to which a refusal
//! or a name can be tied.

use serde_json::Value;

use super::kinds::Kinds;
use crate::emit::schemas::{has_foreigners, has_keyword};
use crate::{Dialect, Source};

pub(super) const COMPONENTS: &str = "/components/schemas/";

/// Keywords that say something about values without refusing any (JSON Schema validation §9, OpenAPI 3.1.0 §4.8.24).
const ANNOTATIONS: [&str; 13] = [
    "$comment",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "readOnly",
    "summary",
    "title",
    "writeOnly",
    "xml",
];

/// A schema in a document.
#[derive(Debug, Clone, Copy)]
pub struct SchemaAt<'a> {
    pub(super) source: &'a Source,
    /// That of the value, in the order of the document.
    pub(super) number: usize,
    pub(super) pointer: &'a str,
    pub(super) value: &'a Value,
}

/// What an object may hold beyond its properties.
#[derive(Debug, Clone, Copy)]
pub enum AdditionalAt<'a> {
    /// Anything, because the contract does not say.
    Unsaid,
    /// Anything, because the contract says so.
    Open,
    /// Nothing.
    Closed,
    /// Values of a schema.
    Of(SchemaAt<'a>),
}

/// How the members of a union are told apart (OpenAPI 3.0.3 §4.7.25).
#[derive(Debug, Clone)]
pub struct DiscriminatorAt<'a> {
    /// The property whose value names the member.
    pub property: &'a str,
    /// The values that the contract maps to a schema, as far as it names one that exists.
    pub mapping: Vec<(&'a str, SchemaAt<'a>)>,
}

/// Two places are the same where the pointer is.
impl PartialEq for SchemaAt<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && std::ptr::eq(self.source, other.source)
    }
}

impl Eq for SchemaAt<'_> {}

impl<'a> SchemaAt<'a> {
    /// The document.
    #[must_use]
    pub fn source(self) -> &'a Source {
        self.source
    }

    /// The number of its value, in the order of the document.
    pub(crate) fn number(self) -> usize {
        self.number
    }

    /// Where it stands.
    #[must_use]
    pub fn pointer(self) -> &'a str {
        self.pointer
    }

    /// What stands there: an object, `true` or `false`.
    #[must_use]
    pub fn value(self) -> &'a Value {
        self.value
    }

    /// What a keyword says. One that only other dialects have says nothing.
    #[must_use]
    pub fn keyword(self, name: &str) -> Option<&'a Value> {
        let value = self.shown(name)?;
        let dialect = || self.source.dialect_at(self.pointer);
        (!has_foreigners(name) || has_keyword(dialect(), name)).then_some(value)
    }

    /// What is shown of a keyword, whether it says something or not. Beside a `$ref` nothing else counts, except in OpenAPI 3.1 (JSON
    /// Schema core §8.2.3.1; draft-07 §8.3; OpenAPI 3.0.3 §4.7.23).
    pub(crate) fn shown(self, name: &str) -> Option<&'a Value> {
        let value = self.value.get(name)?;
        let hidden = name != "$ref" && self.reference_text().is_some() && !self.siblings_count();
        (!hidden).then_some(value)
    }

    fn siblings_count(self) -> bool {
        self.source.dialect_at(self.pointer) == Dialect::OpenApi31
    }

    fn reference_text(self) -> Option<&'a str> {
        self.value.get("$ref")?.as_str()
    }

    /// The name of the component that it is, where it stands at `/components/schemas/{name}`.
    #[must_use]
    pub fn component(self) -> Option<&'a str> {
        let token = self.pointer.strip_prefix(COMPONENTS)?;
        let names = self.source.at("/components/schemas")?.as_object()?;
        // The name is read from the document, where no part of it is escaped.
        let name = token.replace("~1", "/").replace("~0", "~");
        names.get_key_value(&name).map(|(name, _)| name.as_str())
    }

    /// Where its `$ref` leads: one step.
    #[must_use]
    pub fn reference(self) -> Option<Self> {
        let (pointer, _) = self.source.follow(self.reference_text()?)?;
        self.source.schema(pointer)
    }

    /// What chains of `$ref` lead to in the end: itself where it is none. A chain that returns to itself leads nowhere, and stops
    /// at its last link.
    #[must_use]
    pub fn resolved(self) -> Self {
        let mut seen = vec![self.number];
        let mut at = self;
        while let Some(next) = at.reference() {
            if seen.contains(&next.number) {
                break;
            }
            seen.push(next.number);
            at = next;
        }
        at
    }

    /// Whether keywords beside its `$ref` refuse something that the schema it leads to accepts.
    #[must_use]
    pub fn restricts_reference(self) -> bool {
        let asserts = |name: &str| {
            name != "$ref"
                && !name.starts_with("x-")
                && !ANNOTATIONS.contains(&name)
                && !name.starts_with("$def")
        };
        let members = self.value.as_object();
        self.siblings_count()
            && self.reference_text().is_some()
            && members.is_some_and(|members| members.keys().any(|name| asserts(name)))
    }

    /// Whether it is the schema `false`, which accepts nothing.
    #[must_use]
    pub fn is_never(self) -> bool {
        self.value == &Value::Bool(false)
    }

    /// The types of JSON values that it accepts, as far as `type`, `nullable`, `enum`, `const` and the schemas that it is composed
    /// of say so; the real set may be smaller, never larger.
    #[must_use]
    pub fn kinds(self) -> Kinds {
        super::kinds::of(self)
    }

    /// The value of a keyword that counts, and its number.
    fn numbered(self, keyword: &str) -> Option<(usize, &'a Value)> {
        self.keyword(keyword)?;
        let mut members = self.source.members_of(self.number, self.value);
        members.find_map(|(number, name, value)| (name == keyword).then_some((number, value)))
    }

    /// The schema that stands at a keyword.
    #[must_use]
    pub fn at(self, keyword: &str) -> Option<Self> {
        let (number, value) = self.numbered(keyword)?;
        self.source.schema_numbered(number, value)
    }

    /// The schemas of a keyword that holds a list of them.
    #[must_use]
    pub fn list(self, keyword: &str) -> Vec<Self> {
        let Some((number, list)) = self.numbered(keyword) else {
            return Vec::new();
        };
        let items = self.source.items_of(number, list);
        items
            .filter_map(|(number, item)| self.source.schema_numbered(number, item))
            .collect()
    }

    /// The schemas of a keyword that holds them under names.
    #[must_use]
    pub fn map(self, keyword: &str) -> Vec<(&'a str, Self)> {
        let Some((number, map)) = self.numbered(keyword) else {
            return Vec::new();
        };
        let members = self.source.members_of(number, map);
        members
            .filter_map(|(number, name, member)| Some((name, self.source.schema_numbered(number, member)?)))
            .collect()
    }

    /// `properties`
    #[must_use]
    pub fn properties(self) -> Vec<(&'a str, Self)> {
        self.map("properties")
    }

    /// `required`
    #[must_use]
    pub fn required(self) -> Vec<&'a str> {
        let names = self.keyword("required").and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The schema of the items that have none of their own: `items`, or beside a draft-07 tuple `additionalItems`.
    #[must_use]
    pub fn items(self) -> Option<Self> {
        if self.keyword("items").is_some_and(Value::is_array) {
            return self.at("additionalItems");
        }
        self.at("items")
    }

    /// The schemas of a tuple's items: `prefixItems`, or in draft-07 a list of `items`.
    #[must_use]
    pub fn prefix_items(self) -> Vec<Self> {
        let keyword = match self.keyword("items") {
            Some(Value::Array(_)) => "items",
            _ => "prefixItems",
        };
        self.list(keyword)
    }

    /// `additionalProperties`
    #[must_use]
    pub fn additional(self) -> AdditionalAt<'a> {
        match self.keyword("additionalProperties") {
            None => AdditionalAt::Unsaid,
            Some(Value::Bool(true)) => AdditionalAt::Open,
            Some(Value::Bool(false)) => AdditionalAt::Closed,
            Some(_) => self
                .at("additionalProperties")
                .map_or(AdditionalAt::Unsaid, AdditionalAt::Of),
        }
    }

    /// `allOf`
    #[must_use]
    pub fn all_of(self) -> Vec<Self> {
        self.list("allOf")
    }

    /// `anyOf`
    #[must_use]
    pub fn any_of(self) -> Vec<Self> {
        self.list("anyOf")
    }

    /// `oneOf`
    #[must_use]
    pub fn one_of(self) -> Vec<Self> {
        self.list("oneOf")
    }

    /// `discriminator`. A value is mapped to a reference, or to the bare name of a component.
    #[must_use]
    pub fn discriminator(self) -> Option<DiscriminatorAt<'a>> {
        let said = self.keyword("discriminator")?;
        let property = said.get("propertyName")?.as_str()?;
        let target = |text: &'a str| self.source.mapped_schema(text);
        let mapped = said
            .get("mapping")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let mapping = mapped.filter_map(|(value, to)| Some((value.as_str(), target(to.as_str()?)?)));
        Some(DiscriminatorAt {
            property,
            mapping: mapping.collect(),
        })
    }

    /// `enum`
    #[must_use]
    pub fn enumeration(self) -> Option<&'a [Value]> {
        self.keyword("enum")?.as_array().map(Vec::as_slice)
    }

    /// `const`
    #[must_use]
    pub fn constant(self) -> Option<&'a Value> {
        self.keyword("const")
    }

    /// The text of a keyword.
    #[must_use]
    pub fn text(self, keyword: &str) -> Option<&'a str> {
        self.keyword(keyword)?.as_str()
    }

    /// Whether a keyword says `true`.
    #[must_use]
    pub fn flag(self, keyword: &str) -> bool {
        self.keyword(keyword) == Some(&Value::Bool(true))
    }

    /// Every schema that stands in it, one level down; where its `$ref` leads is not among them.
    #[must_use]
    pub fn children(self) -> Vec<Self> {
        const SINGLE: [&str; 12] = [
            "additionalItems",
            "additionalProperties",
            "contains",
            "contentSchema",
            "else",
            "if",
            "items",
            "not",
            "propertyNames",
            "then",
            "unevaluatedItems",
            "unevaluatedProperties",
        ];
        const LISTS: [&str; 5] = ["allOf", "anyOf", "items", "oneOf", "prefixItems"];
        const MAPS: [&str; 6] = [
            "$defs",
            "definitions",
            "dependencies",
            "dependentSchemas",
            "patternProperties",
            "properties",
        ];
        let Some(members) = self.value.as_object() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for name in members.keys().map(String::as_str) {
            if SINGLE.contains(&name) {
                found.extend(self.at(name));
            }
            if LISTS.contains(&name) {
                found.extend(self.list(name));
            }
            if MAPS.contains(&name) {
                found.extend(self.map(name).into_iter().map(|(_, schema)| schema));
            }
        }
        found
    }
}
