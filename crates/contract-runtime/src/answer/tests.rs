use serde_json::json;

use super::*;
use crate::{ContentForm, Header, Keyword, Kind, MediaType, Named, ResponseStatus, Schema};

const TEXT: Schema = Schema(&[Keyword::Type(&[Kind::String]), Keyword::MaxLength(9)]);
const NUMBER: Schema = Schema(&[
    Keyword::Type(&[Kind::Integer]),
    Keyword::Maximum(crate::Literal::Integer(9)),
]);
const LIST: Schema = Schema(&[
    Keyword::Type(&[Kind::Array]),
    Keyword::Items(TEXT),
    Keyword::MaxItems(2),
]);
const OBJECT: Schema = Schema(&[
    Keyword::Type(&[Kind::Object]),
    Keyword::Properties(&[Named {
        name: "a",
        schema: NUMBER,
    }]),
    Keyword::Required(&["a", "secret"]),
    Keyword::NotRequiredIn(crate::Direction::Response, &["secret"]),
]);

const fn header(schema: Schema, required: bool) -> Header {
    Header {
        required,
        schema,
        ..Header::NEW
    }
}

const fn of(name: &'static str, form: ContentForm, schema: Schema) -> MediaType {
    MediaType {
        name,
        form,
        schema,
        ..MediaType::JSON
    }
}

static OPERATION: Operation = Operation {
    responses: &[
        &Response {
            key: "200",
            status: ResponseStatus::Exact(200),
            headers: &[
                ("Set-Cookie", &header(LIST, true)),
                ("Link", &header(LIST, false)),
                ("ETag", &header(TEXT, false)),
                ("Content-Type", &header(NUMBER, true)),
            ],
            ..Response::NEW
        },
        &Response {
            key: "201",
            status: ResponseStatus::Exact(201),
            headers: &[("Set-Cookie", &header(TEXT, false))],
            media_types: &[
                of("application/json", ContentForm::Json, OBJECT),
                of("application/json; charset=utf-8", ContentForm::Json, LIST),
                of("text/plain", ContentForm::Text, NUMBER),
                of("application/x-www-form-urlencoded", ContentForm::Form, OBJECT),
                of("multipart/form-data", ContentForm::Multipart, OBJECT),
                of("image/*", ContentForm::Bytes, TEXT),
                of("application/*", ContentForm::Json, NUMBER),
            ],
            ..Response::NEW
        },
        &Response {
            key: "204",
            status: ResponseStatus::Exact(204),
            media_types: &[of("application/json", ContentForm::Json, OBJECT)],
            ..Response::NEW
        },
        &Response {
            key: "4XX",
            status: ResponseStatus::Range(4),
            ..Response::NEW
        },
    ],
    ..Operation::NEW
};

static HEAD: Operation = Operation {
    method: &poem::http::Method::HEAD,
    ..OPERATION
};

#[track_caller]
fn check(reply: &Reply, expected: Result<(), &str>) {
    let found = reply
        .check(&OPERATION)
        .map_err(|undeclared| undeclared.to_string());
    assert_eq!(found, expected.map_err(str::to_owned));
}

#[test]
fn headers_that_come_more_than_once_are_checked_together() {
    let cookie = || Reply::new(200).header_value("set-cookie", &json!(["a=1,2", "b=2"]), false);
    check(&cookie(), Ok(()));
    check(&cookie().header("link", "a").header("link", "b"), Ok(()));
    check(
        &cookie().header("set-cookie", "c"),
        Err("a header Set-Cookie that breaks its schema"),
    );
    check(
        &cookie().header("link", "a, b").header("link", "c"),
        Err("a header Link that breaks its schema"),
    );
    check(
        &cookie().header("etag", "a").header("etag", "b"),
        Err("a header ETag that was sent more than once"),
    );
    check(&Reply::new(200), Err("a response without the header Set-Cookie"));
}

#[test]
fn each_cookie_is_a_value_where_no_list_is_declared() {
    let cookies = |last: &str| {
        let reply = Reply::new(201).text("text/plain", "1".to_owned());
        reply.header("set-cookie", "a=1").header("set-cookie", last)
    };
    check(&cookies("b=2"), Ok(()));
    check(
        &cookies("b=2345678901"),
        Err("a header Set-Cookie that breaks its schema"),
    );
}

