//! `rollcall relay --unpark`: tells withheld events again, as new events.

use std::process::ExitCode;

use super::{CommandError, actor, banner};
use crate::audit::{AuditOutcome, AuditRecord};
use crate::config::Secret;
use crate::environment::SharedEnvironment;
use crate::store::{Republication, Store, WithheldEvent};

/// Republishes the event at `place`, or all that were withheld. Exits with 1 where there is none.
pub(super) async fn republish(
    place: Option<(u16, i64)>,
    store: &Store,
    database: &Secret,
    environment: &SharedEnvironment,
) -> Result<ExitCode, CommandError> {
    let failed = |error| CommandError::of_store(database, error);
    let withheld = store.withheld_events().await.map_err(failed)?;
    let is_wanted = |event: &&WithheldEvent| {
        let own = (event.position.partition.0, event.position.seq);
        place.is_none_or(|place| place == own)
    };
    let mut told = 0;
    for event in withheld.iter().filter(is_wanted) {
        let event_id = environment.new_id();
        let republication = Republication {
            event_id,
            audit: audit(event, environment),
            now: environment.now(),
        };
        let (old, type_, id) = (event.position, &event.event_type, event.event_id);
        match store.republish(event, republication).await.map_err(failed)? {
            Some(new) => {
                told += 1;
                banner::print(&format!(
                    "partition {}: event {id} ({type_}), withheld at {} because {}, is event {event_id} at {} now.",
                    old.partition, old.seq, event.reason, new.seq
                ));
            }
            None => banner::print(&format!(
                "partition {}: event {id} at {} was republished by somebody else meanwhile.",
                old.partition, old.seq
            )),
        }
    }
    if told == 0 {
        banner::print("There is no such withheld event: nothing was done.");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The record of it: a person at the service's own machine did it, not a request.
fn audit(event: &WithheldEvent, environment: &SharedEnvironment) -> AuditRecord {
    let correlation_id = environment.new_id();
    AuditRecord {
        audit_id: environment.new_id(),
        occurred_at: environment.now(),
        actor_subject: actor(),
        actor_client: Some("rollcall relay --unpark".to_owned()),
        action: "event.republish".to_owned(),
        entity_type: "event".to_owned(),
        entity_id: Some(event.event_id),
        outcome: AuditOutcome::Succeeded,
        reason: None,
        correlation_id,
        causation_id: None,
        trace_id: correlation_id.simple().to_string(),
        payload_fingerprint: None,
    }
}
