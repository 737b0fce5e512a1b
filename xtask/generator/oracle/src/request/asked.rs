//! A schema that is asked about the readings of something.
//!
//! An object of twenty texts that may each be two values has a million readings. Whatever the whole schema says, a member must be what is
//! said of it alone, so readings of it that break that are ruled out before all of them are mixed.

use std::collections::HashMap;

use serde_json::Value;

use super::operation::escape;
use super::reading::Reading;
use super::shape::Shape;
use crate::translate::percent_decoded;
use crate::{Judge, Judges};

/// So many parts of a schema are looked through.
const PARTS_MAX: usize = 100;

/// A schema, and what it says of the members of an object.
pub(crate) struct Asked {
    judge: Judge,
    members: HashMap<String, Vec<Judge>>,
}

impl Asked {
    /// The schema at a pointer.
    pub(crate) fn read(document: &Value, judges: &Judges, pointer: &str) -> Result<Self, String> {
        let schema = document.pointer(pointer).unwrap_or(&Value::Null);
        let members = if Shape::of(document, schema).is_object {
            members(document, judges, pointer)
        } else {
            HashMap::new()
        };
        Ok(Self {
            judge: judges.of(pointer)?,
            members,
        })
    }

    /// The same for what has but one reading.
    pub(crate) fn whole(judges: &Judges, pointer: &str) -> Result<Self, String> {
        Ok(Self {
            judge: judges.of(pointer)?,
            members: HashMap::new(),
        })
    }

    /// A schema that accepts everything.
    pub(crate) fn anything(judges: &Judges) -> Result<Self, String> {
        Ok(Self {
            judge: judges.of_anything()?,
            members: HashMap::new(),
        })
    }

    /// The first reason why a value is not valid.
    pub(crate) fn reason(&self, value: &Value) -> Option<String> {
        self.judge.reason(value)
    }

    /// Whether one of the readings is accepted; nothing where there are too many of them.
    pub(crate) fn accepts(&self, reading: &Reading) -> Option<bool> {
        if self.members.is_empty() {
            return reading.is_valid(&self.judge);
        }
        let judges_of = |name: &str| self.members.get(name).map(Vec::as_slice).unwrap_or_default();
        match reading.within(&judges_of) {
            Some(left) => left.is_valid(&self.judge),
            None => Some(false),
        }
    }
}

/// What is said of each member by a schema, by those that it refers to, and by those that it is all of.
fn members(document: &Value, judges: &Judges, pointer: &str) -> HashMap<String, Vec<Judge>> {
    let mut found: HashMap<String, Vec<Judge>> = HashMap::new();
    let mut open = vec![pointer.to_owned()];
    for _ in 0..PARTS_MAX {
        let Some(at) = open.pop() else { break };
        let Some(schema) = document.pointer(&at) else {
            continue;
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        for name in properties.into_iter().flat_map(|properties| properties.keys()) {
            let judge = judges.of(&format!("{at}/properties/{}", escape(name)));
            found.entry(name.clone()).or_default().extend(judge);
        }
        let reference = schema.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|reference| reference.strip_prefix('#'));
        open.extend(target.map(percent_decoded));
        let all = schema.get("allOf").and_then(Value::as_array);
        open.extend((0..all.map_or(0, Vec::len)).map(|index| format!("{at}/allOf/{index}")));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Dialect;

    fn check(members: usize, text: &str, last: &str, expected: Option<bool>) {
        let names = || (0..members).map(|index| format!("m{index}"));
        let typed = names().map(|name| (name, json!({"type": "integer"})));
        let document = json!({"components": {"schemas": {
            "Typed": {"allOf": [{"$ref": "#/components/schemas/Own"}, {"properties": {"last": {"type": "string", "maxLength": 1}}}]},
            "Own": {"type": "object", "properties": typed.collect::<serde_json::Map<_, _>>()},
        }}});
        let judges = Judges::new(&document, Dialect::OpenApi31).unwrap();
        let asked = Asked::read(&document, &judges, "/components/schemas/Typed").unwrap();
        let mut parts: Vec<(String, Reading)> = names().map(|name| (name, Reading::of_text(text))).collect();
        parts.push(("last".to_owned(), Reading::of_text(last)));
        assert_eq!(
            asked.accepts(&Reading::Members(parts)),
            expected,
            "{members} {text} {last}"
        );
    }

    #[test]
    fn what_is_said_of_a_member_alone_rules_readings_out() {
        check(40, "1", "a", Some(true));
        check(40, "a", "a", Some(false));
        check(40, "1", "ab", Some(false));
    }

    #[test]
    fn readings_that_nothing_rules_out_are_too_many() {
        let document = json!({"type": "object", "not": {}});
        let judges = Judges::new(&document, Dialect::OpenApi31).unwrap();
        let asked = Asked::read(&document, &judges, "").unwrap();
        let parts = (0..40).map(|index| (format!("m{index}"), Reading::of_text("1")));
        assert_eq!(asked.accepts(&Reading::Members(parts.collect())), None);
    }
}