#[test]
fn a_status_is_listed_or_in_a_range() {
    check(&Reply::new(404), Ok(()));
    check(&Reply::new(500), Err("the status 500"));
}

#[test]
fn a_body_is_of_a_declared_media_type_where_one_is_declared() {
    let sent =
        |status: u16, media_type: &str, body: &str| Reply::new(status).text(media_type, body.to_owned());
    let undeclared = Err("the media type of a response 201");
    check(&sent(201, "application/json", "{\"a\": 1}"), Ok(()));
    check(&sent(201, "application/pdf", "5"), undeclared);
    check(&sent(201, "text/html", "5"), undeclared);
    check(&Reply::new(201), undeclared);
    check(
        &sent(404, "text/plain", "5"),
        Err("the media type of a response 4XX"),
    );
    check(&sent(404, "text/plain", ""), Ok(()));
}

#[test]
fn a_body_is_checked_as_its_media_type_says() {
    let breaks = Err("a body that breaks its schema");
    let no_json = Err("a body that is not acceptable JSON");
    for (media_type, body, expected) in [
        ("application/json", "{\"a\": 10}", breaks),
        ("application/json", "{}", breaks),
        ("application/json", "", no_json),
        ("application/json", "{", no_json),
        ("application/json;charset=UTF-8", "[\"a\"]", Ok(())),
        ("application/json;charset=utf-8", "{\"a\": 1}", breaks),
        ("application/vnd.a+json", "5", Ok(())),
        ("application/vnd.a+json", "10", breaks),
        ("text/plain; charset=utf-8", "9", Ok(())),
        ("text/plain", "10", breaks),
        ("text/plain", "", Err("a body that must be a whole number")),
        ("application/x-www-form-urlencoded", "a=9", Ok(())),
        ("application/x-www-form-urlencoded", "a=10", breaks),
        (
            "application/x-www-form-urlencoded",
            "a=%zz",
            Err("a body that has a percent sign that encodes nothing"),
        ),
        ("image/png", "more than nine characters", Ok(())),
    ] {
        let reply = Reply::new(201).text(media_type, body.to_owned());
        let found = reply
            .check(&OPERATION)
            .map_err(|undeclared| undeclared.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{media_type}: {body}");
    }
    let latin = Reply::new(201).body("text/plain", vec![0xE4]);
    check(&latin, Err("a body that is not valid UTF-8"));
}

#[test]
fn a_form_of_parts_is_checked() {
    let sent = |content_type: &str, value: &str| {
        let part = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
        Reply::new(201).text(content_type, format!("{part}{value}\r\n--x--\r\n"))
    };
    check(&sent("multipart/form-data; boundary=x", "9"), Ok(()));
    check(
        &sent("multipart/form-data; boundary=x", "10"),
        Err("a body that breaks its schema"),
    );
    check(
        &sent("multipart/form-data", "9"),
        Err("a body that is no multipart form"),
    );
}

#[test]
fn what_http_leaves_without_a_body_has_none() {
    check(&Reply::new(204), Ok(()));
    check(
        &Reply::new(204).json("application/json", &json!({})),
        Err("a body that breaks its schema"),
    );
    assert_eq!(
        HEAD.check_response(StatusCode::CREATED, &HeaderMap::new(), b""),
        Ok(())
    );
    assert_eq!(
        HEAD.check_response(StatusCode::IM_A_TEAPOT, &HeaderMap::new(), b""),
        Ok(())
    );
    assert_eq!(
        HEAD.check_response(StatusCode::BAD_GATEWAY, &HeaderMap::new(), b""),
        Err(UndeclaredResponse::Status(502))
    );
}

#[test]
fn a_problem_lists_the_places() {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    let found = OPERATION.check_response(StatusCode::CREATED, &headers, b"{\"a\": 10}");
    let undeclared = found.unwrap_err();
    assert_eq!(undeclared.violations().first().unwrap().pointer, "/a");
    let reply = Problem::from(undeclared).into_blank_reply("/");
    let ReplyBody::Full(bytes) = reply.body else {
        unreachable!("a problem has a body")
    };
    let problem = crate::json::parse_strict(&bytes).unwrap();
    assert_eq!(problem["errors"][0]["pointer"], "/a");
    assert_eq!(
        problem["detail"],
        "The service answered what its contract does not declare: a body that breaks its schema."
    );
}
