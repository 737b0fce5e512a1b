//! The golden output of all features together compiles, and closes the loop: what poem-openapi derives of it, with the overlay,
//! equals the contract, and what schemars derives of its events equals the payloads.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

mod service;

#[rustfmt::skip]
#[path = "golden/service/whole/mod.rs"]
#[allow(unreachable_pub, dead_code, reason = "generated code is the interface of a service; this one has none")]
mod whole;

use contract_codegen::{Rooted, differences, normal_openapi, schema_differences};
use serde_json::{Value, json};
use service::{all, document};
use whole::api::{API, GoldenDocument};
use whole::{events, models, schemas};

fn contract(name: &str) -> Value {
    document(&all(), name)
}

#[test]
fn the_derived_document_equals_the_contract() {
    let derived = API.document(GoldenDocument, &whole::overlay::OVERLAY).unwrap();
    let found = differences(
        &normal_openapi(&contract("openapi.yaml")),
        &normal_openapi(&derived),
    );
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_derived_schemas_equal_the_payloads() {
    let contract = contract("asyncapi.yaml");
    for message in events::ALL {
        let schema = &contract["components"]["messages"][message.key]["payload"];
        let payload = Rooted {
            root: &contract,
            schema,
        };
        let derived = (message.payload_schema)();
        let found = schema_differences(payload, Rooted::alone(&derived));
        assert!(found.is_empty(), "{}: {found:#?}", message.key);
        let derived = (message.data_schema)();
        let found = schema_differences(payload.property("data").unwrap(), Rooted::alone(&derived));
        assert!(found.is_empty(), "{}: {found:#?}", message.key);
    }
}

/// What a schema accepts, its model decodes, and writes again as it was.
#[test]
fn what_is_accepted_survives_its_model() {
    fn check<T: serde::Serialize + serde::de::DeserializeOwned>(
        schema: contract_runtime::Schema,
        value: &Value,
    ) {
        let mut checked = value.clone();
        assert_eq!(schema.check(&mut checked), []);
        let model: T = serde_json::from_value(checked).unwrap();
        assert_eq!(serde_json::to_value(model).unwrap(), *value);
    }
    check::<models::Strings>(
        schemas::STRINGS,
        &json!({"bounded": "abc", "at": "2026-01-31T08:30:00.000Z", "zone": "Europe/Berlin", "type": "x"}),
    );
    check::<models::Colour>(schemas::COLOUR, &json!("dark-blue"));
    check::<models::Labels>(schemas::LABELS, &json!({"a": "1", "b": "2"}));
    check::<models::Lists>(schemas::LISTS, &json!({"counts": [1, 2], "pages": ["a"]}));
    check::<models::Outer>(
        schemas::OUTER,
        &json!({"inner": {"ready": true, "anything": [1]}}),
    );
    check::<models::Numbers>(
        schemas::NUMBERS,
        &json!({"small": 200, "large": -9_007_199_254_740_992_i64, "share": 0.5}),
    );
}

/// Each constraint refuses a value that breaks it alone.
#[test]
fn what_breaks_one_constraint_is_refused_by_name() {
    fn check(schema: contract_runtime::Schema, mut value: Value, pointer: &str, keyword: &str) {
        let found = schema.check(&mut value);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.pointer.as_str(), one.keyword))
            .collect();
        assert_eq!(found, [(pointer, keyword)]);
    }
    check(schemas::STRINGS, json!({}), "/bounded", "required");
    check(
        schemas::STRINGS,
        json!({"bounded": "abcabcabc"}),
        "/bounded",
        "maxLength",
    );
    check(schemas::STRINGS, json!({"bounded": "A"}), "/bounded", "pattern");
    check(
        schemas::STRINGS,
        json!({"bounded": "a", "id": "1"}),
        "/id",
        "format",
    );
    check(
        schemas::STRINGS,
        json!({"bounded": "a", "zone": "Mars/Base"}),
        "/zone",
        "format",
    );
    check(schemas::COLOUR, json!("blue"), "", "enum");
    check(schemas::LABELS, json!({}), "", "minProperties");
    check(schemas::LABELS, json!({"aa": "1"}), "/aa", "x-key-pattern");
    check(schemas::LABELS, json!({"a": "1234567890"}), "/a", "maxLength");
    check(schemas::LISTS, json!({"counts": []}), "/counts", "minItems");
    check(
        schemas::LISTS,
        json!({"counts": [1, 1.0]}),
        "/counts",
        "uniqueItems",
    );
    check(
        schemas::LISTS,
        json!({"counts": [2_147_483_648_u32]}),
        "/counts/0",
        "format",
    );
    check(
        schemas::LISTS,
        json!({"other": 1}),
        "/other",
        "additionalProperties",
    );
    check(
        schemas::LISTS,
        json!({"pages": ["a", "abc"]}),
        "/pages/1",
        "maxLength",
    );
    check(
        schemas::OUTER,
        json!({"inner": {"ready": "yes"}}),
        "/inner/ready",
        "type",
    );
    check(schemas::NUMBERS, json!({"small": 0}), "/small", "minimum");
    check(schemas::NUMBERS, json!({"small": 1.5}), "/small", "type");
    check(
        schemas::NUMBERS,
        json!({"share": 0}),
        "/share",
        "exclusiveMinimum",
    );
    check(
        schemas::NUMBERS,
        json!({"share": 1.0}),
        "/share",
        "exclusiveMaximum",
    );
    check(schemas::NUMBERS, json!({"dozens": 13}), "/dozens", "multipleOf");
}
