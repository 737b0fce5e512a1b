//! What a schema says of how a text is to be read.
//!
//! A parameter or a field of a form is text; which JSON value it stands for is for its schema to say: `5` is a number for one schema
//! and a text for another. Every value that a text may stand for is a reading, and a text is accepted if the schema accepts one of
//! them. This looks through references and compositions for the readings that are out of the question, so that hardly ever more than
//! one is left to be tried. What decides in the end is [`Schema::check`] alone.

mod formula;
mod kinds;

use serde_json::{Number, Value};

use self::formula::{Formula, Part};
use self::kinds::Kinds;
use crate::choice::Choice;
use crate::style::Unreadable;
use crate::{Direction, Keyword, Kind, Schema, json};

/// How many schemas are looked through; a schema may contain itself.
const SCHEMA_COUNT_MAX: usize = 256;

/// What is said of one value.
#[derive(Debug, Clone)]
pub(crate) struct Guide {
    formula: Formula,
    /// The types that the value may have.
    kinds: Kinds,
    direction: Direction,
    /// Whether a text may be an object or a list in JSON: in a form, where no style covers them (OpenAPI 3.0.3 §4.7.14.3).
    reads_json: bool,
}

impl Guide {
    /// For what a client sends.
    pub(crate) fn of(schema: Schema) -> Self {
        Self::new(Formula::Schema(schema), Direction::Request, false)
    }

    /// For what the service answers.
    pub(crate) fn of_answer(schema: Schema) -> Self {
        Self::new(Formula::Schema(schema), Direction::Response, false)
    }

    /// For a form that goes in a direction.
    pub(crate) fn of_form(schema: Schema, direction: Direction) -> Self {
        Self::new(Formula::Schema(schema), direction, true)
    }

    fn new(formula: Formula, direction: Direction, reads_json: bool) -> Self {
        Self {
            kinds: formula.kinds(),
            formula,
            direction,
            reads_json,
        }
    }

    /// What is said of the item at `index`.
    pub(crate) fn item(&self, index: usize) -> Self {
        self.part(Part::Item(index))
    }

    /// What is said of the member `name`.
    pub(crate) fn member(&self, name: &str) -> Self {
        self.part(Part::Member(name))
    }

    fn part(&self, part: Part<'_>) -> Self {
        Self::new(self.formula.part(part), self.direction, self.reads_json)
    }

    /// The same where a text is never JSON.
    pub(crate) fn without_json(&self) -> Self {
        Self {
            reads_json: false,
            ..self.clone()
        }
    }

    /// Whether every type is allowed.
    fn is_open(&self) -> bool {
        self.kinds == Kinds::ALL
    }

    /// Whether a text without structure can be a value.
    pub(crate) fn is_scalar(&self) -> bool {
        let scalars = [Kind::Boolean, Kind::Integer, Kind::String];
        self.reads_json || self.kinds == Kinds::NONE || scalars.into_iter().any(|kind| self.kinds.has(kind))
    }

    /// Whether a value may be a list.
    pub(crate) fn is_array(&self) -> bool {
        self.kinds.has(Kind::Array)
    }

    /// Whether a value may be an object.
    pub(crate) fn is_object(&self) -> bool {
        self.kinds.has(Kind::Object)
    }

    /// Whether a value is an object, or meant to be one where every type is allowed.
    pub(crate) fn is_object_alone(&self) -> bool {
        let scalars = [Kind::Boolean, Kind::Integer, Kind::String, Kind::Array];
        let is_only = !scalars.into_iter().any(|kind| self.kinds.has(kind));
        self.is_object() && (is_only || (self.is_open() && self.likely().has(Kind::Object)))
    }

    /// Whether a value can be nothing but a text, or null.
    pub(crate) fn is_text_alone(&self) -> bool {
        let texts = Kinds::of(&[Kind::String, Kind::Null]);
        self.kinds.has(Kind::String) && self.kinds.or(texts) == texts
    }

    /// Whether a value may be a text.
    pub(crate) fn has_texts(&self) -> bool {
        self.kinds.has(Kind::String)
    }

    /// Whether a value may be of the type that is read.
    pub(crate) fn has_kind_of(&self, choice: &Choice) -> bool {
        match choice {
            Choice::Value(value) => self.kinds.has(kinds::kind_of(value)),
            _ => true,
        }
    }

    /// Whether a value is the bytes of a file (OpenAPI 3.0.3 §4.7.14.2).
    pub(crate) fn is_binary(&self) -> bool {
        let schemas = self.schemas();
        let mut keywords = schemas.iter().flat_map(|schema| schema.0);
        keywords.any(|keyword| matches!(keyword, Keyword::Format("binary", _)))
    }

    /// Whether a value may be an object, and not only because every type is allowed.
    pub(crate) fn speaks_of_objects(&self) -> bool {
        self.is_object() && (!self.is_open() || self.likely().has(Kind::Object))
    }

