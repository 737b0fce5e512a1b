use std::sync::Arc;

use contract_runtime::export::bytes::Bytes;
use contract_runtime::{EventStream, PlainEndpoint, Problem};
use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use super::request::{Answer, anonymous, contract, get};

contract!("../golden/served/responses/mod.rs");
use contract::api::{ResponsesApi, endpoint};
use contract::{models, operations::*};

/// The id says what is answered.
struct Told;

anonymous!(Told);

fn thing(name: &str) -> models::Thing {
    serde_json::from_value(json!({ "name": name })).unwrap()
}

fn object() -> contract_runtime::JsonObject {
    json!({ "a": 1 }).as_object().unwrap().clone()
}

impl ResponsesApi for Told {
    async fn get_thing(&self, (): (), input: GetThingInput) -> Result<GetThingResponse, Problem> {
        let status = |status: u16| StatusCode::from_u16(status).unwrap();
        Ok(match input.id.as_str() {
            "csv" => GetThingResponse::OkCsv {
                x_rate_limit: contract_runtime::Integer::from(1),
                x_tags: None,
                body: "a,b".to_owned(),
            },
            "long" => GetThingResponse::OkJson {
                x_rate_limit: contract_runtime::Integer::from(1),
                x_tags: None,
                body: thing("too long"),
            },
            "negative" => GetThingResponse::OkJson {
                x_rate_limit: contract_runtime::Integer::from(-1),
                x_tags: None,
                body: thing("a"),
            },
            "same" => GetThingResponse::NotModified {},
            "missing" => GetThingResponse::NotFound {
                body: serde_json::from_value(json!({"reason": "gone"})).unwrap(),
            },
            "teapot" => GetThingResponse::ClientError {
                status: status(418),
                body: object(),
            },
            "broken" => GetThingResponse::Default {
                status: status(503),
                body: object(),
            },
            "problem" => return Err(Problem::of_status(409, "No.").with_type("https://example.com/no", "No")),
            accept => GetThingResponse::OkJson {
                x_rate_limit: contract_runtime::Integer::from(7),
                x_tags: Some(vec![accept.to_owned(), input.accept.to_owned()]),
                body: thing("a"),
            },
        })
    }

    async fn get_picture(&self, (): (), _input: GetPictureInput) -> Result<GetPictureResponse, Problem> {
        Ok(GetPictureResponse::Ok {
            content_type: "image/png".to_owned(),
            body: vec![b'p'].into(),
        })
    }

    async fn get_events(&self, (): (), _input: GetEventsInput) -> Result<GetEventsResponse, Problem> {
        let frames = [Ok::<_, std::io::Error>(Bytes::from_static(b"data: 1\n\n"))];
        let stream: EventStream = Box::pin(futures_util::stream::iter(frames));
        Ok(GetEventsResponse::Ok { stream })
    }
}

async fn ask(uri: &str, headers: &[(&str, &str)]) -> Answer {
    let endpoint: PlainEndpoint<Told> = endpoint(Arc::new(Told));
    get(&endpoint, uri, headers).await
}

#[tokio::test]
async fn declared_responses_are_written() {
    for (id, status, content_type, text) in [
        ("any", 200, "application/json", "{\"name\":\"a\"}"),
        ("csv", 200, "text/csv", "a,b"),
        ("same", 304, "", ""),
        ("missing", 404, "application/json", "{\"reason\":\"gone\"}"),
        ("teapot", 418, "application/json", "{\"a\":1}"),
        ("broken", 503, "application/json", "{\"a\":1}"),
    ] {
        let answer = ask(&format!("/things/{id}"), &[]).await;
        let found = (
            answer.status.as_u16(),
            answer.header("content-type"),
            answer.text.as_str(),
        );
        assert_eq!(found, (status, content_type, text), "{id}");
    }
    let picture = ask("/pictures", &[]).await;
    assert_eq!(
        (picture.header("content-type"), picture.text.as_str()),
        ("image/png", "p")
    );
    let events = ask("/events", &[]).await;
    assert_eq!(
        (events.header("content-type"), events.text.as_str()),
        ("text/event-stream", "data: 1\n\n")
    );
}

