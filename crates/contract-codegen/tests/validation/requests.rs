//! What an API accepts and refuses, held against what an independent oracle says of its contract.

use contract_codegen::{Limits, OpenApi, Source};
use contract_oracle::{Survey, survey};
use serde_json::{Value, json};

use crate::contracts::{Change, changed, contract, contracts};
use crate::late_api;

/// Serves one contract, and asks the oracle what another says of it.
async fn asked(served: &Source, judged: &Value, count: usize, seed: u64) -> Survey {
    let (api, _) = OpenApi::read_plain(served).unwrap();
    let endpoint = late_api::endpoint(served, &api);
    survey(judged, endpoint, count, seed).await.unwrap()
}

#[tokio::test]
async fn an_api_accepts_and_refuses_what_its_contract_says() {
    let contracts = contracts();
    assert!(contracts.len() >= 8, "{contracts:?}");
    for path in contracts {
        let source = Source::load(&path, &Limits::default()).unwrap();
        for seed in 1..=2 {
            let survey = asked(&source, source.root(), 300, seed).await;
            assert_eq!(survey.disagreements, Vec::<Value>::new(), "{path:?}");
            assert_eq!((survey.disagreed, survey.undecided), (0, 0), "{path:?}");
            let sent = survey.accepted + survey.refused;
            assert!(sent >= 100, "{path:?}: {survey:?}");
            assert!(survey.accepted >= sent / 5, "{path:?}: {survey:?}");
        }
    }
}

/// An API whose contract says something else in one place is found out.
async fn assert_noticed(name: &str, changes: Vec<Change>) {
    let judged = contract(name);
    let mut unnoticed = Vec::new();
    for change in changes {
        if !is_noticed(&changed(&judged, &change), judged.root()).await {
            unnoticed.push(change.0);
        }
    }
    assert_eq!(unnoticed, Vec::<&str>::new(), "{name}");
}

/// Most changes show in a few requests; more are sent only where they do not.
async fn is_noticed(served: &Source, judged: &Value) -> bool {
    for (count, seed) in [(60, 1), (600, 2), (2000, 3)] {
        if asked(served, judged, count, seed).await.disagreed > 0 {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn another_style_is_noticed() {
    let styles = |path: &str, index: usize, field: &str| -> &'static str {
        format!("/paths/~1{path}/get/parameters/{index}/{field}").leak()
    };
    assert_noticed(
        "styles.yaml",
        vec![
            (
                styles("simple~1{list}~1{object}", 1, "explode"),
                Some(json!(false)),
            ),
            (
                styles("simple~1{list}~1{object}", 3, "explode"),
                Some(json!(true)),
            ),
            (
                styles("label~1{list}~1{object}", 0, "style"),
                Some(json!("simple")),
            ),
            (
                styles("label~1{list}~1{object}", 1, "explode"),
                Some(json!(false)),
            ),
            (
                styles("matrix~1{list}~1{object}", 0, "explode"),
                Some(json!(true)),
            ),
            (
                styles("matrix~1{list}~1{object}", 1, "explode"),
                Some(json!(false)),
            ),
            (styles("query", 0, "explode"), Some(json!(false))),
            (styles("query", 1, "explode"), Some(json!(true))),
            (styles("query", 2, "style"), Some(json!("form"))),
            (styles("query", 3, "style"), Some(json!("form"))),
            (styles("query", 4, "style"), Some(json!("form"))),
            (styles("query", 5, "explode"), Some(json!(true))),
            (
                styles("query", 6, "schema"),
                Some(json!({"type": "string", "maxLength": 7})),
            ),
            (styles("cookie", 0, "required"), Some(json!(false))),
            (
                styles("cookie", 1, "schema"),
                Some(json!({"type": "integer", "maximum": 6})),
            ),
            ("/components/schemas/List/maxItems", Some(json!(3))),
            ("/components/schemas/List/minItems", Some(json!(2))),
            (
                "/components/schemas/Object/additionalProperties",
                Some(json!(true)),
            ),
            ("/components/schemas/Object/required", Some(json!(["r", "on"]))),
        ],
    )
    .await;
}

#[tokio::test]
async fn another_form_is_noticed() {
    let upload = "/paths/~1upload/post/requestBody/content/multipart~1form-data/";
    let upload = |below: &str| -> &'static str { format!("{upload}{below}").leak() };
    assert_noticed(
        "bodies.yaml",
        vec![
            ("/paths/~1form/post/requestBody/required", Some(json!(false))),
            ("/components/schemas/Form/required", None),
            (
                "/components/schemas/Form/properties/name/maxLength",
                Some(json!(29)),
            ),
            (
                "/components/schemas/Form/properties/tags/minItems",
                Some(json!(2)),
            ),
            (
                upload("encoding/about"),
                Some(json!({"contentType": "text/plain"})),
            ),
            (upload("encoding/file"), Some(json!({"contentType": "image/png"}))),
            (upload("encoding/file/headers/X-Rate/required"), Some(json!(true))),
            (upload("schema/properties/note/maxLength"), Some(json!(19))),
            (upload("schema/required"), None),
        ],
    )
    .await;
    let styled = "/paths/~1styled/post/requestBody/content/application~1x-www-form-urlencoded/encoding/";
    let styled = |below: &str| -> &'static str { format!("{styled}{below}").leak() };
    assert_noticed(
        "keywords.yaml",
        vec![
            (styled("joined"), Some(json!({"style": "form", "explode": true}))),
            (
                styled("piped"),
                Some(json!({"style": "spaceDelimited", "explode": false})),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn another_keyword_is_noticed() {
    let schema = |below: &str| -> &'static str { format!("/components/schemas/{below}").leak() };
    let property = |name: &str, below: &str| schema(&format!("{name}/properties/{below}"));
    let parameter =
        |below: &str| -> &'static str { format!("/paths/~1things/post/parameters/{below}").leak() };
    assert_noticed(
        "keywords.yaml",
        vec![
            (schema("Texts/required"), None),
            (property("Texts", "at/format"), None),
            (property("Texts", "day/format"), None),
            (property("Texts", "mail/format"), None),
            (property("Texts", "word/pattern"), None),
            (property("Texts", "word/not"), None),
            (schema("Numbers/minProperties"), None),
            (schema("Numbers/maxProperties"), Some(json!(2))),
            (property("Numbers", "count/format"), None),
            (property("Numbers", "above/nullable"), None),
            (property("Numbers", "above/exclusiveMinimum"), None),
            (property("Numbers", "step/multipleOf"), None),
            (property("Lists", "tags/uniqueItems"), None),
            (property("Lists", "tags/minItems"), None),
            (property("Lists", "list/maxItems"), None),
            (property("Lists", "more/minProperties"), None),
            (property("Lists", "more/additionalProperties"), None),
            (schema("Directed/required"), Some(json!(["id"]))),
            (property("Directed", "id/readOnly"), None),
            (property("Directed", "id/format"), None),
            (schema("Kind/oneOf/1"), Some(json!({"type": "object"}))),
            (property("Round", "type/enum"), None),
            (property("Square", "side/maximum"), None),
            (
                parameter("0/schema/oneOf"),
                Some(json!([{"type": "string", "maxLength": 3}])),
            ),
            (parameter("1/schema/anyOf"), Some(json!([{"type": "integer"}]))),
            (parameter("2/allowEmptyValue"), None),
            (parameter("2/required"), Some(json!(false))),
            (parameter("3/schema/nullable"), None),
            (parameter("5/schema/uniqueItems"), None),
        ],
    )
    .await;
}