    /// Whether structure is looked for first, although any text would do.
    pub(crate) fn prefers_structure(&self) -> bool {
        let likely = || self.likely();
        self.is_open() && (likely().has(Kind::Array) || likely().has(Kind::Object))
    }

    /// Whether numbers with a fraction are accepted.
    pub(crate) fn has_fractions(&self) -> bool {
        !self.is_open() && self.kinds.has(Kind::Number)
    }

    /// Whether `value` may be accepted; what is refused here, the schema refuses.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        self.formula.accepts(self.direction, value)
    }

    /// The types that the keywords speak of, where every type is allowed; text where they speak of none.
    fn likely(&self) -> Kinds {
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
        let schemas = self.schemas();
        let keywords = schemas.iter().flat_map(|schema| schema.0);
        let kinds: Vec<Kind> = keywords.filter_map(speaks_of).collect();
        match kinds.as_slice() {
            [] => Kinds::of(&[Kind::String]),
            kinds => Kinds::of(kinds),
        }
    }

    /// All schemas that speak of the value, and those that they are composed of.
    fn schemas(&self) -> Vec<Schema> {
        let mut schemas = Vec::new();
        self.formula.schemas(&mut schemas);
        let mut index = 0;
        while let Some(schema) = schemas.get(index).copied() {
            for part in schema.0.iter().flat_map(|keyword| composed_of(*keyword)) {
                let is_known = schemas.iter().any(|known| std::ptr::eq(known.0, part.0));
                if !is_known && schemas.len() < SCHEMA_COUNT_MAX {
                    schemas.push(part);
                }
            }
            index += 1;
        }
        schemas
    }

    /// The names of all properties that a schema speaks of.
    pub(crate) fn property_names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for keyword in self.schemas().iter().flat_map(|schema| schema.0) {
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
        let schemas = self.schemas();
        let mut keywords = schemas.iter().flat_map(|schema| schema.0);
        let says = keywords.any(|keyword| match keyword {
            Keyword::AdditionalProperties(schema) => !matches!(schema.0, [Keyword::Never]),
            Keyword::PatternProperties(_) => true,
            _ => false,
        });
        says || self.property_names().is_empty()
    }

    /// The values that a text without structure can stand for, the most particular first; but where every type is allowed, a text is
    /// a text before all, unless the schema speaks of numbers.
    fn readings(&self, text: &str) -> Vec<Value> {
        let string = Value::from(text);
        if self.kinds == Kinds::NONE {
            return vec![string];
        }
        let mut readings = Vec::new();
        if self.kinds.has(Kind::Boolean) && matches!(text, "true" | "false") {
            readings.push(Value::Bool(text == "true"));
        }
        if self.kinds.has(Kind::Integer) {
            let is_fit = |value: &Value| self.kinds.has(Kind::Number) || is_whole(value);
            readings.extend(number(text).filter(is_fit));
        }
        if self.kinds.has(Kind::String) {
            let is_first = self.is_open() && !self.likely().has(Kind::Number);
            readings.insert(if is_first { 0 } else { readings.len() }, string);
        }
        if self.reads_json && text.starts_with(['{', '[']) {
            let value = json::parse_strict(text.as_bytes()).ok();
            let is_fit = |value: &Value| match value {
                Value::Array(_) => self.is_array(),
                _ => self.is_object(),
            };
            readings.extend(value.filter(is_fit));
        }
        if self.kinds.has(Kind::Null) && text.is_empty() {
            readings.push(Value::Null);
        }
        readings
    }

    /// What a text without structure stands for.
    pub(crate) fn read(&self, text: &str) -> Result<Choice, Unreadable> {
        let mut readings = self.readings(text);
        if readings.len() > 1 {
            let first = readings.first().cloned();
            readings.retain(|reading| self.accepts(reading));
            if readings.is_empty() {
                readings.extend(first);
            }
        }
        let choices = readings.into_iter().map(Choice::Value).map(Ok);
        Choice::of(choices).unwrap_or_else(|| Err(self.expectation()))
    }

    fn expectation(&self) -> Unreadable {
        if self.kinds.has(Kind::Number) {
            "must be a number"
        } else if self.kinds.has(Kind::Integer) {
            "must be a whole number"
        } else if self.kinds.has(Kind::Boolean) {
            "must be true or false"
        } else if self.reads_json && (self.is_object() || self.is_array()) {
            "is not acceptable JSON"
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

/// A number as JSON writes it.
fn number(text: &str) -> Option<Value> {
    let number = serde_json::from_str::<Number>(text).ok()?;
    let is_bare = text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && text.ends_with(|last: char| last.is_ascii_digit());
    is_bare.then_some(Value::Number(number))
}

fn is_whole(value: &Value) -> bool {
    value.as_number().is_some_and(crate::validate::is_whole)
}

#[cfg(test)]
mod tests;
