use poem::endpoint::make;
use poem::http::StatusCode;

use super::*;

fn document() -> Value {
    json!({
        "openapi": "3.0.3",
        "paths": {"/pets/{id}": {"post": {
            "parameters": [
                {"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1, "maximum": 9}},
                {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}},
            ],
            "requestBody": {"required": true, "content": {"application/json": {"schema": {
                "type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 2}},
            }}}},
        }}},
    })
}

/// What the contract above says, by hand; without `is_strict` the body may hold anything.
async fn answer(mut request: Request, is_strict: bool) -> StatusCode {
    let is_whole = |text: &str, range: std::ops::RangeInclusive<f64>| {
        text.parse::<f64>()
            .is_ok_and(|number| number.fract() == 0.0 && range.contains(&number))
    };
    let id = request.uri().path().rsplit('/').next().unwrap_or_default();
    let query = request.uri().query().unwrap_or_default();
    let limit = query.strip_prefix("limit=");
    let is_declared = is_whole(id, 1.0..=9.0)
        && limit.is_none_or(|limit| is_whole(limit, f64::MIN..=10.0))
        && request.header("content-type") == Some("application/json");
    let body = request.take_body().into_string().await.unwrap();
    let body: Option<Value> = serde_json::from_str(&body).ok();
    let name = body.as_ref().and_then(|body| body.get("name")?.as_str());
    let is_valid = name.is_some_and(|name| name.chars().count() >= 2) || !is_strict;
    if is_declared && is_valid && body.is_some() {
        StatusCode::NOT_IMPLEMENTED
    } else {
        StatusCode::BAD_REQUEST
    }
}

#[tokio::test]
async fn an_api_that_does_what_its_contract_says_agrees() {
    let api = make(|request: Request| async { Ok::<_, poem::Error>(answer(request, true).await) });
    let survey = survey(&document(), api, 2000, 1).await.unwrap();
    assert_eq!(survey.disagreements, Vec::<Value>::new());
    assert_eq!(survey.disagreed, 0);
    assert!(survey.accepted > 500 && survey.refused > 500, "{survey:?}");
}

#[tokio::test]
async fn an_api_that_accepts_too_much_is_found_out() {
    let api = make(|request: Request| async { Ok::<_, poem::Error>(answer(request, false).await) });
    let survey = survey(&document(), api, 200, 1).await.unwrap();
    let first = survey.disagreements.first().unwrap();
    assert_eq!(
        (&first["oracle"], &first["status"]),
        (&json!("refuses"), &json!(501))
    );
    assert!(
        first["request"].as_str().unwrap().contains("POST /pets/"),
        "{first}"
    );
}

#[tokio::test]
async fn an_api_that_refuses_too_much_is_found_out() {
    let api = make(|_| async { Ok::<_, poem::Error>(StatusCode::BAD_REQUEST) });
    let survey = survey(&document(), api, 20, 1).await.unwrap();
    assert!(
        survey.disagreements.iter().all(|one| one["oracle"] == "accepts"),
        "{survey:?}"
    );
    assert_eq!(survey.disagreed + survey.refused, 20);
}
