//! What a schema says of how a text is to be read.
//!
//! A parameter or a field of a form is text; which JSON value it stands for is for its schema to say: `5` is a number for one schema
//! and a text for another. This looks through references and compositions for the types that a value may have and for
//! the schemas of its parts. It never decides whether a value is accepted: that is [`Schema::check`]'s alone.

use serde_json::{Number, Value};

use crate::{Keyword, Kind, Literal, Schema};

/// How many schemas are looked through; a schema may contain itself.
const SCHEMA_COUNT_MAX: usize = 256;

/// The types that a value may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    const ALL: Self = Self(0b111_1111);
    const NONE: Self = Self(0);

    fn of(kinds: &[Kind]) -> Self {
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

    pub(crate) fn has(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) == Self::bit(kind)
    }
}

fn kind_of(value: &Value) -> Kind {
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

/// Schemas that all say something of one value.
#[derive(Debug, Clone)]
pub(crate) struct Guide {
    kinds: Kinds,
    roots: Vec<Schema>,
    /// The roots and all schemas that they are composed of.
    schemas: Vec<Schema>,
}

impl Guide {
    pub(crate) fn of(schema: Schema) -> Self {
        Self::of_all(&[schema])
    }

    fn of_all(roots: &[Schema]) -> Self {
        let mut schemas: Vec<Schema> = roots.to_vec();
        let mut index = 0;
        while let Some(schema) = schemas.get(index).copied() {
            for keyword in schema.0 {
                for part in composed_of(*keyword) {
                    let is_known = schemas.iter().any(|known| std::ptr::eq(known.0, part.0));
                    if !is_known && schemas.len() < SCHEMA_COUNT_MAX {
                        schemas.push(part);
                    }
                }
            }
            index += 1;
        }
        let kinds = roots
            .iter()
            .fold(Kinds::NONE, |all, root| Kinds(all.0 | kinds(*root, 0).0));
        let roots = roots.to_vec();
        let mut guide = Self {
            kinds,
            roots,
            schemas,
        };
        if guide.kinds == Kinds::ALL || guide.kinds == Kinds::NONE {
            guide.kinds = guide.likely_kinds();
        }
        guide
    }

    /// The types of a schema that allows every type: those that its keywords speak of, or else text, which every text is.
    fn likely_kinds(&self) -> Kinds {
        let speaks_of = |keyword: &Keyword| match keyword {
            Keyword::Properties(_) | Keyword::AdditionalProperties(_) | Keyword::Required(_) => {
                Some(Kind::Object)
            }
            Keyword::Items(_) | Keyword::PrefixItems(_) | Keyword::MinItems(_) | Keyword::MaxItems(_) => {
                Some(Kind::Array)
            }
            Keyword::Minimum(_) | Keyword::Maximum(_) | Keyword::MultipleOf(_) => Some(Kind::Number),
            _ => None,
        };
        let keywords = self.schemas.iter().flat_map(|schema| schema.0);
        let kinds: Vec<Kind> = keywords.filter_map(speaks_of).collect();
        match kinds.as_slice() {
            [] => Kinds::of(&[Kind::String]),
            kinds => Kinds::of(kinds),
        }
    }

    /// Whether a value may be a list.
    pub(crate) fn is_array(&self) -> bool {
        self.has(Kind::Array)
    }

    /// Whether a value may be an object.
    pub(crate) fn is_object(&self) -> bool {
        self.has(Kind::Object)
    }

    /// Whether a text without structure can be a value.
    pub(crate) fn is_scalar(&self) -> bool {
        [Kind::Boolean, Kind::Integer, Kind::String]
            .into_iter()
            .any(|kind| self.has(kind))
    }

    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.kinds.has(kind)
    }

    /// Whether one of the schemas accepts `value`.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        self.roots.iter().any(|schema| schema.accepts(value))
    }

    /// The schemas of the item at `index`.
    pub(crate) fn item(&self, index: usize) -> Self {
        let item = |keyword: &Keyword| match keyword {
            Keyword::PrefixItems(schemas) => schemas.get(index).copied(),
            Keyword::Items(schema) | Keyword::AdditionalItems(schema) => Some(*schema),
            _ => None,
        };
        let keywords = self.schemas.iter().flat_map(|schema| schema.0);
        Self::of_parts(&keywords.filter_map(item).collect::<Vec<_>>())
    }

    /// The schemas of the member `name`.
    pub(crate) fn member(&self, name: &str) -> Self {
        let mut found: Vec<Schema> = Vec::new();
        let mut others: Vec<Schema> = Vec::new();
        for keyword in self.schemas.iter().flat_map(|schema| schema.0) {
            match keyword {
                Keyword::Properties(properties) => {
                    let own = properties.iter().filter(|property| property.name == name);
                    found.extend(own.map(|property| property.schema));
                }
                Keyword::PatternProperties(patterns) => {
                    let matching = patterns.iter().filter(|(pattern, _)| pattern.matches(name));
                    found.extend(matching.map(|(_, schema)| *schema));
                }
                Keyword::AdditionalProperties(schema) => others.push(*schema),
                _ => {}
            }
        }
        Self::of_parts(if found.is_empty() { &others } else { &found })
    }

    fn of_parts(parts: &[Schema]) -> Self {
        match parts {
            [] => Self::of(Schema(&[])),
            parts => Self::of_all(parts),
        }
    }

    /// The names of all properties that a schema speaks of.
    pub(crate) fn property_names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for keyword in self.schemas.iter().flat_map(|schema| schema.0) {
            if let Keyword::Properties(properties) = keyword {
                for property in *properties {
                    if !names.contains(&property.name) {
                        names.push(property.name);
                    }
                }
            }
        }
        names
    }

    /// Whether an object may be meant to have members of any name.
    pub(crate) fn is_map(&self) -> bool {
        let mut keywords = self.schemas.iter().flat_map(|schema| schema.0);
        let says = keywords.any(|keyword| match keyword {
            Keyword::AdditionalProperties(schema) => !matches!(schema.0, [Keyword::Never]),
            Keyword::PatternProperties(_) => true,
            _ => false,
        });
        says || self.property_names().is_empty()
    }

    /// Whether a value can be nothing but a text, or null. A schema that says nothing of types allows more than that.
    pub(crate) fn is_text_alone(&self) -> bool {
        let allowed = self.roots.iter().map(|root| kinds(*root, 0).0);
        let others = !(Kinds::bit(Kind::String) | Kinds::bit(Kind::Null));
        self.has(Kind::String) && allowed.fold(0, |all, one| all | one) & others == 0
    }

    /// Whether a value may be of the type of `value`.
    pub(crate) fn has_kind_of(&self, value: &Value) -> bool {
        self.has(kind_of(value))
    }

    /// Whether a value is the bytes of a file (OpenAPI 3.0.3 §4.7.14.2).
    pub(crate) fn is_binary(&self) -> bool {
        let mut keywords = self.schemas.iter().flat_map(|schema| schema.0);
        keywords.any(|keyword| matches!(keyword, Keyword::Format("binary", _)))
    }

    /// The values that a text without structure can stand for, the most particular first.
    pub(crate) fn readings(&self, text: &str) -> Vec<Value> {
        let mut readings = Vec::new();
        if self.has(Kind::Boolean) && matches!(text, "true" | "false") {
            readings.push(Value::Bool(text == "true"));
        }
        if self.has(Kind::Number) {
            readings.extend(number(text));
        } else if self.has(Kind::Integer) {
            readings.extend(whole_number(text));
        }
        if self.has(Kind::String) {
            readings.push(Value::String(text.to_owned()));
        }
        if self.has(Kind::Null) && text.is_empty() {
            readings.push(Value::Null);
        }
        readings
    }

    /// The value that a text without structure stands for: the first reading that one of the schemas accepts, or the first one.
    pub(crate) fn read(&self, text: &str) -> Result<Value, &'static str> {
        let readings = self.readings(text);
        let accepted = readings.iter().find(|reading| self.accepts(reading));
        let chosen = accepted.or(readings.first()).cloned();
        chosen.ok_or_else(|| self.expectation())
    }

    fn expectation(&self) -> &'static str {
        if self.has(Kind::Number) {
            "must be a number"
        } else if self.has(Kind::Integer) {
            "must be a whole number"
        } else if self.has(Kind::Boolean) {
            "must be true or false"
        } else {
            "cannot be read as what its schema asks for"
        }
    }
}

