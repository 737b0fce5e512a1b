use contract_runtime::{ContentForm, Keyword, Kind, MediaType, Named, Schema};
use serde_json::{Value, json};

use crate::echo::{Told, send, taking};

const TEXT: Schema = Schema(&[Keyword::Type(&[Kind::String])]);
const FORM: MediaType = MediaType {
    name: "application/x-www-form-urlencoded",
    form: ContentForm::Form,
    schema: Schema(&[
        Keyword::Type(&[Kind::Object]),
        Keyword::Properties(&[
            Named {
                name: "name",
                schema: TEXT,
            },
            Named {
                name: "tags",
                schema: Schema(&[Keyword::Type(&[Kind::Array]), Keyword::Items(TEXT)]),
            },
            Named {
                name: "address",
                schema: Schema(&[
                    Keyword::Type(&[Kind::Object]),
                    Keyword::AdditionalProperties(TEXT),
                ]),
            },
        ]),
    ]),
    encodings: &[],
};

async fn post(form: &str) -> Told {
    let headers = [("content-type", FORM.name)];
    send(&taking(true, &[FORM]), &headers, form.to_owned()).await
}

/// Were all keys looked at for each key, these would be looked at for a quarter of an hour.
#[tokio::test]
async fn each_field_is_looked_at_once() {
    let form = |separate: &dyn Fn(String) -> String, count: usize| {
        let keys = (0..count).map(|index| separate(format!("{index:0150}")));
        keys.map(|key| format!("{key}=1")).collect::<Vec<_>>().join("&")
    };
    for (place, separate) in [
        ("", &(|key| key) as &dyn Fn(String) -> String),
        ("/address", &|key| format!("address[{key}]")),
    ] {
        let told = post(&form(separate, 10_000)).await;
        let members = told.body().pointer(place).and_then(Value::as_object);
        assert_eq!(members.unwrap().len(), 10_000);
    }
    let told = post(&form(&|key| key, 10_001)).await;
    assert_eq!(told.refusal(), (422, " has more than 10000 fields".to_owned()));
}

#[tokio::test]
async fn no_field_is_dropped() {
    for (form, expected) in [
        ("tags[]=a&tags=b", json!({"tags": ["a", "b"]})),
        (
            "address[a]=1&address[b]=2",
            json!({"address": {"a": "1", "b": "2"}}),
        ),
        ("other[a]=1", json!({"other[a]": "1"})),
    ] {
        assert_eq!(*post(form).await.body(), expected, "{form}");
    }
    for (form, detail) in [
        ("name[]=a", "/name must not be sent as a list"),
        ("address=1&address[a]=1", "/address has both a value and members"),
        (
            "address[a]=1&address[]=1",
            "/address has both a value and members",
        ),
        ("address[a=1", "/address has brackets that do not match"),
    ] {
        assert_eq!(post(form).await.refusal(), (422, detail.to_owned()), "{form}");
    }
}
