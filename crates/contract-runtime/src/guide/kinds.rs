//! The types that a value may have, as far as a schema says so of the value itself.

use serde_json::Value;

use crate::{Keyword, Kind, Literal, Schema};

/// The types that a value may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const ALL: Self = Self(0b111_1111);
    pub(super) const NONE: Self = Self(0);

    pub(super) fn of(kinds: &[Kind]) -> Self {
        let with = |all: Self, kind: &Kind| Self(all.0 | Self::bit(*kind));
        kinds.iter().fold(Self::NONE, with)
    }

    fn bit(kind: Kind) -> u8 {
        match kind {
            Kind::Null => 1,
            Kind::Boolean => 1 << 1,
            Kind::Integer => 1 << 2,
            // Every integer is a number.
            Kind::Number => 1 << 2 | 1 << 3,
            Kind::String => 1 << 4,
            Kind::Array => 1 << 5,
            Kind::Object => 1 << 6,
        }
    }

    fn of_literals(literals: &[Literal]) -> Self {
        let kinds: Vec<Kind> = literals
            .iter()
            .map(|literal| kind_of(&literal.to_value()))
            .collect();
        Self::of(&kinds)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn has(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) == Self::bit(kind)
    }
}

pub(super) fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Boolean,
        Value::Number(number) if number.is_f64() => Kind::Number,
        Value::Number(_) => Kind::Integer,
        Value::String(_) => Kind::String,
        Value::Array(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
    }
}

/// The types that `schema` allows: none is missing that it accepts.
pub(super) fn kinds(schema: Schema, depth: usize) -> Kinds {
    const DEPTH_MAX: usize = 32;
    if depth > DEPTH_MAX {
        return Kinds::ALL;
    }
    let below = |schema: &Schema| kinds(*schema, depth + 1);
    let is_nullable = schema
        .0
        .iter()
        .any(|keyword| matches!(keyword, Keyword::Nullable));
    let mut allowed = Kinds::ALL;
    for keyword in schema.0 {
        let also = match keyword {
            Keyword::Never => Kinds::NONE,
            Keyword::Type(kinds) if is_nullable => Kinds::of(kinds).or(Kinds::of(&[Kind::Null])),
            Keyword::Type(kinds) => Kinds::of(kinds),
            Keyword::Enum(literals) => Kinds::of_literals(literals),
            Keyword::Const(literal) => Kinds::of_literals(&[*literal]),
            Keyword::AllOf(schemas) => schemas.iter().map(below).fold(Kinds::ALL, Kinds::and),
            Keyword::AnyOf(schemas) | Keyword::OneOf(schemas) => {
                schemas.iter().map(below).fold(Kinds::NONE, Kinds::or)
            }
            Keyword::Ref { schema, .. } => below(schema),
            Keyword::Late(schema) => schema.get().map_or(Kinds::ALL, below),
            _ => continue,
        };
        allowed = allowed.and(also);
    }
    allowed
}
