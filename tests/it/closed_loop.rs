//! The closed loop: contract → generated code → derived document → equals the contract again.

use contract_codegen::{Rooted, Source, differences, normal_openapi, schema_differences};
use rollcall::contract::events;
use rollcall::document;
use serde_json::Value;

const OPENAPI: &str = include_str!("../../contracts/openapi.yaml");
const ASYNCAPI: &str = include_str!("../../contracts/asyncapi.yaml");

fn contract(text: &str) -> Value {
    Source::parse("contract.yaml", text).unwrap().root().clone()
}

#[test]
fn the_derived_document_equals_the_contract() {
    let contract = normal_openapi(&contract(OPENAPI));
    let derived = normal_openapi(&document::openapi().unwrap());
    let differences = differences(&contract, &derived);
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(
        lines.is_empty(),
        "{} differences:\n{}",
        lines.len(),
        lines.join("\n")
    );
}

#[test]
fn the_schemas_derived_from_the_event_types_equal_the_contract() {
    let contract = contract(ASYNCAPI);
    for message in events::ALL {
        let schema = contract
            .pointer(&format!("/components/messages/{}/payload", message.key))
            .unwrap();
        let payload = Rooted {
            root: &contract,
            schema,
        };
        for (expected, derived) in [
            (payload, (message.payload_schema)()),
            (payload.property("data").unwrap(), (message.data_schema)()),
        ] {
            let lines: Vec<String> = schema_differences(expected, Rooted::alone(&derived))
                .iter()
                .map(ToString::to_string)
                .collect();
            assert!(lines.is_empty(), "{}:\n{}", message.key, lines.join("\n"));
        }
    }
}
