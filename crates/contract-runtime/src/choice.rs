//! The readings of what was sent, and the one that counts.
//!
//! What is on the wire may be read in more than one way: `5` as a number or as a text, `a,b` as a text or as a list. A request is
//! accepted if its schema accepts one of the readings, and the first of these is what the handler gets.

use serde_json::{Map, Value};

use crate::guide::Guide;
use crate::style::Unreadable;

/// So many readings of one value are tried. More than one is left only where a schema leaves the types of parts open.
const READING_COUNT_MAX: usize = 256;

/// So many of a value of any length.
const READING_COUNT_MIN: usize = 8;

/// The bytes that all readings of one value that are tried may have: each costs about as much as the value once more.
const READING_BYTES_MAX: usize = 1 << 20;

/// What something may stand for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Choice {
    /// This value alone.
    Value(Value),
    /// A list.
    Items(Vec<Choice>),
    /// An object.
    Members(Vec<(String, Choice)>),
    /// Any of these, the first before the others.
    Any(Vec<Choice>),
}

impl Choice {
    /// Any of those that can be read; the first reason why not, where none can. Nothing where there is nothing to choose from.
    pub(crate) fn of(
        choices: impl IntoIterator<Item = Result<Self, Unreadable>>,
    ) -> Option<Result<Self, Unreadable>> {
        let mut found = Vec::new();
        let mut reason = None;
        for choice in choices {
            match choice {
                Ok(choice) => found.push(choice),
                Err(why) => drop(reason.get_or_insert(why)),
            }
        }
        match found.len() {
            0 => reason.map(Err),
            1 => found.pop().map(Ok),
            _ => Some(Ok(Self::Any(found))),
        }
    }

    /// How many readings there are.
    fn count(&self) -> usize {
        match self {
            Self::Value(_) => 1,
            Self::Items(items) => items.iter().map(Self::count).fold(1, usize::saturating_mul),
            Self::Members(members) => {
                let each = members.iter().map(|(_, member)| member.count());
                each.fold(1, usize::saturating_mul)
            }
            Self::Any(any) => any.iter().map(Self::count).fold(0, usize::saturating_add),
        }
    }

    /// How many readings are tried.
    fn trial_count(&self) -> usize {
        let affordable = READING_BYTES_MAX / self.size().max(1);
        let most = affordable.clamp(READING_COUNT_MIN, READING_COUNT_MAX);
        self.count().min(most)
    }

    /// About how many bytes a reading has.
    fn size(&self) -> usize {
        match self {
            Self::Value(value) => size_of(value),
            Self::Items(items) => items.iter().map(Self::size).sum(),
            Self::Members(members) => members
                .iter()
                .map(|(name, member)| name.len() + member.size())
                .sum(),
            Self::Any(any) => any.iter().map(Self::size).max().unwrap_or_default(),
        }
    }

    /// One of the readings; `index` counts down to what is left for the parts before.
    fn reading(&self, index: &mut usize) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Items(items) => items.iter().map(|item| item.reading(index)).collect(),
            Self::Members(members) => {
                let member = |(name, member): &(String, Self)| (name.clone(), member.reading(index));
                Value::Object(members.iter().map(member).collect::<Map<_, _>>())
            }
            Self::Any(any) => {
                let count = self.count();
                let mut own = *index % count;
                *index /= count;
                for one in any {
                    match one.count() {
                        within if own < within => return one.reading(&mut own),
                        before => own -= before,
                    }
                }
                Value::Null
            }
        }
    }

    /// The first reading that is accepted; where none is, the first of all, of which is told what is wrong with it.
    pub(crate) fn settle(&self, guide: &Guide) -> Value {
        let first = || self.reading(&mut 0);
        let count = self.count();
        if count == 1 {
            return first();
        }
        let readings = (0..self.trial_count()).map(|index| self.reading(&mut { index }));
        let mut readings = readings.filter(|reading| guide.accepts(reading));
        readings.next().unwrap_or_else(first)
    }
}

