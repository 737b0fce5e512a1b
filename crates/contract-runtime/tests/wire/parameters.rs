use contract_runtime::{Keyword, Kind, Operation, Parameter, Schema};
use serde_json::{Value, json};

use crate::echo::send_to;

static PAGE: Parameter = Parameter {
    name: "page",
    required: true,
    allow_empty_value: true,
    schema: Schema(&[Keyword::Type(&[Kind::Integer])]),
    ..Parameter::QUERY
};
static OPERATION: Operation = Operation {
    parameters: &[&PAGE],
    ..Operation::NEW
};

#[tokio::test]
async fn a_required_parameter_that_may_be_empty_must_be_sent() {
    for (uri, page) in [
        ("/?page=1", json!(1)),
        ("/?page=", Value::Null),
        ("/?p%61ge", Value::Null),
    ] {
        let told = send_to(&OPERATION, uri, &[], "").await;
        assert_eq!((told.status, &told.value["parameters"][0]), (200, &page), "{uri}");
    }
    for uri in ["/", "/?", "/?pages="] {
        let told = send_to(&OPERATION, uri, &[], "").await;
        let missing = "The query parameter page is missing.".to_owned();
        assert_eq!(told.refusal(), (400, missing), "{uri}");
    }
}
