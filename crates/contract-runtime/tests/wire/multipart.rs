use contract_runtime::{ContentForm, Encoding, Keyword, Kind, MediaType, Named, Schema, Style};
use serde_json::{Value, json};

use crate::echo::{Told, send, taking};

const TEXT: Schema = Schema(&[Keyword::Type(&[Kind::String])]);
const FILE: Schema = Schema(&[
    Keyword::Type(&[Kind::String]),
    Keyword::Format("binary", None),
    Keyword::MaxLength(5),
]);
const OBJECT: Schema = Schema(&[Keyword::Type(&[Kind::Object]), Keyword::Required(&["a"])]);

const fn list(items: &'static [Keyword]) -> Schema {
    Schema(items)
}

const fn named(name: &'static str, schema: Schema) -> Named {
    Named { name, schema }
}

const fn encoded(property: &'static str, content_type: &'static str) -> Encoding {
    Encoding {
        property,
        content_type: Some(content_type),
        headers: &[],
        style: Style::Form,
        explode: true,
    }
}

const FORM: MediaType = MediaType {
    name: "multipart/form-data",
    form: ContentForm::Multipart,
    schema: Schema(&[
        Keyword::Type(&[Kind::Object]),
        Keyword::Properties(&[
            named("text", TEXT),
            named("file", FILE),
            named(
                "files",
                list(&[Keyword::Type(&[Kind::Array]), Keyword::Items(FILE)]),
            ),
            named("object", OBJECT),
            named(
                "objects",
                list(&[Keyword::Type(&[Kind::Array]), Keyword::Items(OBJECT)]),
            ),
            named(
                "rows",
                list(&[
                    Keyword::Type(&[Kind::Array]),
                    Keyword::Items(list(&[
                        Keyword::Type(&[Kind::Array]),
                        Keyword::Items(Schema(&[Keyword::Type(&[Kind::Integer])])),
                    ])),
                ]),
            ),
            named(
                "texts",
                list(&[Keyword::Type(&[Kind::Array]), Keyword::Items(TEXT)]),
            ),
            named("picture", FILE),
            named("upload", FILE),
            named("meta", OBJECT),
        ]),
    ]),
    encodings: &[
        encoded("picture", "image/png, image/jpeg"),
        encoded("upload", "application/octet-stream"),
        encoded("meta", "application/json"),
    ],
};

const JSON: Option<&str> = Some("application/json");

/// Posts parts of one name.
async fn post(name: &str, parts: &[(Option<&str>, &[u8])]) -> Told {
    let mut bytes = Vec::new();
    for (content_type, content) in parts {
        let head = format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n");
        bytes.extend(head.into_bytes());
        if let Some(content_type) = content_type {
            bytes.extend(format!("Content-Type: {content_type}\r\n").into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(*content);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"--limit--\r\n");
    let headers = [("content-type", "multipart/form-data; boundary=limit")];
    send(&taking(true, &[FORM]), &headers, bytes).await
}

async fn check(name: &str, parts: &[(Option<&str>, &[u8])], expected: Value) {
    assert_eq!(post(name, parts).await.body()[name], expected, "{name} {parts:?}");
}

async fn refused(name: &str, parts: &[(Option<&str>, &[u8])], detail: &str) {
    let found = post(name, parts).await.refusal();
    assert_eq!(found, (422, detail.to_owned()), "{name} {parts:?}");
}

#[tokio::test]
async fn a_file_is_its_bytes_whatever_it_is_sent_as() {
    for content_type in [JSON, Some("text/plain"), Some("application/vnd.a+json"), None] {
        check("file", &[(content_type, b"[1]")], json!("[1]")).await;
        check("file", &[(content_type, b"{")], json!("{")).await;
        check("files", &[(content_type, b"[1]")], json!(["[1]"])).await;
        check(
            "files",
            &[(content_type, b"1"), (JSON, b"\"2\"")],
            json!(["1", "\"2\""]),
        )
        .await;
    }
}

#[tokio::test]
async fn a_file_is_counted_in_bytes() {
    check("file", &[(None, "ä".as_bytes())], json!("\u{c3}\u{a4}")).await;
    check("files", &[(None, "ä".as_bytes())], json!(["\u{c3}\u{a4}"])).await;
    check(
        "file",
        &[(None, &[0xff; 5])],
        json!("\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}"),
    )
    .await;
    refused(
        "file",
        &[(None, "äää".as_bytes())],
        "/file must have at most 5 characters",
    )
    .await;
    refused(
        "file",
        &[(None, &[0xff; 6])],
        "/file must have at most 5 characters",
    )
    .await;
}

#[tokio::test]
async fn a_text_is_json_only_where_that_is_a_text() {
    check("text", &[(JSON, b"\"a\"")], json!("a")).await;
    check("text", &[(JSON, b"{\"a\":1}")], json!("{\"a\":1}")).await;
    check("text", &[(JSON, b"a")], json!("a")).await;
    check("text", &[(None, b"\"a\"")], json!("\"a\"")).await;
    check("texts", &[(JSON, b"\"a\""), (JSON, b"b")], json!(["a", "b"])).await;
    check("texts", &[(JSON, b"[\"a\",\"b\"]")], json!(["a", "b"])).await;
}

#[tokio::test]
async fn a_part_is_a_list_or_its_only_item() {
    let one = json!([{"a": 1}]);
    for content_type in [JSON, None] {
        check("objects", &[(content_type, b"{\"a\":1}")], one.clone()).await;
        check("objects", &[(content_type, b"[{\"a\":1}]")], one.clone()).await;
        let both: [(_, &[u8]); 2] = [(content_type, b"{\"a\":1}"), (None, b"{\"a\":2}")];
        check("objects", &both, json!([{"a": 1}, {"a": 2}])).await;
        refused(
            "objects",
            &[(content_type, b"{}")],
            "/objects/0/a must be present",
        )
        .await;
        refused(
            "objects",
            &[(content_type, b"[{}]")],
            "/objects/0/a must be present",
        )
        .await;
        refused(
            "objects",
            &[(content_type, b"{")],
            "/objects is not acceptable JSON",
        )
        .await;
    }
    check("rows", &[(JSON, b"[1,2]")], json!([[1, 2]])).await;
    check("rows", &[(JSON, b"[[1,2],[3]]")], json!([[1, 2], [3]])).await;
    check("object", &[(JSON, b"{\"a\":1}")], json!({"a": 1})).await;
    refused(
        "object",
        &[(JSON, b"[{\"a\":1}]")],
        "/object must be of type object",
    )
    .await;
}

#[tokio::test]
async fn a_part_is_of_a_media_type_that_its_encoding_lists() {
    check("picture", &[(Some("image/png"), b"a")], json!("a")).await;
    check("upload", &[(None, b"a")], json!("a")).await;
    check("meta", &[(None, b"{\"a\":1}")], json!({"a": 1})).await;
    for content_type in [None, Some("text/plain"), Some("image/gif")] {
        let detail = "/picture must be sent as image/png, image/jpeg";
        refused("picture", &[(content_type, b"a")], detail).await;
        refused(
            "picture",
            &[(Some("image/jpeg"), b"a"), (content_type, b"a")],
            detail,
        )
        .await;
    }
    refused(
        "meta",
        &[(Some("text/plain"), b"{}")],
        "/meta must be sent as application/json",
    )
    .await;
}
