//! What generated code does with messages, channels and operations.

use contract_runtime::{Action, ContractMessage, MessageError};
use serde_json::{Value, json};

use crate::features::messages::channels::{READINGS, Readings, ReadingsKind};
use crate::features::messages::messages::{METER_READ, MeterRead, Tick};
use crate::features::messages::operations::{RECEIVE_READINGS, SEND_READINGS};
use crate::features::request_reply::messages::{ASK, Refusal};
use crate::features::request_reply::operations::{ANSWER, AUDIT};
use crate::features::traits::messages::{ORDER_PAID, ORDER_PLACED};
use crate::features::traits::operations::SEND_ORDERS;

const TRACE: &str = "6ad9cc45-1f41-4ff3-8a1a-3f5a4d2a4b5e";

fn headers() -> Value {
    json!({ "trace": TRACE, "attempt": 1 })
}

#[test]
fn an_address_is_made_of_typed_parameters() {
    let readings = Readings {
        plant_id: "north-1".to_owned(),
        kind: ReadingsKind::HeatFlow,
    };
    assert_eq!(readings.address(), "plants/north-1/meters/heat-flow/readings");
    assert_eq!(READINGS.servers[0].host, "{region}.broker.example.org");
    assert_eq!(READINGS.parameters[0].location.unwrap().pointer, "/plant");
}

#[test]
fn a_message_is_written_and_read_as_json() {
    let payload = json!({ "plant": "north-1", "value": 1, "unit": "m3", "more": [1] });
    let message = MeterRead::from_values(headers(), payload.clone()).unwrap();
    assert_eq!(message.payload.plant, "north-1");
    let (written_headers, bytes) = message.encode().unwrap();
    assert_eq!(written_headers, headers());
    assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), payload);
    assert_eq!(MeterRead::decode(headers(), &bytes).unwrap(), message);
    let trace = METER_READ.correlation_id_of(&written_headers, &payload);
    assert_eq!(trace, Some(&json!(TRACE)));
}

#[test]
fn what_the_contract_does_not_allow_is_refused() {
    let payload = json!({ "plant": "north-1", "value": 1, "unit": "m3" });
    let wrong = json!({ "plant": "North", "value": 1, "unit": "m3" });
    let found = MeterRead::from_values(headers(), wrong).unwrap_err();
    assert!(
        matches!(&found, MessageError::Payload(found) if found[0].pointer == "/plant"),
        "{found}"
    );
    let found = MeterRead::from_values(json!({}), payload.clone()).unwrap_err();
    assert!(matches!(&found, MessageError::Headers(_)), "{found}");
    let mut message = MeterRead::from_values(headers(), payload).unwrap();
    message.payload.plant = "North".to_owned();
    assert!(matches!(message.encode(), Err(MessageError::Payload(_))));
    assert!(matches!(
        MeterRead::decode(headers(), b"{"),
        Err(MessageError::Syntax(_))
    ));
    assert!(Tick::from_values(json!({"any": 1}), Value::Null).is_ok());
    let text = Refusal::from_values(json!({}), json!("no")).unwrap();
    assert!(matches!(text.encode(), Err(MessageError::NotJson("text/plain"))));
}

#[test]
fn an_operation_knows_its_messages() {
    assert_eq!(RECEIVE_READINGS.action, Action::Receive);
    assert_eq!(RECEIVE_READINGS.messages.len(), 1);
    // Without a list, those of the channel.
    let keys: Vec<_> = SEND_READINGS.messages.iter().map(|message| message.key).collect();
    assert_eq!(keys, ["MeterRead", "lost"]);
    let (headers, payload) = (json!({}), json!("meter"));
    let fitting: Vec<_> = SEND_READINGS.messages_of(&headers, &payload).collect();
    assert_eq!(fitting.len(), 1);
    assert_eq!(fitting[0].name, Some("meter.lost"));
}

#[test]
fn a_reply_says_where_it_goes_and_what_it_is() {
    let reply = ANSWER.reply.as_ref().unwrap();
    let (headers, payload) = (json!({"replyTo": "q7"}), json!({"symbol": "A"}));
    let address = reply.address.unwrap();
    assert_eq!(address.evaluate(&headers, &payload), Some(&json!("q7")));
    assert_eq!(reply.channel.unwrap().address, None);
    assert_eq!(reply.messages.len(), 1);
    assert_eq!(AUDIT.reply.as_ref().unwrap().messages.len(), 2);
    assert_eq!(ASK.correlation_id_of(&headers, &payload), Some(&json!("A")));
}

#[test]
fn traits_say_what_their_object_does_not() {
    assert_eq!(ORDER_PLACED.content_type, Some("application/json"));
    assert_eq!(ORDER_PAID.content_type, Some("application/vnd.order+json"));
    assert_eq!(ORDER_PAID.correlation_id.unwrap().pointer, "/trace");
    assert_eq!(
        SEND_ORDERS.summary,
        Some("What the operation says itself comes last.")
    );
    assert_eq!(SEND_ORDERS.description, Some("From a trait in place."));
    let bindings = SEND_ORDERS.bindings.unwrap().to_value();
    assert_eq!(bindings, json!({"kafka": {"clientId": "orders", "acks": "all"}}));
    let refused = |headers: Value| ORDER_PAID.headers.unwrap().check(&mut headers.clone()).len();
    assert_eq!(refused(json!({"trace": TRACE, "source": "s", "amount": 1})), 0);
    assert_eq!(refused(json!({"trace": TRACE, "source": "s", "amount": "1"})), 1);
    assert_eq!(refused(json!({"trace": TRACE, "source": "more than twelve"})), 1);
    assert_eq!(refused(json!({"trace": TRACE, "source": ""})), 1);
    assert_eq!(refused(json!({"trace": TRACE})), 1);
}

/// Each schema is read in the language of its format, and what it refers to in that of its own.
#[test]
fn schemas_mean_what_their_format_says() {
    use crate::features::formats::messages::{DRAFT07, OPEN_API, OWN};
    let accepts =
        |message: &contract_runtime::EventMessage, payload: Value| message.accepts(&json!({}), &payload);
    assert!(accepts(&OPEN_API, json!({"name": null, "share": 0.5})));
    assert!(!accepts(&OPEN_API, json!({"name": null, "share": 0})));
    assert!(!accepts(&OPEN_API, json!({"name": 1})));
    assert!(accepts(&DRAFT07, json!({"limit": 0.5, "either": null})));
    assert!(!accepts(&DRAFT07, json!({"limit": 0})));
    assert!(accepts(&OWN, json!({"pair": ["a", 1], "shared": 1})));
    assert!(!accepts(&OWN, json!({"pair": [1, 1]})));
    assert!(!accepts(&OWN, json!({"shared": 0})));
}

/// A word that is no type of JSON rules nothing out; those beside it do.
#[test]
fn words_that_are_no_types_are_not_enforced() {
    use crate::features::newer_keywords::messages::Odd;
    let taken = |payload: Value| Odd::from_values(json!({}), payload).is_ok();
    for value in [json!(1), json!("a"), json!(null)] {
        assert!(taken(json!({ "either": value })), "{value}");
    }
    assert!(taken(json!({ "several": 1 })));
    assert!(!taken(json!({ "several": "a" })));
}
