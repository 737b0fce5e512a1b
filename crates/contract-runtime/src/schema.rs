//! A schema of a contract as a constant: its keywords, in the contract's order.
//!
//! A schema is a slice rather than a struct with a field for each keyword: most schemas have two or three of sixty keywords, and
//! the compiler's work grows with what is written, not with what could be. Only what can be checked or what poem-openapi's
//! registry can hold has a keyword here; the rest of what a contract says of a schema is in the overlay.

use std::fmt;
use std::sync::OnceLock;

use crate::{Format, Literal, Pattern};

/// A type of JSON values (JSON Schema core §4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
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
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// A schema: what each of its keywords says. Without keywords it accepts everything.
#[derive(Clone, Copy)]
pub struct Schema(pub &'static [Keyword]);

/// Names the keywords only: a schema may contain itself.
impl fmt::Debug for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Schema").field(&self.0.len()).finish()
    }
}

/// Which way a value goes. In OpenAPI 3.0 a `readOnly` property that is required is asked for in responses only, a `writeOnly` one
/// in requests only (OpenAPI 3.0.3 §4.7.24.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    Request,
    /// From the server to the client.
    Response,
}

/// A schema under a name: of a property, of a pattern that keys match, of a property that others depend on.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// The name.
    pub name: &'static str,
    /// What is under it.
    pub schema: Schema,
}

/// A keyword of a schema and what it says. Those of OpenAPI 3.0.3 §4.7.24, of JSON Schema draft-07 and 2020-12; what a contract
/// says beside them is in the overlay.
#[derive(Debug, Clone, Copy)]
#[expect(
    missing_docs,
    reason = "each is the keyword of the same name, unless it says otherwise"
)]
pub enum Keyword {
    /// The schema `false`: nothing is accepted.
    Never,
    /// `$ref`: the reference as the contract writes it, and where it leads.
    Ref {
        reference: &'static str,
        schema: &'static Schema,
    },
    /// All that another schema says, which is made at run time after this one: a schema may contain itself. Not in generated code.
    Late(&'static OnceLock<Schema>),
    /// `$dynamicRef`: the reference as the contract writes it, and where it leads unless an outer schema says otherwise.
    DynamicRef {
        reference: &'static str,
        anchor: &'static str,
        schema: &'static Schema,
    },
    /// The dynamic anchors of the schema resource that begins here (JSON Schema core §7.1).
    DynamicScope(&'static [(&'static str, &'static Schema)]),
    /// `type`; more than one in OpenAPI 3.1 and AsyncAPI alone.
    Type(&'static [Kind]),
    /// `nullable: true` of OpenAPI 3.0: `null` is accepted beside what `type` accepts.
    Nullable,
    /// `format`, and how it is checked, where it is.
    Format(&'static str, Option<Format>),
    Title(&'static str),
    Description(&'static str),
    Default(Literal),
    /// `example` of OpenAPI.
    Example(Literal),
    Deprecated,
    ReadOnly,
    WriteOnly,
    Enum(&'static [Literal]),
    Const(Literal),
    MultipleOf(Literal),
    Minimum(Literal),
    Maximum(Literal),
    /// `exclusiveMinimum: true` of OpenAPI 3.0: the minimum itself is refused.
    MinimumIsExclusive,
    /// `exclusiveMaximum: true` of OpenAPI 3.0: the maximum itself is refused.
    MaximumIsExclusive,
    /// `exclusiveMinimum` with a number.
    ExclusiveMinimum(Literal),
    /// `exclusiveMaximum` with a number.
    ExclusiveMaximum(Literal),
    MinLength(u64),
    MaxLength(u64),
    Pattern(&'static Pattern),
    Items(Schema),
    PrefixItems(&'static [Schema]),
    /// `additionalItems` of draft-07.
    AdditionalItems(Schema),
    UnevaluatedItems(Schema),
    Contains(Schema),
    MinContains(u64),
    MaxContains(u64),
    MinItems(u64),
    MaxItems(u64),
    UniqueItems,
    Properties(&'static [Named]),
    Required(&'static [&'static str]),
    /// Those of `required` that OpenAPI 3.0 does not ask for in this direction, since they are `readOnly` or `writeOnly`.
    NotRequiredIn(Direction, &'static [&'static str]),
    /// `additionalProperties` with a schema, `true` (no keywords) or `false` (`Never`).
    AdditionalProperties(Schema),
    PatternProperties(&'static [(&'static Pattern, Schema)]),
    PropertyNames(Schema),
    /// `x-key-pattern`: what each key of a map must match.
    KeyPattern(&'static Pattern),
    MinProperties(u64),
    MaxProperties(u64),
    DependentRequired(&'static [(&'static str, &'static [&'static str])]),
    DependentSchemas(&'static [Named]),
    UnevaluatedProperties(Schema),
    AllOf(&'static [Schema]),
    AnyOf(&'static [Schema]),
    OneOf(&'static [Schema]),
    Not(Schema),
    If(Schema),
    Then(Schema),
    Else(Schema),
    /// A keyword that is only shown, in the schemas of messages: they have no overlay.
    Annotation(&'static str, Literal),
    /// `discriminator`: the property, and the mapping from its values to schemas, as far as the contract writes one.
    Discriminator {
        property: &'static str,
        mapping: &'static [(&'static str, &'static Schema)],
    },
}

impl Keyword {
    /// The reference and where it leads, if this is one.
    #[must_use]
    pub fn reference(self) -> Option<(&'static str, Schema)> {
        match self {
            Self::Ref { reference, schema }
            | Self::DynamicRef {
                reference, schema, ..
            } => Some((reference, *schema)),
            Self::Late(schema) => Some(("", schema.get().copied().unwrap_or(Schema::ANY))),
            _ => None,
        }
    }
}

impl Schema {
    /// The schema that accepts everything.
    pub const ANY: Self = Self(&[]);
    /// The schema that accepts nothing.
    pub const NEVER: Self = Self(&[Keyword::Never]);

    /// What `select` makes of the first keyword that it knows.
    pub fn find<T>(self, select: impl FnMut(Keyword) -> Option<T>) -> Option<T> {
        self.0.iter().copied().find_map(select)
    }

    /// The reference of this schema and where it leads.
    #[must_use]
    pub fn reference(self) -> Option<(&'static str, Schema)> {
        self.find(Keyword::reference)
    }

    /// What `select` makes of the first keyword that it knows, here or where the references of this schema lead.
    pub fn find_resolved<T>(self, mut select: impl FnMut(Keyword) -> Option<T>) -> Option<T> {
        let mut schema = self;
        for _ in 0..REFERENCE_COUNT_MAX {
            if let Some(found) = schema.find(&mut select) {
                return Some(found);
            }
            schema = schema.reference()?.1;
        }
        None
    }

    /// What `type` allows, here or where the references of this schema lead; nothing where it is not said.
    #[must_use]
    pub fn kinds(self) -> &'static [Kind] {
        let kinds = |keyword| match keyword {
            Keyword::Type(kinds) => Some(kinds),
            _ => None,
        };
        self.find_resolved(kinds).unwrap_or_default()
    }

    /// The `default`, here or where the references of this schema lead.
    #[must_use]
    pub fn default_value(self) -> Option<Literal> {
        self.find_resolved(|keyword| match keyword {
            Keyword::Default(literal) => Some(literal),
            _ => None,
        })
    }
}

/// How many references are followed one after the other: a chain may be a circle.
const REFERENCE_COUNT_MAX: usize = 32;
