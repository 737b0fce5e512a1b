//! The events that the kit feeds, in entries exactly as the relay writes them.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::schemas::{NEWER_SCHOOL_CREATED, SCHOOL_CREATED, SCHOOL_MERGED, WITHHELD};
use crate::environment::SharedEnvironment;
use crate::outbox::LogEntry;
use crate::outbox::sink::stream_fields;
use crate::tenancy::{PARTITION_COUNT_DEFAULT, Partition, TenantId};

/// The kinds of events that the scenarios are made of.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A school was created.
    School,
    /// The same, in a version of its schema that has more members.
    SchoolWithMoreMembers,
    /// The same, but its data break their schema.
    InvalidSchool,
    /// Of a type that no version of the contract has yet.
    UnknownType,
    /// Stands where this event stood that could not be published.
    WithheldSchool(Box<Event>),
    /// That event again, as a new one.
    Republished(Box<Event>),
}

/// An event and its place.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: Uuid,
    pub(super) sequence: u64,
    pub(super) epoch: u64,
    envelope: Value,
    more_fields: Vec<(&'static str, String)>,
}

impl Event {
    /// The id of its entry.
    pub(super) fn entry(&self) -> String {
        format!("{}-0", self.sequence)
    }

    /// The same event in another life of the stream.
    pub(super) fn in_epoch(mut self, epoch: u64) -> Self {
        self.epoch = epoch;
        self
    }

    /// The fields of its entry.
    pub(super) fn fields(&self, tenant_id: TenantId, partition: Partition) -> Vec<(String, String)> {
        let text = |name: &str| self.envelope.get(name).and_then(Value::as_str);
        let entry = LogEntry {
            partition,
            seq: i64::try_from(self.sequence).unwrap_or(i64::MAX),
            tenant_id,
            event_id: self.id,
            event_type: text("type").unwrap_or_default().to_owned(),
            envelope: self.envelope.to_string(),
            traceparent: text("traceparent").map(str::to_owned),
        };
        let mut fields: Vec<(String, String)> = stream_fields(&entry, self.epoch)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into_owned()))
            .collect();
        fields.extend(
            self.more_fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        fields
    }
}

/// Makes the events of one scenario, all of one tenant.
pub(super) struct EventMaker {
    pub(super) environment: SharedEnvironment,
    pub(super) tenant_id: TenantId,
    /// Where the schemas are served, such as `http://127.0.0.1:8080`.
    pub(super) base_url: String,
}

impl EventMaker {
    /// A maker for a new tenant of `partition`.
    pub(super) fn new(environment: SharedEnvironment, base_url: String, partition: u16) -> Self {
        // With 64 partitions, the low bits of a tenant's id are the number of its partition.
        let count = u128::from(PARTITION_COUNT_DEFAULT);
        let id = environment.new_id().as_u128();
        let id = id - id % count + u128::from(partition) % count;
        Self {
            environment,
            tenant_id: TenantId(Uuid::from_u128(id)),
            base_url,
        }
    }

    /// An event with this content at this place.
    pub(super) fn make(&self, content: Content, sequence: u64, epoch: u64) -> Event {
        let mut more_fields = Vec::new();
        let envelope = match content {
            Content::School => self.school(sequence, SCHOOL_CREATED),
            Content::SchoolWithMoreMembers => {
                more_fields.push(("shard", "7".to_owned()));
                let mut envelope = self.school(sequence, NEWER_SCHOOL_CREATED);
                set(&mut envelope, "dataregion", json!("us-mn"));
                set_in_data(&mut envelope, "motto", json!("sapere aude"));
                envelope
            }
            Content::InvalidSchool => {
                let mut envelope = self.school(sequence, SCHOOL_CREATED);
                set_in_data(&mut envelope, "name", json!(17));
                envelope
            }
            Content::UnknownType => {
                let into = format!("schools/{}", self.environment.new_id());
                let data = json!({ "mergedInto": into });
                self.envelope(sequence, "lms.roster.v1.SchoolMerged", SCHOOL_MERGED, &data)
            }
            Content::WithheldSchool(original) => return self.withheld(&original, sequence, epoch),
            Content::Republished(original) => return self.republished(*original, sequence, epoch),
        };
        Event {
            id: id_of(&envelope),
            sequence,
            epoch,
            envelope,
            more_fields,
        }
    }

    fn school(&self, sequence: u64, schema: &str) -> Value {
        let now = self.now();
        let data = json!({
            "schoolId": self.environment.new_id(),
            "tenantId": self.tenant_id.0,
            "name": format!("School {sequence}"),
            "status": "active",
            "version": 1,
            "createdAt": now,
            "updatedAt": now,
        });
        self.envelope(sequence, "lms.roster.v1.SchoolCreated", schema, &data)
    }