/// The schemas that a keyword applies to the same value.
fn composed_of(keyword: Keyword) -> Vec<Schema> {
    match keyword {
        Keyword::AllOf(schemas) | Keyword::AnyOf(schemas) | Keyword::OneOf(schemas) => schemas.to_vec(),
        Keyword::If(schema) | Keyword::Then(schema) | Keyword::Else(schema) => vec![schema],
        other => other.reference().map(|(_, schema)| schema).into_iter().collect(),
    }
}

/// The types that `schema` allows, as far as its types, values and compositions say so.
fn kinds(schema: Schema, depth: usize) -> Kinds {
    const DEPTH_MAX: usize = 32;
    if depth > DEPTH_MAX {
        return Kinds::ALL;
    }
    let any_of = |schemas: &[Schema]| {
        let each = schemas.iter().map(|schema| kinds(*schema, depth + 1).0);
        Kinds(each.fold(0, |all, one| all | one))
    };
    let is_nullable = schema
        .0
        .iter()
        .any(|keyword| matches!(keyword, Keyword::Nullable));
    let mut allowed = Kinds::ALL;
    for keyword in schema.0 {
        let also = match keyword {
            Keyword::Never => Kinds::NONE,
            Keyword::Type(kinds) if is_nullable => Kinds(Kinds::of(kinds).0 | Kinds::bit(Kind::Null)),
            Keyword::Type(kinds) => Kinds::of(kinds),
            Keyword::Enum(literals) => Kinds::of_literals(literals),
            Keyword::Const(literal) => Kinds::of_literals(&[*literal]),
            Keyword::AllOf(schemas) => {
                let each = schemas.iter().map(|schema| kinds(*schema, depth + 1).0);
                Kinds(each.fold(Kinds::ALL.0, |all, one| all & one))
            }
            Keyword::AnyOf(schemas) | Keyword::OneOf(schemas) => any_of(schemas),
            other => match other.reference() {
                Some((_, schema)) => kinds(schema, depth + 1),
                None => continue,
            },
        };
        allowed = Kinds(allowed.0 & also.0);
    }
    allowed
}