#[tokio::test]
async fn headers_are_written_in_their_style() {
    let answer = ask("/things/any", &[]).await;
    assert_eq!(
        (answer.header("x-rate-limit"), answer.header("x-tags")),
        ("7", "any,application/json")
    );
    assert_eq!(ask("/things/csv", &[]).await.header("x-tags"), "");
}

#[tokio::test]
async fn what_the_client_accepts_is_told_and_held() {
    let csv = ask("/things/any", &[("accept", "text/csv, */*;q=0.5")]).await;
    assert_eq!(csv.header("x-tags"), "any,text/csv");
    let answer = ask("/things/any", &[("accept", "image/png")]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail().as_str()),
        (406, "This operation answers with application/json or text/csv.")
    );
    assert_eq!(ask("/pictures", &[("accept", "image/png")]).await.status, 200);
}

#[tokio::test]
async fn a_problem_of_the_services_own_has_its_type() {
    let answer = ask("/things/problem", &[]).await;
    let problem: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(answer.status, 409);
    assert_eq!(
        problem,
        json!({"type": "https://example.com/no", "title": "No", "status": 409, "detail": "No.", "instance": "/things/problem"})
    );
}

#[tokio::test]
async fn responses_are_checked_where_that_is_asked_for() {
    let checking: PlainEndpoint<Told> = endpoint(Arc::new(Told)).checking_responses();
    for id in ["any", "csv", "same", "missing", "teapot", "broken"] {
        let uri = format!("/things/{id}");
        let (plain, checked) = (ask(&uri, &[]).await, get(&checking, &uri, &[]).await);
        assert_eq!((plain.status, plain.text), (checked.status, checked.text), "{id}");
    }
    for (id, detail) in [
        (
            "long",
            "The service answered what its contract does not declare: a body that breaks its schema.",
        ),
        (
            "negative",
            "The service answered what its contract does not declare: a header X-Rate-Limit that breaks its schema.",
        ),
    ] {
        let uri = format!("/things/{id}");
        assert_eq!(ask(&uri, &[]).await.status, 200, "{id}");
        let answer = get(&checking, &uri, &[]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail().as_str()),
            (500, detail),
            "{id}"
        );
    }
}

/// Refused is what no type of the contract allows, but another server may send.
#[test]
fn responses_of_others_are_checked_on_demand() {
    let operation = contract::api::API.operation("getThing").unwrap();
    let check = |status: StatusCode, media_type: &'static str, rate: Option<&'static str>, body: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static(media_type));
        headers.extend(rate.map(|rate| {
            (
                HeaderName::from_static("x-rate-limit"),
                HeaderValue::from_static(rate),
            )
        }));
        let found = operation.check_response(status, &headers, body.as_bytes());
        found.map_err(|undeclared| undeclared.to_string())
    };
    let refused = |what: &str| Err(what.to_owned());
    let json = "application/json";
    assert_eq!(
        check(StatusCode::OK, json, Some("1"), "{\"name\": \"a\"}"),
        Ok(())
    );
    assert_eq!(
        check(StatusCode::OK, json, None, "{\"name\": \"a\"}"),
        refused("a response without the header X-Rate-Limit")
    );
    assert_eq!(
        check(StatusCode::OK, json, Some("many"), "{\"name\": \"a\"}"),
        refused("a header X-Rate-Limit that must be a whole number")
    );
    assert_eq!(
        check(StatusCode::OK, "text/html", Some("1"), "a"),
        refused("the media type of a response 200")
    );
    assert_eq!(
        check(StatusCode::NOT_FOUND, json, None, "{}"),
        refused("a body that breaks its schema")
    );
    assert_eq!(check(StatusCode::IM_A_TEAPOT, json, None, "{}"), Ok(()));
    assert_eq!(contract::api::API.operation("getNothing").map(|one| one.id), None);
}