    fn withheld(&self, original: &Event, sequence: u64, epoch: u64) -> Event {
        let mut event = original.clone();
        let event_type = event.envelope.get("type").cloned();
        let data = json!({ "eventId": event.id, "eventType": event_type });
        set(&mut event.envelope, "type", json!("lms.roster.v1.EventWithheld"));
        set(&mut event.envelope, "dataschema", json!(self.url(WITHHELD)));
        set(&mut event.envelope, "data", data);
        placed(event, sequence, epoch)
    }

    fn republished(&self, mut original: Event, sequence: u64, epoch: u64) -> Event {
        original.id = self.environment.new_id();
        set(&mut original.envelope, "id", json!(original.id));
        placed(original, sequence, epoch)
    }

    fn envelope(&self, sequence: u64, event_type: &str, schema: &str, data: &Value) -> Value {
        let tenant = self.tenant_id.0;
        let subject = match data.get("schoolId").and_then(Value::as_str) {
            Some(school) => format!("schools/{school}"),
            None => format!("schools/{}", self.environment.new_id()),
        };
        let trace = self.environment.new_id().simple().to_string();
        let span = trace.get(16..).unwrap_or_default();
        json!({
            "specversion": "1.0",
            "id": self.environment.new_id(),
            "source": format!("/api/v1/tenants/{tenant}"),
            "type": event_type,
            "subject": subject,
            "time": self.now(),
            "dataschema": self.url(schema),
            "datacontenttype": "application/json",
            "tenantid": tenant,
            "correlationid": self.environment.new_id(),
            "partitionkey": tenant,
            "sequence": sequence.to_string(),
            "traceparent": format!("00-{trace}-{span}-01"),
            "data": data,
        })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn now(&self) -> String {
        self.environment
            .now()
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    }
}

fn placed(mut event: Event, sequence: u64, epoch: u64) -> Event {
    event.sequence = sequence;
    event.epoch = epoch;
    set(&mut event.envelope, "sequence", json!(sequence.to_string()));
    event
}

fn members(value: &mut Value) -> Option<&mut Map<String, Value>> {
    value.as_object_mut()
}

fn set(envelope: &mut Value, name: &str, value: Value) {
    if let Some(members) = members(envelope) {
        members.insert(name.to_owned(), value);
    }
}

fn set_in_data(envelope: &mut Value, name: &str, value: Value) {
    if let Some(data) = envelope.get_mut("data") {
        set(data, name, value);
    }
}

fn id_of(envelope: &Value) -> Uuid {
    let id = envelope.get("id").and_then(Value::as_str);
    id.and_then(|id| Uuid::parse_str(id).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conformance::schemas::schemas;
    use crate::environment::SystemEnvironment;

    #[test]
    fn only_what_shall_be_invalid_is() {
        let base_url = "http://127.0.0.1:8080";
        let maker = EventMaker::new(Arc::new(SystemEnvironment), base_url.to_owned(), 17);
        assert_eq!(maker.tenant_id.partition(PARTITION_COUNT_DEFAULT), Partition(17));
        let schemas = schemas().unwrap();
        let school = maker.make(Content::School, 1, 1);
        let cases = [
            (Content::School, true),
            (Content::SchoolWithMoreMembers, true),
            (Content::InvalidSchool, false),
            (Content::UnknownType, true),
            (Content::WithheldSchool(Box::new(school.clone())), true),
            (Content::Republished(Box::new(school)), true),
        ];
        for (content, expected) in cases {
            let envelope = maker.make(content, 2, 1).envelope;
            let path = envelope["dataschema"]
                .as_str()
                .unwrap()
                .strip_prefix(base_url)
                .unwrap();
            let is_valid = jsonschema::validator_for(&schemas[path])
                .unwrap()
                .is_valid(&envelope["data"]);
            assert_eq!(is_valid, expected, "{envelope:#}");
        }
    }

    #[test]
    fn an_entry_has_the_fields_that_the_relay_writes_and_says_its_epoch_from_the_second_on() {
        let maker = EventMaker::new(Arc::new(SystemEnvironment), String::new(), 3);
        let school = maker.make(Content::School, (1 << 53) + 1, 1);
        let fields = |event: &Event| {
            let fields = event.fields(maker.tenant_id, Partition(3)).into_iter();
            fields.map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(school.entry(), "9007199254740993-0");
        assert_eq!(fields(&school), ["ce", "id", "type", "tenantid", "traceparent"]);
        assert_eq!(
            fields(&school.in_epoch(2)).last().map(String::as_str),
            Some("epoch")
        );
    }
}
