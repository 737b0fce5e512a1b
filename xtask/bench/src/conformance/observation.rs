//! What of an answer is compared.

use std::collections::BTreeSet;

use bytes::Bytes;
use hyper::Response;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

/// The headers that the contract names, beside the media type.
const HEADERS: [&str; 4] = ["etag", "location", "idempotent-replayed", "x-correlation-id"];

/// What a caller can tell two servers apart by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Observation {
    status: u16,
    media_type: String,
    headers: BTreeSet<&'static str>,
    /// The last part of a problem's type.
    problem: String,
    /// Where a body is wrong. By what rule is left out: one may report two where another reports the first.
    pointers: BTreeSet<String>,
    /// The members of the body, as pointers with the types of their values.
    members: BTreeSet<String>,
    /// Values that no server makes up.
    values: BTreeSet<String>,
}

impl Observation {
    pub(super) fn of(response: &Response<Bytes>) -> Self {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut members = BTreeSet::new();
        collect_members(&body, "", &mut members);
        let values = ["name", "identifier", "status", "version", "timeZone"]
            .iter()
            .filter_map(|name| Some(format!("{name} = {}", body.get(name)?)));
        Self {
            status: response.status().as_u16(),
            media_type: media_type(response.headers()),
            headers: HEADERS
                .into_iter()
                .filter(|name| response.headers().contains_key(*name))
                .collect(),
            problem: text("type").rsplit('/').next().unwrap_or_default().to_owned(),
            pointers: pointers(&body),
            members,
            values: values.collect(),
        }
    }

    /// The id of the school that an answer brings, where it created one.
    pub(super) fn school_id(&self, body: &[u8]) -> Option<String> {
        let body: Value = serde_json::from_slice(body).ok()?;
        (self.status == 201).then(|| body.get("schoolId")?.as_str().map(str::to_owned))?
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let whole = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let bare = whole.unwrap_or_default().split(';').next();
    bare.unwrap_or_default().trim().to_owned()
}

fn pointers(body: &Value) -> BTreeSet<String> {
    let errors = body.get("errors").and_then(Value::as_array);
    let pointer = |error: &Value| Some(error.get("pointer")?.as_str()?.to_owned());
    errors.into_iter().flatten().filter_map(pointer).collect()
}

fn collect_members(value: &Value, at: &str, members: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            // How many errors there are is told by their pointers.
            if let Some(first) = items.first() {
                collect_members(first, &format!("{at}/*"), members);
            }
            "array"
        }
        Value::Object(object) => {
            for (name, value) in object {
                collect_members(value, &format!("{at}/{name}"), members);
            }
            "object"
        }
    };
    members.insert(format!("{at} ({kind})"));
}

/// In what two observations differ, in words.
pub(super) fn differences(expected: &Observation, observed: &Observation) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, expected: String, observed: String| {
        if expected != observed {
            found.push(format!("{what} {observed} instead of {expected}"));
        }
    };
    compare("status", expected.status.to_string(), observed.status.to_string());
    compare(
        "media type",
        quoted(&expected.media_type),
        quoted(&observed.media_type),
    );
    compare("problem", quoted(&expected.problem), quoted(&observed.problem));
    compare(
        "headers",
        format!("{:?}", expected.headers),
        format!("{:?}", observed.headers),
    );
    compare(
        "errors at",
        format!("{:?}", expected.pointers),
        format!("{:?}", observed.pointers),
    );
    compare(
        "values",
        format!("{:?}", expected.values),
        format!("{:?}", observed.values),
    );
    for missing in expected.members.difference(&observed.members) {
        found.push(format!("no member {missing}"));
    }
    for extra in observed.members.difference(&expected.members) {
        found.push(format!("another member {extra}"));
    }
    found
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation(status: u16, media_type: &str, body: &'static str) -> Observation {
        let response = Response::builder()
            .status(status)
            .header("content-type", media_type)
            .header("etag", "\"1\"")
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap();
        Observation::of(&response)
    }

    #[test]
    fn values_that_a_server_makes_up_are_not_compared() {
        let one = observation(201, "application/json", r#"{"schoolId":"1","name":"A"}"#);
        let two = observation(
            201,
            "application/json; charset=utf-8",
            r#"{"name":"A","schoolId":"2"}"#,
        );
        assert_eq!(differences(&one, &two), Vec::<String>::new());
        assert_eq!(one.school_id(br#"{"schoolId":"1"}"#).unwrap(), "1");
    }

    #[test]
    fn what_a_caller_sees_is_compared() {
        let expected = observation(201, "application/json", r#"{"name":"A","version":1}"#);
        let check = |status, media_type: &str, body: &'static str| {
            differences(&expected, &observation(status, media_type, body)).join("; ")
        };
        assert_eq!(
            check(200, "application/json", r#"{"name":"A","version":1}"#),
            "status 200 instead of 201"
        );
        assert_eq!(
            check(201, "text/html", r#"{"name":"A","version":1}"#),
            "media type `text/html` instead of `application/json`"
        );
        assert_eq!(
            check(201, "application/json", r#"{"name":"A","version":1,"extra":[]}"#),
            "another member /extra (array)"
        );
        assert!(check(201, "application/json", r#"{"name":"A"}"#).contains("no member /version (number)"));
        assert!(check(201, "application/json", r#"{"name":"B","version":1}"#).contains("values"));
    }

    #[test]
    fn problems_are_told_apart_by_their_type_and_by_where_a_body_is_wrong() {
        let problem = |body| observation(422, "application/problem+json", body);
        let expected =
            problem(r#"{"type":"http://a/problems/x","errors":[{"pointer":"/name"},{"pointer":"/name"}]}"#);
        let same = problem(r#"{"type":"http://b/problems/x","errors":[{"pointer":"/name"}]}"#);
        assert_eq!(differences(&expected, &same), Vec::<String>::new());
        let other = problem(r#"{"type":"http://b/problems/y","errors":[{"pointer":"/other"}]}"#);
        assert_eq!(differences(&expected, &other).len(), 2);
    }
}
