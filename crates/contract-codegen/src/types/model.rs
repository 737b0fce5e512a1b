//! What is made of schemas: types, and the items that give them names.

use proc_macro2::Ident;
use serde_json::Value;

use crate::SchemaAt;

/// A type without what a use adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Core {
    /// The item with this index.
    Named(usize),
    /// Any JSON value.
    Json,
    /// A JSON object with any members.
    JsonObject,
    /// `null` alone.
    Null,
    Bool,
    I32,
    I64,
    U64,
    /// A whole number of any size.
    Integer,
    F64,
    /// A number of any size.
    Number,
    String,
    Uuid,
    DateTime,
    Date,
    Base64,
    List(Box<Use>),
    Tuple(Vec<Use>),
    Map(Box<Use>),
}

/// A type where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) core: Core,
    /// `null` is a value of its own.
    pub(crate) nullable: bool,
    /// Anything that is no object is accepted as well.
    pub(crate) object_or: bool,
}

impl Use {
    pub(crate) fn of(core: Core) -> Self {
        Self {
            core,
            nullable: false,
            object_or: false,
        }
    }

    pub(crate) fn json() -> Self {
        Self::of(Core::Json)
    }

    /// The items that it is made of, be they in a list or a map.
    pub(super) fn named(&self, found: &mut Vec<usize>) {
        match &self.core {
            Core::Named(index) => found.push(*index),
            Core::List(inner) | Core::Map(inner) => inner.named(found),
            Core::Tuple(items) => items.iter().for_each(|item| item.named(found)),
            _ => {}
        }
    }
}

/// A member of a struct.
#[derive(Debug)]
pub(crate) struct Field<'a> {
    pub(crate) ident: Ident,
    pub(crate) name: &'a str,
    pub(crate) schema: SchemaAt<'a>,
    pub(crate) used: Use,
    pub(crate) required: bool,
    /// Only in responses.
    pub(crate) read_only: bool,
    /// Only in requests.
    pub(crate) write_only: bool,
    /// What an absent one stands for.
    pub(crate) default: Option<&'a Value>,
}

/// What a struct keeps beside its fields.
#[derive(Debug)]
pub(crate) struct Rest {
    pub(crate) ident: Ident,
    /// The type of its values; `None` for any.
    pub(crate) values: Option<Use>,
}

/// A value of an enumeration.
#[derive(Debug)]
pub(crate) struct Constant<'a> {
    pub(crate) ident: Ident,
    pub(crate) value: &'a Value,
    pub(crate) doc: Option<&'a str>,
}

/// A member of a union.
#[derive(Debug)]
pub(crate) struct Variant<'a> {
    pub(crate) ident: Ident,
    pub(crate) used: Use,
    pub(crate) doc: Option<&'a str>,
    pub(crate) selector: Selector,
}

/// How a member of a union is known.
#[derive(Debug, Clone)]
pub(crate) enum Selector {
    /// By its types of JSON values, which no other member has: names of `ValueKind`.
    Kinds(Vec<&'static str>),
    /// By its schema, the one with this index in the list of the union.
    Index(usize),
}

/// What stands under a name.
#[derive(Debug)]
pub(crate) enum Kind<'a> {
    /// Not read yet.
    Pending,
    Struct {
        fields: Vec<Field<'a>>,
        rest: Option<Rest>,
    },
    /// The words of an enumeration of texts; the variant for all others where there may be others.
    Words {
        words: Vec<Constant<'a>>,
        other: Option<Ident>,
    },
    /// The values of any other enumeration.
    Values(Vec<Constant<'a>>),
    Union {
        variants: Vec<Variant<'a>>,
        /// Where the `oneOf` or `anyOf` stands whose schemas tell them apart.
        holder: Option<(SchemaAt<'a>, &'static str)>,
    },
    /// Another type under a name of its own.
    Newtype(Use),
    /// Another name of a type.
    Alias(Use),
}

/// A type with a name.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) ident: Ident,
    pub(crate) schema: SchemaAt<'a>,
    pub(crate) kind: Kind<'a>,
}
