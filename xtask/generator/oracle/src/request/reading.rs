//! What is on the wire, and every value that it may stand for.
//!
//! `7` is a text and a number, `a,b` a text and a list; which is meant, only a schema can say. So a request is valid if one of the
//! readings of each of its parts is. The readings are those that the decision 0026 lists; they are found without the schema.

use serde_json::{Number, Value};

use crate::Judge;

/// With more readings than that, nobody asks the judge about all of them.
const COUNT_MAX: usize = 20_000;

/// So many readings of one member are held against what is said of it alone.
const FEW: usize = 500;

/// What something may stand for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reading {
    Value(Value),
    Items(Vec<Reading>),
    Members(Vec<(String, Reading)>),
    Any(Vec<Reading>),
}

impl Reading {
    /// What a text without structure may be: a string; a number or a truth value, if JSON writes it so; nothing, if it is empty.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut any = vec![Self::Value(Value::from(text))];
        match text {
            "true" | "false" => any.push(Self::Value(Value::Bool(text == "true"))),
            "" => any.push(Self::Value(Value::Null)),
            _ => any.extend(number(text).map(Self::Value)),
        }
        Self::any(any)
    }

    /// The same in a form, where an object or a list may be written as JSON.
    pub(crate) fn of_form_text(text: &str) -> Self {
        let json: Option<Value> = serde_json::from_str(text).ok();
        let structure = json.filter(|json| json.is_object() || json.is_array());
        let mut any = vec![Self::of_text(text)];
        any.extend(structure.map(Self::Value));
        Self::any(any)
    }

    /// Parts of one name: a list, or the only one.
    pub(crate) fn of_repeated(mut parts: Vec<Self>) -> Self {
        let items = Self::Items(parts.clone());
        match parts.len() {
            1 => Self::any(vec![parts.swap_remove(0), items]),
            _ => items,
        }
    }

    pub(crate) fn any(mut any: Vec<Self>) -> Self {
        match any.len() {
            1 => any.swap_remove(0),
            _ => Self::Any(any),
        }
    }

    /// Whether a schema accepts one of the readings; nothing where there are too many of them to be asked about.
    pub(crate) fn is_valid(&self, judge: &Judge) -> Option<bool> {
        let mut left = COUNT_MAX;
        let mut is_valid = false;
        let mut each = |value: Value| {
            left = left.saturating_sub(1);
            is_valid = judge.accepts(&value);
            !is_valid && left > 0
        };
        let is_through = self.visit(&mut each);
        (is_valid || is_through).then_some(is_valid)
    }

    /// What is left of the readings of an object when each member is held against what is said of it alone; nothing where none is.
    pub(crate) fn within<'j>(&self, judges_of: &dyn Fn(&str) -> &'j [Judge]) -> Option<Self> {
        match self {
            Self::Members(parts) => {
                let part =
                    |(name, part): &(String, Self)| Some((name.clone(), part.accepted_by(judges_of(name))?));
                parts.iter().map(part).collect::<Option<_>>().map(Self::Members)
            }
            Self::Any(any) => {
                let left: Vec<Self> = any.iter().filter_map(|one| one.within(judges_of)).collect();
                (!left.is_empty()).then(|| Self::any(left))
            }
            other => Some(other.clone()),
        }
    }

    /// Those readings that all of these accept; nothing where none is. Where there are many, all of them are left.
    fn accepted_by(&self, judges: &[Judge]) -> Option<Self> {
        if judges.is_empty() || self.count() > FEW {
            return Some(self.clone());
        }
        let mut left = Vec::new();
        self.visit(&mut |value| {
            if judges.iter().all(|judge| judge.accepts(&value)) {
                left.push(Self::Value(value));
            }
            true
        });
        (!left.is_empty()).then(|| Self::any(left))
    }

    /// How many readings there are.
    fn count(&self) -> usize {
        let product = |count: usize, part: &Self| count.saturating_mul(part.count());
        match self {
            Self::Value(_) => 1,
            Self::Any(any) => any.iter().fold(0, |count, one| count.saturating_add(one.count())),
            Self::Items(items) => items.iter().fold(1, product),
            Self::Members(members) => members.iter().map(|(_, member)| member).fold(1, product),
        }
    }

    /// Shows every reading, until it is enough. Whether it never was.
    fn visit(&self, each: &mut dyn FnMut(Value) -> bool) -> bool {
        match self {
            Self::Value(value) => each(value.clone()),
            Self::Any(any) => any.iter().all(|one| one.visit(each)),
            Self::Items(items) => {
                let items: Vec<&Self> = items.iter().collect();
                in_turn(&items, &mut Vec::new(), &mut |values| {
                    each(Value::from(values.to_vec()))
                })
            }
            Self::Members(members) => {
                let parts: Vec<&Self> = members.iter().map(|(_, member)| member).collect();
                in_turn(&parts, &mut Vec::new(), &mut |values| {
                    let pairs = members.iter().map(|(name, _)| name.clone());
                    each(Value::Object(pairs.zip(values.iter().cloned()).collect()))
                })
            }
        }
    }
}

/// Every mixture of the readings of some parts.
fn in_turn(parts: &[&Reading], values: &mut Vec<Value>, each: &mut dyn FnMut(&[Value]) -> bool) -> bool {
    let Some((first, rest)) = parts.split_first() else {
        return each(values);
    };
    first.visit(&mut |value| {
        values.push(value);
        let goes_on = in_turn(rest, values, each);
        values.pop();
        goes_on
    })
}

/// A number as JSON writes it, without the white space that JSON allows around it.
fn number(text: &str) -> Option<Value> {
    let number: Number = serde_json::from_str(text).ok()?;
    (text.trim() == text).then_some(Value::Number(number))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn all(reading: &Reading) -> Vec<Value> {
        let mut found = Vec::new();
        assert!(reading.visit(&mut |value| {
            found.push(value);
            true
        }));
        found
    }

    #[test]
    fn a_text_may_stand_for_more_than_one_value() {
        for (text, expected) in [
            ("7", vec![json!("7"), json!(7)]),
            ("1.5", vec![json!("1.5"), json!(1.5)]),
            ("true", vec![json!("true"), json!(true)]),
            ("", vec![json!(""), json!(null)]),
            ("a", vec![json!("a")]),
            ("07", vec![json!("07")]),
            (" 7", vec![json!(" 7")]),
        ] {
            assert_eq!(all(&Reading::of_text(text)), expected, "{text:?}");
        }
        assert_eq!(all(&Reading::of_form_text("[1]")), [json!("[1]"), json!([1])]);
    }

    #[test]
    fn parts_are_mixed_in_every_way() {
        let one = Reading::of_text("1");
        let list = Reading::of_repeated(vec![one.clone(), Reading::of_text("a")]);
        assert_eq!(all(&list), [json!(["1", "a"]), json!([1, "a"])]);
        let object = Reading::Members(vec![("a".to_owned(), one.clone()), ("b".to_owned(), one.clone())]);
        assert_eq!(all(&object).len(), 4);
        assert_eq!(all(&Reading::of_repeated(vec![one])).len(), 4);
    }
}
