//! A schema's keywords, taken from the contract, before they are written as Rust or made into a schema at run time.

use serde_json::Value;

/// A schema: its keywords in the contract's order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SchemaTree(pub Vec<KeywordTree>);

/// A keyword: the runtime's name of it, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct KeywordTree {
    /// The variant of the runtime's `Keyword`.
    pub variant: &'static str,
    /// What the variant holds.
    pub argument: Argument,
}

/// What a keyword says.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// Nothing beyond being there.
    Nothing,
    /// Types, as the runtime's `Kind` names them.
    Kinds(Vec<&'static str>),
    /// A format, and the runtime's `Format` that checks it.
    Format(String, Option<&'static str>),
    /// A text.
    Text(String),
    /// Texts.
    Texts(Vec<String>),
    /// Those of the texts of `required` that are not asked for in a direction.
    Waived(&'static str, Vec<String>),
    /// A keyword that is only shown, and its value.
    Annotation(String, Value),
    /// A JSON value.
    Literal(Value),
    /// JSON values.
    Literals(Vec<Value>),
    /// A count.
    Count(u64),
    /// A regular expression.
    Pattern(String),
    /// A schema.
    Schema(SchemaTree),
    /// Schemas in their order.
    Schemas(Vec<SchemaTree>),
    /// Schemas under names.
    Named(Vec<(String, SchemaTree)>),
    /// Schemas under regular expressions.
    Patterns(Vec<(String, SchemaTree)>),
    /// Names under names.
    Dependencies(Vec<(String, Vec<String>)>),
    /// A reference.
    Reference(Reference),
    /// A reference that an outer schema may redirect, and the anchor by which it does.
    Dynamic(Reference, String),
    /// Pointers under anchors.
    Anchors(Vec<(String, String)>),
    /// The property that tells members apart, and pointers under its values.
    Discriminator(String, Vec<(String, String)>),
}

/// A reference as the contract writes it, and the pointer of the schema that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The text of `$ref`.
    pub text: String,
    /// Where the schema stands.
    pub target: String,
}

impl SchemaTree {
    /// The schema `false`.
    #[must_use]
    pub fn never() -> Self {
        Self(vec![KeywordTree {
            variant: "Never",
            argument: Argument::Nothing,
        }])
    }

    /// Whether it is the schema `false`.
    pub(super) fn is_never(&self) -> bool {
        matches!(self.0.as_slice(), [keyword] if keyword.variant == "Never")
    }
}
