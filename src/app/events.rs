//! From a handler's event to an entry of the log: sealed, held against its schema, serialised.

use contract_runtime::{
    EventAttributes, Format, MessageDescriptor, PendingEvent, RequestIdentity, ServiceProblem, UtcDateTime,
};
use serde_json::Value;

use super::Parts;
use crate::outbox::EventDraft;
use crate::telemetry::trace::messaging;
use crate::tenancy::TenantId;

/// What stands where the sequence number will be, in the serialised envelope.
const OPEN_SEQUENCE: &str = "\"sequence\":\"0\"";

/// How large an event in its envelope may be: far below what a broker takes in one entry (512 MiB) or in one call, so that nothing
/// enters the log which cannot leave it.
const EVENT_BYTES_MAX: usize = 1024 * 1024;

/// Makes an event ready for the log. One that breaks its published schema fails the write, here, before anything is committed.
pub(super) fn draft(
    parts: &Parts,
    tenant_id: TenantId,
    identity: &RequestIdentity,
    event: Box<dyn PendingEvent>,
) -> Result<EventDraft, ServiceProblem> {
    let descriptor = event.descriptor();
    let event_id = parts.environment.new_id();
    let span = messaging::create(descriptor.event_type, &event_id.to_string());
    let traceparent = span.traceparent().unwrap_or_else(|| identity.traceparent.clone());
    let attributes = EventAttributes {
        id: event_id,
        source: format!("/api/v1/tenants/{tenant_id}"),
        time: UtcDateTime(parts.environment.now()),
        dataschema: format!("{}{}", parts.base_url, descriptor.data_schema_path),
        tenantid: tenant_id.0,
        correlationid: identity.correlation_id,
        causationid: identity.causation_id,
        partitionkey: tenant_id.to_string(),
        sequence: "0".to_owned(),
        traceparent: Some(traceparent).filter(|text| !text.is_empty()),
    };
    let failed = |reason: String| {
        tracing::error!(
            event_type = descriptor.event_type,
            reason,
            "an event is not what its schema says"
        );
        ServiceProblem::InternalError
    };
    let sealed = event
        .seal(attributes)
        .map_err(|error| failed(error.to_string()))?;
    check_event(descriptor, &sealed.payload).map_err(failed)?;
    let text = sealed.payload.to_string();
    check_size(&text).map_err(failed)?;
    // Inside a JSON string a quotation mark is escaped, so the first occurrence is the attribute itself: `data` comes after it.
    let (head, tail) = text
        .split_once(OPEN_SEQUENCE)
        .ok_or_else(|| failed("it has no sequence".to_owned()))?;
    Ok(EventDraft {
        event_id,
        event_type: descriptor.event_type.to_owned(),
        traceparent: sealed
            .payload
            .get("traceparent")
            .and_then(Value::as_str)
            .map(str::to_owned),
        head: format!("{head}\"sequence\":\""),
        tail: format!("\"{tail}"),
    })
}

/// Refuses an event that the broker might not take. The contract bounds each of its parts, so that this is a defect of the contract.
fn check_size(text: &str) -> Result<(), String> {
    if text.len() <= EVENT_BYTES_MAX {
        return Ok(());
    }
    let size = text.len();
    Err(format!("it has {size} bytes of at most {EVENT_BYTES_MAX}"))
}

/// Holds a message against the schema that is derived from its type, which is compiled once. What it refuses is never
/// committed; the error says where the message breaks the schema, without repeating its values.
pub fn check_event(descriptor: &'static MessageDescriptor, payload: &Value) -> Result<(), String> {
    let compiled = descriptor.compiled.get_or_init(|| {
        // Draft-07 knows no `uuid`; and what the contract calls a format is to be the same in both documents.
        let mut options = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft7)
            .should_validate_formats(true);
        for format in Format::all() {
            options = options.with_format(format.name(), move |text: &str| format.accepts_text(text));
        }
        let validator = options.build(&(descriptor.payload_schema)());
        Box::new(validator.map_err(|error| error.to_string()))
    });
    match compiled.downcast_ref::<Result<jsonschema::Validator, String>>() {
        Some(Ok(validator)) => match validator.iter_errors(payload).next() {
            None => Ok(()),
            Some(error) => Err(format!("{}: {}", error.instance_path(), error.masked())),
        },
        Some(Err(error)) => Err(error.clone()),
        None => Err("the schema was compiled to something else".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::events::{self, SCHOOL_CREATED, TENANT_PROVISIONED};
    use crate::outbox::withheld::{EVENT_WITHHELD, EVENT_WITHHELD_SCHEMA_PATH, reissued, tombstone};

    const ASYNCAPI: &str = include_str!("../../contracts/asyncapi.yaml");

    /// The first example of a message in the contract.
    fn example(key: &str) -> Value {
        let contract: Value =
            serde_json::to_value(contract_codegen::Source::parse("a", ASYNCAPI).unwrap().root()).unwrap();
        contract["components"]["messages"][key]["examples"][0]["payload"].clone()
    }

    #[test]
    fn an_event_that_is_too_large_is_refused() {
        assert_eq!(check_size(&"x".repeat(EVENT_BYTES_MAX)), Ok(()));
        let refused = check_size(&"x".repeat(EVENT_BYTES_MAX + 1));
        assert_eq!(refused, Err("it has 1048577 bytes of at most 1048576".to_owned()));
    }

    #[test]
    fn the_tombstone_of_each_event_is_what_the_contract_says() {
        assert_eq!(EVENT_WITHHELD, events::EVENT_WITHHELD.event_type);
        assert_eq!(
            EVENT_WITHHELD_SCHEMA_PATH,
            events::EVENT_WITHHELD.data_schema_path
        );
        for descriptor in [&SCHOOL_CREATED, &TENANT_PROVISIONED] {
            let event = example(descriptor.key);
            let made: Value = serde_json::from_str(&tombstone(&event.to_string()).unwrap()).unwrap();
            check_event(&events::EVENT_WITHHELD, &made).unwrap();
            assert_eq!(made["data"]["eventType"], descriptor.event_type);
            let (head, tail) = reissued(&event.to_string(), uuid::Uuid::from_u128(1)).unwrap();
            check_event(
                descriptor,
                &serde_json::from_str(&format!("{head}77{tail}")).unwrap(),
            )
            .unwrap();
        }
    }
}
