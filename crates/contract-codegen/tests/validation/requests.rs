//! What an API accepts and refuses, held against what an independent oracle says of its contract.

use std::path::{Path, PathBuf};

use contract_codegen::{Limits, OpenApi, Source};
use contract_oracle::{Survey, survey};
use serde_json::{Value, json};

use crate::late_api;

/// The generator's own contracts, one for each thing that requests are made of.
fn contracts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/generator/tests/corpus");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            if path.is_dir() {
                path.join("openapi.yaml")
            } else {
                path
            }
        })
        .filter(|path| std::fs::read_to_string(path).is_ok_and(|text| text.starts_with("openapi:")))
        .collect();
    paths.sort();
    paths
}

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
        for seed in 1..=3 {
            let survey = asked(&source, source.root(), 400, seed).await;
            assert_eq!(survey.disagreements, Vec::<Value>::new(), "{path:?}");
            assert_eq!((survey.disagreed, survey.undecided), (0, 0), "{path:?}");
            let sent = survey.accepted + survey.refused;
            assert!(sent >= 100, "{path:?}: {survey:?}");
            assert!(survey.accepted >= sent / 5, "{path:?}: {survey:?}");
        }
    }
}

/// One change of what a contract says: the place, and what stands there instead; nothing, where it is left out.
type Change = (&'static str, Option<Value>);

/// An API whose contract says something else in one place is found out.
async fn assert_noticed(name: &str, changes: Vec<Change>) {
    let path = contracts().into_iter().find(|path| path.ends_with(name)).unwrap();
    let judged = Source::load(&path, &Limits::default()).unwrap();
    let mut unnoticed = Vec::new();
    for (pointer, changed) in changes {
        let mut document = judged.root().clone();
        let (above, key) = pointer.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/");
        let place = document.pointer_mut(above).unwrap();
        match changed {
            Some(value) => place[&key] = value,
            None => drop(place.as_object_mut().unwrap().remove(&key).unwrap()),
        }
        let served = Source::parse("contract.json", &document.to_string()).unwrap();
        if !is_noticed(&served, judged.root()).await {
            unnoticed.push(pointer);
        }
    }
    assert_eq!(unnoticed, Vec::<&str>::new(), "{name}");
}

/// Most changes show in a few requests; more are sent only where they do not.
async fn is_noticed(served: &Source, judged: &Value) -> bool {
    for (count, seed) in [(60, 1), (600, 2), (3000, 3)] {
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
            (styled("whole"), Some(json!({"contentType": "text/plain"}))),
        ],
    )
    .await;
}

#[tokio::test]
async fn another_keyword_is_noticed() {
    let thing = |below: &str| -> &'static str { format!("/components/schemas/Thing/{below}").leak() };
    let parameter =
        |below: &str| -> &'static str { format!("/paths/~1things/post/parameters/{below}").leak() };
    assert_noticed(
        "keywords.yaml",
        vec![
            (thing("required"), Some(json!(["id", "kind"]))),
            (thing("properties/id/readOnly"), None),
            (thing("properties/tags/uniqueItems"), None),
            (thing("properties/list/maxItems"), None),
            (thing("properties/count/nullable"), None),
            (thing("properties/count/format"), None),
            (thing("properties/count/exclusiveMinimum"), None),
            (thing("properties/step/multipleOf"), None),
            (thing("properties/at/format"), None),
            (thing("properties/day/format"), None),
            (thing("properties/mail/format"), None),
            (thing("properties/word/pattern"), None),
            (thing("properties/word/not"), None),
            (thing("properties/more/minProperties"), None),
            (thing("properties/more/additionalProperties"), None),
            ("/components/schemas/Round/properties/type/enum", None),
            ("/components/schemas/Square/properties/side/maximum", None),
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