/// A number as JSON writes it, without the white space that may stand around it there.
fn number(text: &str) -> Option<Value> {
    if text.trim_ascii() != text {
        return None;
    }
    serde_json::from_str::<Number>(text).map(Value::Number).ok()
}

/// A whole number in decimal digits.
pub(crate) fn whole_number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than 64 bits hold are still a number: the schema's bounds or format will refuse it, not its form.
    let large = || {
        let leading = if text.starts_with('-') { "-" } else { "" };
        number(&format!("{leading}{}", digits.trim_start_matches('0')))
    };
    plain.then(|| text.parse::<i64>().map(Value::from).ok().or_else(large))?
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTEGER: Schema = Schema(&[Keyword::Type(&[Kind::Integer])]);
    const NUMBER: Schema = Schema(&[Keyword::Type(&[Kind::Number])]);
    const TEXT: Schema = Schema(&[Keyword::Type(&[Kind::String])]);
    const FLAG: Schema = Schema(&[Keyword::Type(&[Kind::Boolean])]);

    fn read(schema: Schema, text: &str) -> Result<Value, &'static str> {
        Guide::of(schema).read(text)
    }

    #[test]
    fn the_schema_says_what_a_text_is() {
        assert_eq!(read(INTEGER, "5"), Ok(5.into()));
        assert_eq!(read(TEXT, "5"), Ok("5".into()));
        assert_eq!(read(NUMBER, "5.5"), Ok(5.5.into()));
        assert_eq!(read(FLAG, "true"), Ok(true.into()));
        assert_eq!(read(INTEGER, "5.5"), Err("must be a whole number"));
        assert_eq!(read(NUMBER, "five"), Err("must be a number"));
        assert_eq!(read(FLAG, "yes"), Err("must be true or false"));
        assert_eq!(read(Schema(&[]), "5"), Ok("5".into()));
    }

    #[test]
    fn compositions_and_references_are_looked_through() {
        static TARGET: Schema = INTEGER;
        static REFERENCE: Schema = Schema(&[Keyword::Ref {
            reference: "#/components/schemas/Count",
            schema: &TARGET,
        }]);
        assert_eq!(read(REFERENCE, "5"), Ok(5.into()));
        assert_eq!(
            read(Schema(&[Keyword::AllOf(&[INTEGER, NUMBER])]), "5"),
            Ok(5.into())
        );
        let either = Schema(&[Keyword::OneOf(&[FLAG, INTEGER])]);
        assert_eq!(read(either, "true"), Ok(true.into()));
        assert_eq!(read(either, "5"), Ok(5.into()));
        let words = Schema(&[Keyword::Enum(&[Literal::Integer(1), Literal::Text("all")])]);
        assert_eq!(read(words, "1"), Ok(1.into()));
        assert_eq!(read(words, "all"), Ok("all".into()));
    }

    #[test]
    fn of_several_readings_the_accepted_one_counts() {
        const SHORT: Schema = Schema(&[
            Keyword::Type(&[Kind::Integer]),
            Keyword::Maximum(Literal::Integer(9)),
        ]);
        const EITHER: Schema = Schema(&[Keyword::AnyOf(&[SHORT, TEXT])]);
        assert_eq!(read(EITHER, "5"), Ok(5.into()));
        assert_eq!(read(EITHER, "50"), Ok("50".into()));
    }

    #[test]
    fn a_schema_that_contains_itself_is_looked_through_once() {
        static LIST: Schema = Schema(&[
            Keyword::Type(&[Kind::Array]),
            Keyword::Items(Schema(&[Keyword::Ref {
                reference: "#/components/schemas/List",
                schema: &LIST,
            }])),
        ]);
        assert!(Guide::of(LIST).item(0).item(0).is_array());
    }

    #[test]
    fn white_space_is_no_part_of_a_number() {
        for text in [" 5", "5 ", "5\n", "\t5", "5\r", " 5.5", ""] {
            assert_eq!(read(NUMBER, text), Err("must be a number"), "{text:?}");
        }
        assert_eq!(read(NUMBER, "-5.5"), Ok((-5.5).into()));
    }

    #[test]
    fn whole_numbers_are_decimal_digits_only() {
        assert_eq!(whole_number("-12"), Some(Value::from(-12)));
        for text in ["", "-", "+1", "1.0", "1e3", "0x1", " 1"] {
            assert_eq!(whole_number(text), None, "{text:?}");
        }
    }
}
