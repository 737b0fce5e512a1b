use std::sync::{Arc, Mutex};

use contract_runtime::{PlainEndpoint, Problem};
use poem::http::Method;
use serde_json::{Value, json};

use super::request::{Answer, anonymous, contract, send};

contract!("../golden/served/bodies/mod.rs");
use contract::api::{BodiesApi, endpoint};
use contract::operations::*;

#[derive(Default)]
struct Kept(Mutex<Value>);

anonymous!(Kept);

impl Kept {
    fn keep(&self, value: Value) {
        *self.0.lock().unwrap() = value;
    }
}

impl BodiesApi for Kept {
    async fn add_thing(&self, (): (), input: AddThingInput) -> Result<AddThingResponse, Problem> {
        self.keep(json!(input.body));
        Ok(AddThingResponse::NoContent {})
    }

    async fn change_thing(&self, (): (), input: ChangeThingInput) -> Result<ChangeThingResponse, Problem> {
        self.keep(json!({ "body": input.body }));
        Ok(ChangeThingResponse::NoContent {})
    }

    async fn send_form(&self, (): (), input: SendFormInput) -> Result<SendFormResponse, Problem> {
        self.keep(json!(input.body));
        Ok(SendFormResponse::NoContent {})
    }

    async fn upload(&self, (): (), input: UploadInput) -> Result<UploadResponse, Problem> {
        let file = input.body.part("file").unwrap();
        let (name, length) = (file.file_name.clone(), file.bytes.len());
        self.keep(json!({ "value": input.body.value, "name": name, "length": length }));
        Ok(UploadResponse::NoContent {})
    }

    async fn add_note(&self, (): (), input: AddNoteInput) -> Result<AddNoteResponse, Problem> {
        self.keep(match input.body {
            AddNoteBody::Plain(number) => json!({ "number": number }),
            AddNoteBody::Xml(text) => json!({ "xml": text }),
            AddNoteBody::OctetStream(bytes) => json!({ "bytes": bytes.to_vec() }),
            AddNoteBody::Image(payload) => {
                json!({ "type": payload.content_type, "length": payload.bytes.len() })
            }
        });
        Ok(AddNoteResponse::NoContent {})
    }
}

async fn post(to: (Method, &str), content_type: Option<&str>, body: &[u8]) -> (Answer, Value) {
    let service = Arc::new(Kept::default());
    let endpoint: PlainEndpoint<Kept> = endpoint(Arc::clone(&service)).with_body_limit(1_000);
    let headers: Vec<(&str, &str)> = content_type
        .map(|text| ("content-type", text))
        .into_iter()
        .collect();
    let answer = send(&endpoint, to, &headers, body.to_vec()).await;
    let kept = service.0.lock().unwrap().clone();
    (answer, kept)
}

async fn kept(to: (Method, &str), content_type: Option<&str>, body: &[u8]) -> Value {
    let (answer, kept) = post(to, content_type, body).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    kept
}

async fn refused(to: (Method, &str), content_type: Option<&str>, body: &[u8]) -> (u16, String) {
    let (answer, _) = post(to, content_type, body).await;
    let problem = answer.problem();
    let first = &problem["errors"][0];
    let detail = match first["pointer"].as_str() {
        Some(pointer) => format!("{pointer} {}", first["message"].as_str().unwrap()),
        None => problem["detail"].as_str().unwrap().to_owned(),
    };
    (answer.status.as_u16(), detail)
}

const THINGS: (Method, &str) = (Method::POST, "/things");
const PATCH: (Method, &str) = (Method::PATCH, "/things");
const FORMS: (Method, &str) = (Method::POST, "/forms");
const FILES: (Method, &str) = (Method::POST, "/files");
const NOTES: (Method, &str) = (Method::POST, "/notes");
const JSON: Option<&str> = Some("application/json");
const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

#[tokio::test]
async fn json_is_checked() {
    let thing = json!({"name": "a", "count": 9});
    assert_eq!(kept(THINGS, JSON, thing.to_string().as_bytes()).await, thing);
    let latin = Some("application/json; charset=utf-8");
    assert_eq!(
        kept(THINGS, latin, b"{\"name\":\"a\"}").await,
        json!({"name": "a"})
    );
    for (content_type, body, status, detail) in [
        (
            JSON,
            "{\"name\":\"\"}",
            422,
            "/name must have at least 1 character",
        ),
        (
            JSON,
            "{\"name\":\"a\",\"b\":1}",
            422,
            "/b is not a property of this object",
        ),
        (JSON, "", 400, "The body is missing."),
        (None, "", 400, "The body is missing."),
        (
            None,
            "{}",
            415,
            "The body must be sent as application/json; charset=utf-8.",
        ),
        (
            Some("text/plain"),
            "{}",
            415,
            "The body must be sent as application/json; charset=utf-8.",
        ),
        (
            Some("application/json; charset=latin1"),
            "{}",
            415,
            "The body must be sent as application/json; charset=utf-8.",
        ),
    ] {
        let found = refused(THINGS, content_type, body.as_bytes()).await;
        assert_eq!(found, (status, detail.to_owned()), "{content_type:?} {body}");
    }
    let (status, detail) = refused(THINGS, JSON, b"{").await;
    assert!(
        status == 400 && detail.starts_with("The body is not acceptable JSON"),
        "{detail}"
    );
    let large = format!("{{\"name\":\"{}\"}}", "a".repeat(1_000));
    let (status, detail) = refused(THINGS, JSON, large.as_bytes()).await;
    assert_eq!(
        (status, detail.as_str()),
        (413, "The body must have at most 1000 bytes.")
    );
}

