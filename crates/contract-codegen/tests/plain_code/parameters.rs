use std::sync::{Arc, Mutex};

use contract_runtime::{PlainEndpoint, Problem};
use serde_json::{Value, json};

use super::request::{anonymous, contract, get};

contract!("../golden/served/parameters/mod.rs");
use contract::api::{ParametersApi, endpoint};
use contract::operations::*;

/// Keeps what arrived.
#[derive(Default)]
struct Kept(Mutex<Value>);

anonymous!(Kept);

impl ParametersApi for Kept {
    async fn read_styles(&self, (): (), input: ReadStylesInput) -> Result<ReadStylesResponse, Problem> {
        *self.0.lock().unwrap() = json!({
            "simple": input.simple, "label": input.label, "matrix": input.matrix, "form": input.form,
            "commas": input.commas, "spaces": input.spaces, "pipes": input.pipes, "deep": input.deep,
            "members": input.members,
        });
        Ok(ReadStylesResponse::NoContent {})
    }

    async fn read_places(&self, (): (), input: ReadPlacesInput) -> Result<ReadPlacesResponse, Problem> {
        *self.0.lock().unwrap() = json!({
            "id": input.id, "id_header": input.id_header, "session": input.session, "filter": input.filter,
            "flag": input.flag, "limit": input.limit, "size": input.size, "x_ids": input.x_ids,
        });
        Ok(ReadPlacesResponse::NoContent {})
    }
}

/// What the handler gets of a request.
async fn read(uri: &str, headers: &[(&str, &str)]) -> Value {
    let service = Arc::new(Kept::default());
    let answer = get(&endpoint(Arc::clone(&service)), uri, headers).await;
    assert_eq!(answer.status, 204, "{uri}: {answer:?}");
    let kept = service.0.lock().unwrap();
    let members = kept
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !value.is_null());
    members
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Why a request is refused.
async fn refusal(uri: &str, headers: &[(&str, &str)]) -> String {
    let endpoint: PlainEndpoint<Kept> = endpoint(Arc::default());
    let answer = get(&endpoint, uri, headers).await;
    assert_eq!(answer.status, 400, "{uri}: {answer:?}");
    answer.detail()
}

const PATH: &str = "/styles/1,2/.R=3.G=4/;matrix=m";

fn styles(more: &Value) -> Value {
    let mut all = json!({"simple": [1, 2], "label": {"R": 3, "G": 4}, "matrix": "m"});
    all.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    all
}

