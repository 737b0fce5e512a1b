//! Checks a JSON value against a schema and names everything that is wrong with it, not only the first thing.

use serde_json::{Map, Number, Value};

use crate::decimal::is_multiple;
use crate::{Additional, Kind, Node, Schema};

/// The most violations that one answer lists.
const VIOLATION_COUNT_MAX: usize = 50;

/// The longest pointer that is told, in bytes. A client chooses the names of its members; the answer must stay small.
const POINTER_LENGTH_MAX: usize = 512;

/// One way in which a value breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// Where, as a JSON pointer (RFC 6901) into the value.
    pub pointer: String,
    /// The keyword that is broken.
    pub keyword: &'static str,
    /// What would be right, for a person.
    pub message: String,
}

impl Schema {
    /// All violations of `value`, at most fifty; an empty list means that it is valid.
    ///
    /// Numbers that are whole but written with a fraction (`1.0`) are rewritten to integers where the schema asks for one, so
    /// that what was accepted can be decoded.
    pub fn check(&self, value: &mut Value) -> Vec<Violation> {
        let mut checker = Checker {
            violations: Vec::new(),
            pointer: String::new(),
        };
        checker.schema(self, value);
        checker.violations
    }
}

struct Checker {
    violations: Vec<Violation>,
    pointer: String,
}

impl Checker {
    fn report(&mut self, keyword: &'static str, message: impl Into<String>) {
        if self.violations.len() >= VIOLATION_COUNT_MAX {
            return;
        }
        let mut pointer = self.pointer.as_str();
        let mut message = message.into();
        if pointer.len() > POINTER_LENGTH_MAX {
            while pointer.len() > POINTER_LENGTH_MAX {
                pointer = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            }
            message = format!("has a member whose name is too long to be told, which {message}");
        }
        self.violations.push(Violation {
            pointer: pointer.to_owned(),
            keyword,
            message,
        });
    }

    fn below(&mut self, token: &str, check: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer
            .push_str(&token.replace('~', "~0").replace('/', "~1"));
        check(self);
        self.pointer.truncate(length);
    }