#[tokio::test]
async fn an_optional_body_may_be_absent() {
    let merge = Some("application/merge-patch+json");
    assert_eq!(kept(PATCH, None, b"").await, json!({"body": null}));
    assert_eq!(kept(PATCH, merge, b"").await, json!({"body": null}));
    assert_eq!(kept(PATCH, merge, b"{\"a\":1}").await, json!({"body": {"a": 1}}));
    assert_eq!(refused(PATCH, merge, b"[]").await.0, 422);
    assert_eq!(refused(PATCH, JSON, b"{}").await.0, 415);
    assert_eq!(refused(PATCH, None, b"{}").await.0, 415);
}

#[tokio::test]
async fn forms_are_values() {
    for (form, expected) in [
        ("name=a+b&age=7", json!({"name": "a b", "age": 7})),
        ("name=1&tags=x&tags=y", json!({"name": "1", "tags": ["x", "y"]})),
        ("name=1&tags[]=x", json!({"name": "1", "tags": ["x"]})),
        ("name=1&ids=1,2", json!({"name": "1", "ids": [1, 2]})),
        (
            "name=1&address[city]=Rome",
            json!({"name": "1", "address": {"city": "Rome"}}),
        ),
        (
            "name=1&address=%7B%22city%22:%22Rome%22%7D",
            json!({"name": "1", "address": {"city": "Rome"}}),
        ),
        ("name=1&other=2", json!({"name": "1", "other": "2"})),
    ] {
        assert_eq!(kept(FORMS, FORM, form.as_bytes()).await, expected, "{form}");
    }
    for (form, detail) in [
        ("age=7", "/name must be present"),
        ("name=1&age=x", "/age must be a whole number"),
        ("name=1&name=2", "/name was sent more than once"),
        ("name=%zz", "/name has a percent sign that encodes nothing"),
        ("name=1&ids=1,x", "/ids must be a whole number"),
    ] {
        assert_eq!(
            refused(FORMS, FORM, form.as_bytes()).await,
            (422, detail.to_owned()),
            "{form}"
        );
    }
}

/// A multipart form of parts: their headers and their content.
fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut text = Vec::new();
    for (headers, content) in parts {
        text.extend_from_slice(b"--limit\r\n");
        text.extend_from_slice(headers.as_bytes());
        text.extend_from_slice(b"\r\n\r\n");
        text.extend_from_slice(content);
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"--limit--\r\n");
    text
}

const MULTIPART: Option<&str> = Some("multipart/form-data; boundary=limit");
const PICTURE: &str =
    "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png";

#[tokio::test]
async fn multipart_forms_have_files_and_values() {
    let body = multipart(&[
        (PICTURE, &[0xff, 0x00]),
        (
            "Content-Disposition: form-data; name=\"meta\"",
            b"{\"name\":\"a\"}",
        ),
        ("Content-Disposition: form-data; name=\"labels\"", b"x"),
        ("Content-Disposition: form-data; name=\"labels\"", b"y"),
    ]);
    assert_eq!(
        kept(FILES, MULTIPART, &body).await,
        json!({
            "value": {"file": "\u{ff}\u{0}", "meta": {"name": "a"}, "labels": ["x", "y"]},
            "name": "a.png",
            "length": 2,
        })
    );
}

#[tokio::test]
async fn multipart_forms_are_checked() {
    let meta = "Content-Disposition: form-data; name=\"meta\"";
    let text = "Content-Disposition: form-data; name=\"file\"\r\nContent-Type: text/plain";
    for (parts, status, detail) in [
        (
            vec![(meta, &b"{\"name\":\"a\"}"[..])],
            422,
            "/file must be present",
        ),
        (
            vec![(text, b"a")],
            422,
            "/file must be sent as image/png, image/jpeg",
        ),
        (
            vec![(PICTURE, b"a"), (meta, b"{\"name\":\"\"}")],
            422,
            "/meta/name must have at least 1 character",
        ),
        (
            vec![(PICTURE, b"a"), (meta, b"{")],
            422,
            "/meta is not acceptable JSON",
        ),
        (
            vec![("Content-Disposition: form-data", b"a")],
            400,
            "The body has a part without a name.",
        ),
    ] {
        let found = refused(FILES, MULTIPART, &multipart(&parts)).await;
        assert_eq!(found, (status, detail.to_owned()), "{parts:?}");
    }
    assert_eq!(
        refused(FILES, MULTIPART, b"--limit\r\n").await.0,
        400,
        "it does not end"
    );
    assert_eq!(
        refused(FILES, Some("multipart/form-data"), b"").await.0,
        400,
        "no boundary"
    );
}

#[tokio::test]
async fn a_body_is_of_the_media_type_that_was_sent() {
    assert_eq!(kept(NOTES, Some("text/plain"), b"7").await, json!({"number": 7}));
    assert_eq!(
        kept(NOTES, Some("application/xml"), b"<a/>").await,
        json!({"xml": "<a/>"})
    );
    assert_eq!(
        kept(NOTES, Some("application/octet-stream"), &[255]).await,
        json!({"bytes": [255]})
    );
    let picture = json!({"type": "image/png", "length": 2});
    assert_eq!(kept(NOTES, Some("image/png"), &[1, 2]).await, picture);
    assert_eq!(
        refused(NOTES, Some("text/plain"), b"0").await,
        (422, " must be at least 1".to_owned())
    );
    assert_eq!(
        refused(NOTES, Some("text/plain"), b"x").await,
        (422, " must be a whole number".to_owned())
    );
    assert_eq!(refused(NOTES, Some("application/xml"), &[255]).await.0, 400);
    assert_eq!(refused(NOTES, Some("video/mp4"), b"").await.0, 415);
}
