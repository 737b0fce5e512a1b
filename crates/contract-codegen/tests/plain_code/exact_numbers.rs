//! Numbers of any length, in contract and request: the last digit decides.

use std::sync::Arc;

use contract_runtime::Problem;
use poem::http::Method;

use super::request::{Answer, anonymous, contract, send};

contract!("../golden/exact_numbers/mod.rs");
use contract::api::{LedgerApi, document, endpoint};
use contract::operations::*;

struct Echo;

anonymous!(Echo);

impl LedgerApi for Echo {
    async fn add_entry(&self, (): (), input: AddEntryInput) -> Result<AddEntryResponse, Problem> {
        Ok(AddEntryResponse::Created { body: input.body })
    }
}

async fn post(uri: &str, body: String) -> Answer {
    let endpoint = endpoint(Arc::new(Echo)).checking_responses();
    let headers = [("content-type", "application/json")];
    send(&endpoint, (Method::POST, uri), &headers, body).await
}

/// The first number is accepted, and answered as it was sent; the second one breaks the contract.
#[tokio::test]
async fn the_last_digit_decides() {
    for (name, accepted, refused, expectation) in [
        (
            "id",
            "18446744073709551616",
            "18446744073709551617",
            "must be at most 18446744073709551616",
        ),
        (
            "id",
            "-9223372036854775809",
            "-9223372036854775810",
            "must be at least -9223372036854775809",
        ),
        (
            "id",
            "1844674407370955161.6e1",
            "18446744073709551616.5",
            "must be of type integer",
        ),
        (
            "share",
            "0.1000000000000000055511151231257828",
            "0.1",
            "must be greater than 0.1000000000000000055511151231257827",
        ),
        (
            "share",
            "1.00",
            "1.0000000000000000000000000000000001",
            "must be less than 1.0000000000000000000000000000000001",
        ),
        (
            "amount",
            "12.0000000000000000001",
            "12.00000000000000000001",
            "must be a multiple of 0.0000000000000000001",
        ),
        ("amount", "1e400", "11e399", "must be at most 1e+400"),
        (
            "magic",
            "1.000000000000000000000000000000000000010",
            "1.00000000000000000000000000000000000002",
            "must be 1.00000000000000000000000000000000000001",
        ),
        (
            "total",
            "18446744073709551616",
            "18446744073709551615",
            "must be at least 18446744073709551616",
        ),
        (
            "level",
            "18446744073709551616",
            "18446744073709551617",
            "must be one of",
        ),
        ("level", "1.0", "1.1", "must be one of"),
        ("level", "-0.1e-399", "-1e-401", "must be one of"),
    ] {
        let entry = |number: &str| match name {
            "id" => format!(r#"{{"id":{number}}}"#),
            _ => format!(r#"{{"id":1,"{name}":{number}}}"#),
        };
        let answer = post("/entries", entry(accepted)).await;
        assert_eq!(answer.status, 201, "{name} {accepted}: {answer:?}");
        let answer = post("/entries", entry(refused)).await;
        assert_eq!(answer.status, 422, "{name} {refused}: {answer:?}");
        let errors = answer.problem()["errors"].to_string();
        assert!(errors.contains(expectation), "{name} {refused}: {errors}");
    }
}

#[tokio::test]
async fn numbers_are_answered_digit_by_digit() {
    let answer = post(
        "/entries?after=340282366920938463463374607431768211455",
        r#"{"id":18446744073709551616,"share":0.50000000000000000000000000000000001}"#.to_owned(),
    )
    .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(
        answer.text,
        r#"{"id":18446744073709551616,"share":0.50000000000000000000000000000000001,"rate":0.30000000000000000000000000000000004,"total":36893488147419103232}"#
    );
}

#[tokio::test]
async fn a_parameter_beyond_its_bound_is_refused() {
    let uri = "/entries?after=340282366920938463463374607431768211456";
    let answer = post(uri, r#"{"id":1}"#.to_owned()).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.detail(),
        "The query parameter after must be at most 340282366920938463463374607431768211455."
    );
}

#[test]
fn the_document_has_the_digits_of_the_contract() {
    let document = document();
    let entry = &document["components"]["schemas"]["Entry"]["properties"];
    let shown = |pointer: &str| entry.pointer(pointer).unwrap().to_string();
    assert_eq!(shown("/id/minimum"), "-9223372036854775809");
    assert_eq!(shown("/id/maximum"), "18446744073709551616");
    assert_eq!(shown("/amount/multipleOf"), "0.0000000000000000001");
    assert_eq!(
        shown("/amount/examples"),
        "[3.14159265358979323846264338327950288]"
    );
    assert_eq!(shown("/rate/default"), "0.30000000000000000000000000000000004");
    let parameter = &document["paths"]["/entries"]["post"]["parameters"][0];
    assert_eq!(
        parameter["example"].to_string(),
        "340282366920938463463374607431768211454"
    );
    assert_eq!(
        parameter["schema"]["maximum"].to_string(),
        "340282366920938463463374607431768211455"
    );
}
