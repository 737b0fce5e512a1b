//! Which types of JSON values a schema accepts.

mod settle;

use contract_scalars::Decimal;
use serde_json::Value;

use super::at::SchemaAt;
pub(crate) use settle::KindsMemo;
pub(super) use settle::of;

/// A type of JSON values (JSON Schema core §4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JsonKind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number without fraction.
    Integer,
    /// A number with a fraction.
    Fraction,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl JsonKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Null,
        Self::Boolean,
        Self::Integer,
        Self::Fraction,
        Self::String,
        Self::Array,
        Self::Object,
    ];
}

/// A set of types. `number` is both [`JsonKind::Integer`] and [`JsonKind::Fraction`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kinds(u8);

impl Kinds {
    /// Every type.
    pub const ALL: Self = Self(0b111_1111);
    /// No type.
    pub const NONE: Self = Self(0);
    /// `number`
    pub const NUMBER: Self = Self((1 << JsonKind::Integer as u8) | (1 << JsonKind::Fraction as u8));

    /// One type alone.
    #[must_use]
    pub const fn one(kind: JsonKind) -> Self {
        Self(1 << kind as u8)
    }

    /// Whether the type is in the set.
    #[must_use]
    pub fn contains(self, kind: JsonKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether `null` is in the set.
    #[must_use]
    pub fn null(self) -> bool {
        self.contains(JsonKind::Null)
    }

    /// The set without `null`.
    #[must_use]
    pub fn without_null(self) -> Self {
        Self(self.0 & !(1 << JsonKind::Null as u8))
    }

    /// Whether no type is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set is `other`, apart from `null`.
    #[must_use]
    pub fn are(self, other: Self) -> bool {
        self.without_null() == other.without_null()
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The types of the set.
    pub fn iter(self) -> impl Iterator<Item = JsonKind> {
        JsonKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }

    /// What a word of the `type` keyword means.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "null" => Self::one(JsonKind::Null),
            "boolean" => Self::one(JsonKind::Boolean),
            "integer" => Self::one(JsonKind::Integer),
            "number" => Self::NUMBER,
            "string" => Self::one(JsonKind::String),
            "array" => Self::one(JsonKind::Array),
            "object" => Self::one(JsonKind::Object),
            _ => return None,
        })
    }

    /// The type of a value. A number written with a fraction of zero is an integer.
    #[must_use]
    pub fn of_value(value: &Value) -> Self {
        Self::one(match value {
            Value::Null => JsonKind::Null,
            Value::Bool(_) => JsonKind::Boolean,
            Value::Number(number) if number.is_i64() || number.is_u64() => JsonKind::Integer,
            Value::Number(number) if Decimal::of(number).is_some_and(|number| number.is_whole()) => {
                JsonKind::Integer
            }
            Value::Number(_) => JsonKind::Fraction,
            Value::String(_) => JsonKind::String,
            Value::Array(_) => JsonKind::Array,
            Value::Object(_) => JsonKind::Object,
        })
    }

    fn union(sets: impl Iterator<Item = Self>) -> Self {
        sets.fold(Self::NONE, Self::or)
    }
}

/// What the keywords of the schema itself say.
fn own(schema: SchemaAt<'_>) -> Kinds {
    let named = |word: &Value| word.as_str().and_then(Kinds::named);
    let mut kinds = match schema.keyword("type") {
        // A word that is no type rules nothing out.
        Some(Value::Array(words)) if !words.is_empty() && !words.iter().any(|word| named(word).is_some()) => {
            Kinds::ALL
        }
        Some(Value::Array(words)) => Kinds::union(words.iter().filter_map(named)),
        Some(word) => named(word).unwrap_or(Kinds::ALL),
        None => Kinds::ALL,
    };
    // OpenAPI 3.0.3: `nullable` adds to the `type` beside it, and says nothing without one.
    if schema.flag("nullable") {
        kinds = kinds.or(Kinds::one(JsonKind::Null));
    }
    if let Some(values) = schema.enumeration() {
        kinds = kinds.and(Kinds::union(values.iter().map(Kinds::of_value)));
    }
    if let Some(value) = schema.constant() {
        kinds = kinds.and(Kinds::of_value(value));
    }
    kinds
}
