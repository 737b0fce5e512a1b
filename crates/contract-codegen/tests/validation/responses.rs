//! What an API declares of its responses, held against what an independent oracle says of its contract.

use contract_codegen::{Limits, OpenApi, Source};
use contract_oracle::{Response, Survey, survey_responses};
use contract_runtime::Operation;
use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::contracts::{Change, changed, contract, contracts};
use crate::late_api;

/// What the operations of a contract say of a response.
fn check(operations: &[&'static Operation], response: &Response) -> Result<(), String> {
    let is_asked =
        |operation: &&&Operation| *operation.method == response.method && operation.path == response.path;
    let operation = operations.iter().find(is_asked).unwrap();
    let field = |(name, value): &(String, String)| {
        (
            HeaderName::try_from(name).unwrap(),
            HeaderValue::try_from(value).unwrap(),
        )
    };
    let mut headers = HeaderMap::new();
    for (name, value) in response.headers.iter().map(field) {
        headers.append(name, value);
    }
    let status = StatusCode::from_u16(response.status).unwrap();
    operation
        .check_response(status, &headers, &response.body)
        .map_err(|undeclared| format!("{undeclared} {:?}", undeclared.violations()))
}

/// Asks the oracle what one contract says of responses, and the API of another.
fn asked(served: &Source, judged: &Value, count: usize, seed: u64) -> Survey {
    let (api, _) = OpenApi::read_plain(served).unwrap();
    let operations = late_api::operations(served, &api);
    survey_responses(judged, |response| check(&operations, response), count, seed).unwrap()
}

#[test]
fn an_api_declares_what_its_contract_says() {
    for path in contracts() {
        let source = Source::load(&path, &Limits::default()).unwrap();
        for seed in 1..=2 {
            let survey = asked(&source, source.root(), 600, seed);
            assert_eq!(survey.disagreements, Vec::<Value>::new(), "{path:?}");
            assert_eq!((survey.disagreed, survey.undecided), (0, 0), "{path:?}");
            assert!(survey.skipped.is_empty(), "{path:?}: {survey:?}");
            let asked = survey.accepted + survey.refused;
            assert!(asked >= 300, "{path:?}: {survey:?}");
            assert!(survey.accepted >= asked / 4, "{path:?}: {survey:?}");
            assert!(survey.refused >= asked / 8, "{path:?}: {survey:?}");
        }
    }
}

/// An API whose contract says something else in one place is found out.
fn assert_noticed(changes: Vec<Change>) {
    let judged = contract("responses.yaml");
    let is_noticed = |served: &Source| {
        let mut attempts = [(200, 1), (800, 2), (3000, 3), (10_000, 4)].into_iter();
        attempts.any(|(count, seed)| asked(served, judged.root(), count, seed).disagreed > 0)
    };
    let unnoticed = changes
        .into_iter()
        .filter(|change| !is_noticed(&changed(&judged, change)));
    let unnoticed: Vec<&str> = unnoticed.map(|(pointer, _)| pointer).collect();
    assert_eq!(unnoticed, Vec::<&str>::new());
}

fn response(path: &str, below: &str) -> &'static str {
    format!("/paths/~1{path}/get/responses/{below}").leak()
}

#[test]
fn another_header_is_noticed() {
    let header = |below: &str| response("headers", &format!("200/headers/{below}"));
    assert_noticed(vec![
        (header("X-Count/required"), None),
        (header("X-Count/schema/maximum"), Some(json!(8))),
        (header("X-Count/schema/maximum"), None),
        (header("X-Count"), None),
        (header("X-Tags/schema/maxItems"), Some(json!(2))),
        (header("X-Tags/schema/minItems"), Some(json!(2))),
        (header("X-Tags/required"), Some(json!(true))),
        (header("X-Colour/explode"), None),
        (header("X-Flat-Colour/explode"), Some(json!(true))),
        (header("X-About/required"), Some(json!(false))),
        (header("X-About/content"), Some(json!({"application/json": {}}))),
        (header("X-Either/schema/oneOf/0/type"), Some(json!("null"))),
        (
            header("X-Either/schema/oneOf/1/items"),
            Some(json!({"type": "integer"})),
        ),
        (header("X-Flag/schema/type"), Some(json!("string"))),
        (header("ETag/schema/pattern"), None),
        (header("Set-Cookie/schema/maxItems"), Some(json!(1))),
        (header("Set-Cookie/schema/items/pattern"), None),
        ("/components/headers/Day/schema/format", None),
        (
            response("statuses", "304/headers/ETag/schema/minLength"),
            Some(json!(4)),
        ),
        (response("statuses", "503/headers/Retry-After/required"), None),
    ]);
}

#[test]
fn another_body_is_noticed() {
    let content = |below: &str| response("bodies", &format!("200/content/{below}"));
    let thing = |below: &str| -> &'static str { format!("/components/schemas/Thing/{below}").leak() };
    assert_noticed(vec![
        (content("application~1json"), None),
        (content("application~1json/schema"), None),
        (content("application~1vnd.thing+json"), None),
        (content("application~1json; v=2/schema/maxItems"), Some(json!(1))),
        (content("text~1plain/schema/minimum"), Some(json!(4))),
        (content("text~1plain/schema/type"), Some(json!("string"))),
        (
            content("application~1x-www-form-urlencoded/schema/$ref"),
            Some(json!("#/components/schemas/Colour")),
        ),
        (
            content("multipart~1form-data/schema/$ref"),
            Some(json!("#/components/schemas/Thing")),
        ),
        (content("application~1octet-stream"), None),
        (content("application~1xml"), None),
        (
            response("bodies", "201/content/application~1json; charset=utf-8"),
            None,
        ),
        (response("ranges", "200/content/*~1*/schema"), None),
        (response("ranges", "201/content"), Some(json!({"image/jpeg": {}}))),
        (
            response("ranges", "202/content/text~1*/schema/maxLength"),
            Some(json!(8)),
        ),
        (response("ranges", "203/content"), None),
        (thing("properties/id/writeOnly"), Some(json!(true))),
        (thing("properties/secret/writeOnly"), None),
        (thing("required"), Some(json!(["id", "secret"]))),
        (thing("properties/name/maxLength"), Some(json!(10))),
        (thing("properties/tags/uniqueItems"), None),
        ("/components/schemas/Colour/additionalProperties", None),
        (
            "/components/schemas/Colour/properties/r/maximum",
            Some(json!(254)),
        ),
    ]);
}

#[test]
fn another_status_is_noticed() {
    let status = |key: &str| response("statuses", key);
    assert_noticed(vec![
        (status("200"), None),
        (status("200/content"), Some(json!({"text/plain": {}}))),
        (status("204"), None),
        (status("404"), None),
        (status("4XX"), None),
        (status("503"), None),
        (status("5XX"), Some(json!({"description": "More faults."}))),
        (status("default"), Some(json!({"description": "Anything."}))),
        (response("default", "default"), None),
        (response("default", "5XX"), None),
        ("/paths/~1statuses/head/responses/200/headers/X-Size", None),
    ]);
}