fn size_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        Value::String(text) => text.len() + 1,
        Value::Array(items) => items.iter().map(size_of).sum::<usize>() + 1,
        Value::Object(members) => {
            let each = members.iter().map(|(name, member)| name.len() + size_of(member));
            each.sum::<usize>() + 1
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Keyword, Kind, Named, Schema};

    fn either(one: Value, other: Value) -> Choice {
        Choice::Any(vec![Choice::Value(one), Choice::Value(other)])
    }

    #[test]
    fn every_reading_is_tried_once() {
        let choice = Choice::Any(vec![
            Choice::Items(vec![either(json!(1), json!("1")), either(json!(2), json!("2"))]),
            Choice::Members(vec![("a".to_owned(), either(json!(true), json!("true")))]),
            Choice::Value(json!("all")),
        ]);
        let count = choice.count();
        let readings: Vec<Value> = (0..count).map(|index| choice.reading(&mut { index })).collect();
        let expected = [
            json!([1, 2]),
            json!(["1", 2]),
            json!([1, "2"]),
            json!(["1", "2"]),
            json!({"a": true}),
            json!({"a": "true"}),
            json!("all"),
        ];
        assert_eq!(readings, expected);
    }

    /// `a` is a text where `b` is one, and the schema of neither says so alone.
    #[test]
    fn the_reading_counts_that_the_whole_schema_accepts() {
        const INTEGER: Schema = Schema(&[Keyword::Type(&[Kind::Integer])]);
        const TEXT: Schema = Schema(&[Keyword::Type(&[Kind::String])]);
        const BOTH: Schema = Schema(&[
            Keyword::Properties(&[
                Named {
                    name: "a",
                    schema: Schema(&[Keyword::AnyOf(&[INTEGER, TEXT])]),
                },
                Named {
                    name: "b",
                    schema: Schema(&[Keyword::AnyOf(&[INTEGER, TEXT])]),
                },
            ]),
            Keyword::Not(Schema(&[Keyword::Properties(&[Named {
                name: "a",
                schema: INTEGER,
            }])])),
            Keyword::MaxProperties(2),
        ]);
        const NONE: Schema = Schema(&[Keyword::MinProperties(3)]);
        let choice = Choice::Members(vec![
            ("a".to_owned(), either(json!(1), json!("1"))),
            ("b".to_owned(), either(json!(2), json!("2"))),
        ]);
        assert_eq!(choice.settle(&Guide::of(BOTH)), json!({"a": "1", "b": 2}));
        assert_eq!(choice.settle(&Guide::of(NONE)), json!({"a": 1, "b": 2}));
    }

    /// However many readings a request has, no more than so many are tried.
    #[test]
    fn a_form_of_numbers_has_more_readings_than_are_tried() {
        const NEVER: Schema = Schema(&[Keyword::MaxProperties(1)]);
        let member = |index: usize| (format!("m{index}"), either(json!(1), json!("1")));
        let choice = Choice::Members((0..200).map(member).collect());
        assert_eq!(choice.count(), usize::MAX);
        assert_eq!(choice.settle(&Guide::of(NEVER))["m0"], json!(1));
    }

    #[test]
    fn of_a_long_value_fewer_readings_are_tried() {
        let of_length = |length: usize| {
            let long = Choice::Value(json!({"list": ["a".repeat(length)]}));
            let member = |index: usize| (format!("m{index}"), either(json!(1), json!("1")));
            let members = (0..20).map(member).chain([("long".to_owned(), long)]);
            Choice::Members(members.collect()).trial_count()
        };
        assert_eq!(of_length(1), 256);
        assert_eq!(of_length(100_000), 10);
        assert_eq!(of_length(1_000_000), 8);
        assert_eq!(either(json!(1), json!("1")).trial_count(), 2);
    }
}
