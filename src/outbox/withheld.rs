//! What stands in the place of an event that the broker would not take.
//!
//! A stream has no gaps, so an event that cannot enter it leaves a tombstone: an event of a type of its own, with the same place, id
//! and every other attribute. It is made of the event once, written down, and from then on every reader of the log reads it
//! instead of the event; so relays need not agree on anything, and what is compared with the stream is what was sent.

use serde_json::{Map, Value, json};

/// The type of a tombstone.
pub const EVENT_WITHHELD: &str = "lms.roster.v1.EventWithheld";

/// Where the schema of its data is published, below the service's own address.
pub const EVENT_WITHHELD_SCHEMA_PATH: &str = "/schemas/lms.roster.v1/EventWithheld/1.0.0.json";

/// The attributes that a tombstone has from its event, as they are.
const KEPT: [&str; 12] = [
    "specversion",
    "id",
    "source",
    "subject",
    "time",
    "datacontenttype",
    "tenantid",
    "correlationid",
    "causationid",
    "partitionkey",
    "sequence",
    "traceparent",
];

/// Why there is no tombstone, or no event to republish: the stored text is none that this program writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is no JSON object.
    #[error("the stored event is no JSON object")]
    NoObject,
    /// An attribute is missing or is no text.
    #[error("the stored event has no attribute `{0}`")]
    NoAttribute(&'static str),
}

/// The tombstone of an event, both in their envelopes.
pub fn tombstone(envelope: &str) -> Result<String, EnvelopeError> {
    let event = parsed(envelope)?;
    let schema = text(&event, "dataschema")?;
    // The address under which the service published its schemas when the event was written; a relay does not know it.
    let base = schema.split_once("/schemas/").map_or("", |(base, _)| base);
    let mut made = Map::new();
    for name in KEPT {
        if let Some(value) = event.get(name) {
            made.insert(name.to_owned(), value.clone());
        }
    }
    made.insert("type".to_owned(), EVENT_WITHHELD.into());
    made.insert(
        "dataschema".to_owned(),
        format!("{base}{EVENT_WITHHELD_SCHEMA_PATH}").into(),
    );
    let data = json!({ "eventId": text(&event, "id")?, "eventType": text(&event, "type")? });
    made.insert("data".to_owned(), data);
    Ok(Value::Object(made).to_string())
}

/// The two halves of the same event under another id, between which its new `sequence` belongs.
pub fn reissued(envelope: &str, event_id: uuid::Uuid) -> Result<(String, String), EnvelopeError> {
    let mut event = parsed(envelope)?;
    text(&event, "sequence")?;
    // `data` comes last, so that nothing in it can be taken for the attribute.
    let data = event
        .shift_remove("data")
        .ok_or(EnvelopeError::NoAttribute("data"))?;
    event.insert("id".to_owned(), event_id.to_string().into());
    event.insert("sequence".to_owned(), "0".into());
    event.insert("data".to_owned(), data);
    let whole = Value::Object(event).to_string();
    whole
        .split_once(r#""sequence":"0""#)
        .map(|(head, tail)| (format!("{head}\"sequence\":\""), format!("\"{tail}")))
        .ok_or(EnvelopeError::NoAttribute("sequence"))
}

fn parsed(envelope: &str) -> Result<Map<String, Value>, EnvelopeError> {
    serde_json::from_str(envelope).map_err(|_| EnvelopeError::NoObject)
}

fn text<'a>(event: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, EnvelopeError> {
    event
        .get(name)
        .and_then(Value::as_str)
        .ok_or(EnvelopeError::NoAttribute(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"specversion":"1.0","id":"01a05be0-0d47-7b02-8d17-c4e19a5b7f36","source":"/t",
        "type":"lms.roster.v1.SchoolCreated","subject":"schools/1","dataschema":"https://roster.example.org/schemas/x/1.json",
        "sequence":"42","data":{"name":"\"sequence\":\"0\"","sequence":"0"},"traceparent":"00-1"}"#;

    #[test]
    fn a_tombstone_keeps_the_place_and_tells_the_event() {
        let made: Value = serde_json::from_str(&tombstone(EVENT).unwrap()).unwrap();
        let expected = json!({
            "specversion": "1.0",
            "id": "01a05be0-0d47-7b02-8d17-c4e19a5b7f36",
            "source": "/t",
            "subject": "schools/1",
            "sequence": "42",
            "traceparent": "00-1",
            "type": EVENT_WITHHELD,
            "dataschema": format!("https://roster.example.org{EVENT_WITHHELD_SCHEMA_PATH}"),
            "data": { "eventId": "01a05be0-0d47-7b02-8d17-c4e19a5b7f36", "eventType": "lms.roster.v1.SchoolCreated" },
        });
        assert_eq!(made, expected);
    }

    #[test]
    fn an_event_is_reissued_under_another_id_and_no_number() {
        let id = uuid::Uuid::from_u128(7);
        let (head, tail) = reissued(EVENT, id).unwrap();
        let whole: Value = serde_json::from_str(&format!("{head}99{tail}")).unwrap();
        let mut expected: Value = serde_json::from_str(EVENT).unwrap();
        expected["id"] = id.to_string().into();
        expected["sequence"] = "99".into();
        assert_eq!(whole, expected);
    }

    #[test]
    fn what_is_no_event_has_no_tombstone() {
        let check = |text: &str, error: EnvelopeError| assert_eq!(tombstone(text), Err(error));
        check("[]", EnvelopeError::NoObject);
        check("{}", EnvelopeError::NoAttribute("dataschema"));
        check(r#"{"dataschema":"x"}"#, EnvelopeError::NoAttribute("id"));
    }
}