    fn schema(&mut self, schema: &Schema, value: &mut Value) {
        if schema.kind == Some(Kind::Integer) {
            make_whole(value);
        }
        if let Some(kind) = schema.kind
            && !is_of_kind(kind, value)
        {
            // Nothing else can be said of a value of the wrong kind that would help.
            return self.report("type", format!("must be of type {}", kind.name()));
        }
        if !schema.enumeration.is_empty() && !schema.enumeration.iter().any(|literal| literal.equals(value)) {
            let allowed: Vec<String> = schema
                .enumeration
                .iter()
                .map(|literal| literal.to_value().to_string())
                .collect();
            self.report("enum", format!("must be one of {}", allowed.join(", ")));
        }
        match value {
            Value::String(text) => self.string(schema, text),
            Value::Number(number) => self.number(schema, number),
            Value::Array(items) => self.array(schema, items),
            Value::Object(members) => self.object(schema, members),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn string(&mut self, schema: &Schema, text: &str) {
        if schema.min_length.is_some() || schema.max_length.is_some() {
            let length = text.chars().count();
            if let Some(least) = schema.min_length.filter(|least| length < *least) {
                self.report(
                    "minLength",
                    format!("must have at least {}", counted(least, "character", "characters")),
                );
            }
            if let Some(most) = schema.max_length.filter(|most| length > *most) {
                self.report(
                    "maxLength",
                    format!("must have at most {}", counted(most, "character", "characters")),
                );
            }
        }
        if let Some(pattern) = schema.pattern.filter(|pattern| !pattern.matches(text)) {
            self.report("pattern", format!("must match the pattern {}", pattern.source()));
        }
        if let Some(format) = schema.checked_format.filter(|format| !format.accepts_text(text)) {
            self.report("format", format.expectation());
        }
    }

    fn number(&mut self, schema: &Schema, number: &Number) {
        let value = number.as_f64().unwrap_or(f64::NAN);
        if let Some(least) = schema.minimum {
            if schema.exclusive_minimum && value <= least {
                self.report("exclusiveMinimum", format!("must be greater than {least}"));
            } else if value < least {
                self.report("minimum", format!("must be at least {least}"));
            }
        }
        if let Some(most) = schema.maximum {
            if schema.exclusive_maximum && value >= most {
                self.report("exclusiveMaximum", format!("must be less than {most}"));
            } else if value > most {
                self.report("maximum", format!("must be at most {most}"));
            }
        }
        if let Some(step) = schema.multiple_of
            && !is_multiple(number, step)
        {
            self.report("multipleOf", format!("must be a multiple of {step}"));
        }
        if let Some(format) = schema
            .checked_format
            .filter(|format| !format.accepts_integer(number))
        {
            self.report("format", format.expectation());
        }
    }

    fn array(&mut self, schema: &Schema, items: &mut [Value]) {
        if let Some(least) = schema.min_items.filter(|least| items.len() < *least) {
            self.report(
                "minItems",
                format!("must have at least {}", counted(least, "item", "items")),
            );
        }
        if let Some(most) = schema.max_items.filter(|most| items.len() > *most) {
            self.report(
                "maxItems",
                format!("must have at most {}", counted(most, "item", "items")),
            );
        } else if schema.unique_items && has_duplicate(items) {
            // Each item is compared with every other one, so only a list of an accepted length is looked at.
            self.report("uniqueItems", "must not hold the same item twice");
        }
        if let Some(node) = schema.items {
            for (index, item) in items.iter_mut().enumerate() {
                self.below(&index.to_string(), |checker| checker.schema(node.schema(), item));
            }
        }
    }

    fn object(&mut self, schema: &Schema, members: &mut Map<String, Value>) {
        if let Some(least) = schema.min_properties.filter(|least| members.len() < *least) {
            self.report(
                "minProperties",
                format!("must have at least {}", counted(least, "property", "properties")),
            );
        }
        if let Some(most) = schema.max_properties.filter(|most| members.len() > *most) {
            self.report(
                "maxProperties",
                format!("must have at most {}", counted(most, "property", "properties")),
            );
        }
        for name in schema.required {
            if !members.contains_key(*name) {
                self.below(name, |checker| checker.report("required", "must be present"));
            }
        }
        for (name, member) in members.iter_mut() {
            self.below(name, |checker| checker.member(schema, name, member));
        }
    }

    fn member(&mut self, schema: &Schema, name: &str, member: &mut Value) {
        if let Some(pattern) = schema.key_pattern.filter(|pattern| !pattern.matches(name)) {
            self.report(
                "x-key-pattern",
                format!("must have a name that matches {}", pattern.source()),
            );
        }
        let node: Option<Node> = schema
            .properties
            .iter()
            .find(|property| property.name == name)
            .map(|property| property.node);
        match (node, &schema.additional) {
            (Some(node), _) => self.schema(node.schema(), member),
            (None, Additional::Of(node)) => self.schema(node.schema(), member),
            (None, Additional::Closed) => {
                self.report("additionalProperties", "is not a property of this object");
            }
            (None, Additional::Unsaid | Additional::Open) => {}
        }
    }
}

fn is_of_kind(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Boolean => value.is_boolean(),
        Kind::Integer => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        Kind::Number => value.is_number(),
        Kind::String => value.is_string(),
        Kind::Array => value.is_array(),
        Kind::Object => value.is_object(),
    }
}

/// Rewrites `2.0` to `2`. Beyond 2^53 a float is no longer a certain integer and stays as it is.
fn make_whole(value: &mut Value) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let Value::Number(number) = value else { return };
    if number.is_f64()
        && let Some(float) = number.as_f64()
        && float.fract() == 0.0
        && float.abs() <= EXACT
    {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and within 2^53, checked above"
        )]
        let whole = float as i64;
        *value = whole.into();
    }
}

fn has_duplicate(items: &[Value]) -> bool {
    items
        .iter()
        .enumerate()
        .any(|(index, item)| items.iter().take(index).any(|earlier| is_same(earlier, item)))
}

/// Equality as JSON Schema has it (core §4.2.2): numbers by value, so that `1` is `1.0`.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => {
            one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, member)| other.get(name).is_some_and(|other| is_same(member, other)))
        }
        _ => one == other,
    }
}

/// A number with its noun.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiple_of_a_fraction_is_told_exactly() {
        let schema = Schema {
            kind: Some(Kind::Number),
            multiple_of: Some(0.1),
            ..Schema::ANY
        };
        assert_eq!(schema.check(&mut serde_json::json!(0.3)), []);
        let found = schema.check(&mut serde_json::json!(0.35));
        let keywords: Vec<_> = found.iter().map(|one| one.keyword).collect();
        assert_eq!(keywords, ["multipleOf"]);
    }

    #[test]
    fn a_pointer_that_is_too_long_gives_way_to_the_one_above() {
        let report = |pointer: &str| {
            let mut checker = Checker {
                violations: Vec::new(),
                pointer: pointer.to_owned(),
            };
            checker.report("type", "must be of type string");
            checker.violations.remove(0)
        };
        let short = format!("/a/{}", "b".repeat(POINTER_LENGTH_MAX - 3));
        assert_eq!(report(&short).pointer, short);
        let long = report(&format!("/a/{}/c", "b".repeat(POINTER_LENGTH_MAX)));
        assert_eq!(long.pointer, "/a");
        assert_eq!(
            long.message,
            "has a member whose name is too long to be told, which must be of type string"
        );
    }
}
