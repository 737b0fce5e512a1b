//! Whether an answer is the one that was asked for.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use super::Expected;

/// What is wrong with an answer, in the words under which it is counted.
pub(super) fn fault(expected: &Expected, status: u16, body: &[u8]) -> Option<String> {
    if status != expected.status {
        return Some(format!("status {status} instead of {}", expected.status));
    }
    let (name, wanted) = expected.member.as_ref()?;
    match member(body, name) {
        Some(found) if found == *wanted => None,
        Some(_) => Some(format!("another `{name}` in the body")),
        None => Some(format!("no `{name}` in the body")),
    }
}

/// The text of a member at the top of a JSON object. The rest is only skipped: the generator shares the processors with
/// what it measures.
pub(super) fn member<'a>(body: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    deserializer.deserialize_map(Member(name)).ok().flatten()
}

struct Member<'n>(&'n str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == self.0 {
                found = Some(map.next_value::<Text<'de>>()?.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A text, borrowed where it holds no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected {
            status: 201,
            member: Some(("name", "A \"B\"".to_owned())),
        }
    }

    #[test]
    fn a_fast_wrong_answer_is_a_fault() {
        let check = |status, body: &str| fault(&expected(), status, body.as_bytes());
        assert_eq!(
            check(201, r#"{"id": [1, {"name": "no"}], "name":"A \"B\""}"#),
            None
        );
        assert_eq!(check(200, "{}").unwrap(), "status 200 instead of 201");
        assert_eq!(
            check(201, r#"{"name":"C"}"#).unwrap(),
            "another `name` in the body"
        );
        assert_eq!(check(201, "{}").unwrap(), "no `name` in the body");
        assert_eq!(check(201, "").unwrap(), "no `name` in the body");
        assert_eq!(check(201, r#"{"name":7}"#).unwrap(), "no `name` in the body");
    }

    #[test]
    fn a_status_alone_may_be_enough() {
        let expected = Expected {
            status: 200,
            member: None,
        };
        assert_eq!(fault(&expected, 200, b""), None);
    }
}
