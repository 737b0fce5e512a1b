//! The grammar of the specifications, as tables: which fields an object may have, what is in them, and what becomes of them.
//!
//! In Rollcall's own language a field that is not listed is refused, in any other contract it is shown with a warning: that is how
//! nothing is dropped in silence.

mod asyncapi;
mod openapi;
mod schema;
mod shape;

use serde_json::Value;

use crate::{Dialect, Language, Source};
pub use shape::Shape;

/// The methods of a path item, in the order of OpenAPI 3.0.3 §4.7.9.
pub(crate) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is an assertion: where it stands in a request (or an event), what breaks it is refused.
    Asserts,
    /// It is shown, or is structure around assertions.
    Shows,
}

/// What is in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Any JSON, which is only shown.
    Free,
    /// Any JSON, which is an assertion.
    Any,
    /// A text.
    Text,
    /// A text. Many contracts write a number or a truth value there without quotation marks, and mean how it is written.
    Word,
    /// A list of such, none of them twice.
    Words,
    /// A text or `null`.
    TextOrNull,
    /// `true` or `false`.
    Flag,
    /// A whole number from 0.
    Count,
    /// A number.
    Number,
    /// A list of texts, none of them twice.
    Texts,
    /// A text, or a list of texts.
    TextOrTexts,
    /// Texts by name.
    TextMap,
    /// Lists of texts by name.
    TextsMap,
    /// A list of values, none of them twice, each an assertion of its own.
    Each,
    /// A reference to an object that stands elsewhere.
    Link(Shape),
    /// A list of such references.
    Links(Shape),
    /// An object, or a reference to one.
    One(Shape),
    /// A list of objects or references.
    List(Shape),
    /// An object or a reference, or a list of them.
    OneOrList(Shape),
    /// Objects or references by name.
    Map(Shape),
    /// Objects or references by name, with extensions between them.
    Patterned(Shape),
    /// Objects, references or lists of texts by name.
    MapOrTexts(Shape),
    /// `true`, `false` or a schema, where other schemas must be objects.
    SchemaOrBool(Shape),
}

/// A row of the grammar.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The field's name.
    pub name: &'static str,
    /// What is in it.
    pub content: Content,
    /// What becomes of it.
    pub fate: Fate,
    /// Whether poem-openapi's registry can hold it; what it cannot is in the overlay.
    pub held: bool,
}

const fn field(name: &'static str, content: Content, fate: Fate, held: bool) -> Field {
    Field {
        name,
        content,
        fate,
        held,
    }
}

const fn shows(name: &'static str, content: Content) -> Field {
    field(name, content, Fate::Shows, true)
}

const fn asserts(name: &'static str, content: Content) -> Field {
    field(name, content, Fate::Asserts, true)
}

const fn overlaid(name: &'static str, content: Content) -> Field {
    field(name, content, Fate::Shows, false)
}

const fn overlaid_assertion(name: &'static str, content: Content) -> Field {
    field(name, content, Fate::Asserts, false)
}

/// The grammar of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grammar {
    /// The specification that it follows.
    pub dialect: Dialect,
    /// What holds beyond it.
    pub language: Language,
}

impl Grammar {
    /// The grammar of a contract that is read as `language`.
    #[must_use]
    pub fn of(source: &Source, language: Language) -> Self {
        Self {
            dialect: source.dialect(),
            language,
        }
    }

    /// The fields that an object of this shape may have.
    pub fn fields(self, shape: Shape) -> impl Iterator<Item = &'static Field> {
        shape.tables(self).into_iter().flatten()
    }

    /// The row of a field.
    #[must_use]
    pub fn field(self, shape: Shape, name: &str) -> Option<&'static Field> {
        self.fields(shape).find(|field| field.name == name)
    }

    /// Whether `true` and `false` are schemas wherever schemas stand.
    #[must_use]
    pub fn has_boolean_schemas(self) -> bool {
        self.dialect != Dialect::OpenApi30
    }

    /// Whether what stands beside the `$ref` of such an object counts.
    #[must_use]
    pub fn reads_beside_references(self, shape: Shape) -> bool {
        shape == Shape::PathItem || (shape == Shape::Schema && self.dialect == Dialect::OpenApi31)
    }

    /// Whether the schemas of this URI are read as it says: those of OpenAPI 3.1 are JSON Schema 2020-12, those of
    /// AsyncAPI draft-07, and those of OpenAPI 3.0 have none.
    pub(crate) fn reads_schemas_as(self, uri: &Value) -> bool {
        let uri = uri.as_str().unwrap_or_default().trim_end_matches('#');
        let uri = uri.trim_start_matches("https://").trim_start_matches("http://");
        match self.dialect {
            Dialect::OpenApi30 => true,
            Dialect::OpenApi31 => {
                uri == "json-schema.org/draft/2020-12/schema" || uri.starts_with("spec.openapis.org/oas/3.1/")
            }
            Dialect::AsyncApi30 | Dialect::AsyncApi31 => uri == "json-schema.org/draft-07/schema",
        }
    }

    /// Whether a value in the place of a schema says that the schema in it is of another format (AsyncAPI 3.0.0, Multi Format Schema
    /// Object).
    #[must_use]
    pub fn is_multi_format(self, shape: Shape, value: &Value) -> bool {
        shape == Shape::Schema && !self.dialect.is_openapi() && is_multi_format(value)
    }

    /// The grammar of the schema in a multi-format schema object; `None` if its format cannot be read.
    #[must_use]
    pub fn of_multi_format(self, value: &Value) -> Option<Self> {
        let dialect = match value.get("schemaFormat") {
            None => self.dialect,
            Some(format) => Dialect::of_schema_format(format.as_str()?)?,
        };
        Some(Self { dialect, ..self })
    }
}

/// Whether a value is an object that holds a schema and says its format. The format may be left out where nothing else is said: then the
/// schema is one of AsyncAPI.
pub(crate) fn is_multi_format(value: &Value) -> bool {
    let Some(members) = value.as_object() else {
        return false;
    };
    let is_schema = |value: &Value| value.is_object() || value.is_boolean();
    let says_nothing_else = || {
        let mut names = members.keys();
        names.all(|name| name == "schema" || name.starts_with("x-"))
    };
    members.contains_key("schemaFormat")
        || (members.get("schema").is_some_and(is_schema) && says_nothing_else())
}

/// Whether a field is a keyword of schemas in some dialect, so that where another one lacks it readers may expect that it counts.
pub(crate) fn is_keyword_somewhere(shape: Shape, name: &str) -> bool {
    shape == Shape::Schema && schema::is_known_somewhere(name)
}