#[tokio::test]
async fn each_style_is_read() {
    for (query, expected) in [
        ("", json!({})),
        ("form=1&form=2", json!({"form": [1, 2]})),
        ("form=7", json!({"form": [7]})),
        ("commas=a,b%2Cc", json!({"commas": ["a", "b,c"]})),
        ("spaces=a%20b+c", json!({"spaces": ["a", "b", "c"]})),
        ("pipes=a|b%7Cc", json!({"pipes": ["a", "b", "c"]})),
        ("deep[R]=1&deep%5BG%5D=2", json!({"deep": {"R": 1, "G": 2}})),
        ("width=1&height=2", json!({"members": {"width": 1, "height": 2}})),
    ] {
        assert_eq!(
            read(&format!("{PATH}?{query}"), &[]).await,
            styles(&expected),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_its_schema_does_not_accept_is_refused() {
    for (uri, detail) in [
        (
            "/styles/1,2,3,4/.R=3/;matrix=m",
            "The path parameter simple must have at most 3 items.",
        ),
        (
            "/styles/1,x/.R=3/;matrix=m",
            "The path parameter simple must be a whole number.",
        ),
        (
            "/styles/1/.G=3/;matrix=m",
            "The path parameter label must be present at /R.",
        ),
        (
            "/styles/1/R=3/;matrix=m",
            "The path parameter label must begin with a dot.",
        ),
        (
            "/styles/1/.R=3/;other=m",
            "The path parameter matrix must have the form ;name=value.",
        ),
        (
            "/styles/1/.R=3/;matrix=%ff",
            "The path parameter matrix is not valid UTF-8.",
        ),
        (
            "/styles/1/.R=3/;matrix=m?form=x",
            "The query parameter form must be a whole number.",
        ),
        (
            "/styles/1/.R=3/;matrix=m?commas=a&commas=b",
            "The query parameter commas was sent more than once.",
        ),
        (
            "/styles/1/.R=3/;matrix=m?deep[G]=1",
            "The query parameter deep must be present at /R.",
        ),
        (
            "/styles/1/.R=3/;matrix=m?deep[R]=x",
            "The query parameter deep must be a whole number.",
        ),
        (
            "/styles/1/.R=3/;matrix=m?height=1",
            "The query parameter members must be present at /width.",
        ),
    ] {
        assert_eq!(refusal(uri, &[]).await, detail, "{uri}");
    }
}

#[tokio::test]
async fn parameters_of_one_name_in_two_places_are_two() {
    let both = read("/places?id=1", &[("id", "2")]).await;
    assert_eq!(both, json!({"id": 1, "id_header": 2, "limit": 20}));
    assert_eq!(
        refusal("/places", &[("id", "2")]).await,
        "The query parameter id is missing."
    );
}

#[tokio::test]
async fn defaults_flags_cookies_and_content_are_read() {
    let read = async |uri: &str, headers| {
        let mut found = read(uri, headers).await;
        found.as_object_mut().unwrap().remove("id");
        found
    };
    assert_eq!(read("/places?id=1", &[]).await, json!({"limit": 20}));
    assert_eq!(read("/places?id=1&limit=5", &[]).await, json!({"limit": 5}));
    assert_eq!(
        read("/places?id=1&flag", &[]).await,
        json!({"limit": 20, "flag": true})
    );
    assert_eq!(
        read("/places?id=1&flag=false", &[]).await,
        json!({"limit": 20, "flag": false})
    );
    assert_eq!(
        read("/places?id=1&size=3", &[]).await,
        json!({"limit": 20, "size": 3})
    );
    let cookie = &[("cookie", "other=1; session=abc%20d")];
    assert_eq!(
        read("/places?id=1", cookie).await,
        json!({"limit": 20, "session": "abc d"})
    );
    let lists = &[("x-ids", "1, 2"), ("x-ids", "3")];
    assert_eq!(
        read("/places?id=1", lists).await,
        json!({"limit": 20, "x_ids": [1, 2, 3]})
    );
    let filter = read("/places?id=1&filter=%7B%22a%22:1%7D", &[]).await;
    assert_eq!(filter, json!({"limit": 20, "filter": {"a": 1}}));
}

#[tokio::test]
async fn each_place_is_checked() {
    for (uri, headers, detail) in [
        (
            "/places?id=1&limit=101",
            [("x", "")],
            "The query parameter limit must be at most 100.",
        ),
        (
            "/places?id=1&flag=maybe",
            [("x", "")],
            "The query parameter flag must be true or false.",
        ),
        (
            "/places?id=1",
            [("cookie", "session=ab")],
            "The cookie session must have at least 3 characters.",
        ),
        (
            "/places?id=1",
            [("x-ids", "1,x")],
            "The header X-Ids must be a whole number.",
        ),
        (
            "/places?id=1&filter=%7B",
            [("x", "")],
            "The query parameter filter is not acceptable JSON.",
        ),
        (
            "/places?id=1&filter=%7B%22b%22:1%7D",
            [("x", "")],
            "The query parameter filter is not a property of this object at /b.",
        ),
        (
            "/places?id=1&id=2",
            [("x", "")],
            "The query parameter id was sent more than once.",
        ),
    ] {
        assert_eq!(refusal(uri, &headers).await, detail, "{uri} {headers:?}");
    }
}
