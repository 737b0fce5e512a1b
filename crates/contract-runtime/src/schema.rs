//! A schema of the contract as a constant.

use crate::{Format, Literal, Pattern};

/// What kind of JSON value a schema asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`
    Boolean,
    /// A number without fraction; `1.0` is one (JSON Schema validation §4.2.3).
    Integer,
    /// Any number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The word of the `type` keyword.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// A schema where another one uses it.
#[derive(Debug, Clone, Copy)]
pub enum Node {
    /// Written in place.
    Inline(&'static Schema),
    /// A `$ref` to a named component.
    Reference {
        /// The component's name.
        name: &'static str,
        /// The component.
        schema: &'static Schema,
    },
}

impl Node {
    /// The schema, wherever it stands.
    #[must_use]
    pub fn schema(self) -> &'static Schema {
        match self {
            Self::Inline(schema) | Self::Reference { schema, .. } => schema,
        }
    }
}

/// A named property of an object.
#[derive(Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// What its value must be.
    pub node: Node,
}

/// What an object may hold beyond its properties.
#[derive(Debug)]
pub enum Additional {
    /// Anything, because the contract does not say.
    Unsaid,
    /// Anything, because the contract says so.
    Open,
    /// Nothing.
    Closed,
    /// Values of this schema.
    Of(Node),
}

/// One schema: the keywords of OpenAPI 3.0.3 §4.7.24 that are enforced, and those that are only shown.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the keyword of the same name")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the keywords are independent of each other"
)]
pub struct Schema {
    pub kind: Option<Kind>,
    pub format: Option<&'static str>,
    pub checked_format: Option<Format>,
    pub title: Option<&'static str>,
    pub description: Option<&'static str>,
    pub deprecated: bool,
    pub read_only: bool,
    pub default: Option<Literal>,
    pub example: Option<Literal>,
    pub enumeration: &'static [Literal],
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub exclusive_minimum: bool,
    pub exclusive_maximum: bool,
    pub multiple_of: Option<f64>,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub pattern: Option<&'static Pattern>,
    pub items: Option<Node>,
    pub min_items: Option<usize>,
    pub max_items: Option<usize>,
    pub unique_items: bool,
    pub properties: &'static [Property],
    pub required: &'static [&'static str],
    pub additional: Additional,
    /// `x-key-pattern`: what each key of a map must match.
    pub key_pattern: Option<&'static Pattern>,
    pub min_properties: Option<usize>,
    pub max_properties: Option<usize>,
}

impl Schema {
    /// The schema that accepts everything.
    pub const ANY: Self = Self {
        kind: None,
        format: None,
        checked_format: None,
        title: None,
        description: None,
        deprecated: false,
        read_only: false,
        default: None,
        example: None,
        enumeration: &[],
        minimum: None,
        maximum: None,
        exclusive_minimum: false,
        exclusive_maximum: false,
        multiple_of: None,
        min_length: None,
        max_length: None,
        pattern: None,
        items: None,
        min_items: None,
        max_items: None,
        unique_items: false,
        properties: &[],
        required: &[],
        additional: Additional::Unsaid,
        key_pattern: None,
        min_properties: None,
        max_properties: None,
    };
}
