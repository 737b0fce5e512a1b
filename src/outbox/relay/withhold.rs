//! Putting a tombstone in the place of an event that the broker will not take.

use std::fmt;

use super::turn::{Tools, TurnDone};
use super::within;
use crate::environment::SharedEnvironment;
use crate::outbox::log::{LogEntry, LogError, RelayRecords};
use crate::outbox::relay::decide::Event;
use crate::outbox::withheld::tombstone;

/// Where withheld events are written down.
#[derive(Clone)]
pub(super) struct Withholding {
    pub(super) records: RelayRecords,
    pub(super) environment: SharedEnvironment,
}

impl fmt::Debug for Withholding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Withholding").finish_non_exhaustive()
    }
}

/// Writes the tombstone of `entry` down, with the broker's last words as the reason. From then on everybody who reads the log for
/// a stream reads the tombstone.
pub(super) async fn withhold(tools: &Tools, entry: &LogEntry, done: &mut TurnDone) -> Event {
    let reason = done.refusal.clone().unwrap_or_default();
    let answer = within(tools.settings.log_timeout, written_down(tools, entry, &reason)).await;
    match answer {
        Ok(()) => {
            tracing::error!(
                partition = %entry.partition,
                sequence = entry.seq,
                event_id = %entry.event_id,
                event_type = entry.event_type,
                reason,
                "the broker takes other entries and refuses this event: a tombstone takes its place; see `rollcall relay --unpark`"
            );
            done.log = Some(Ok(()));
            done.withheld = Some(entry.seq);
            Event::Withheld
        }
        Err(error) => {
            done.log = Some(Err(error));
            Event::Failed
        }
    }
}

async fn written_down(tools: &Tools, entry: &LogEntry, reason: &str) -> Result<(), LogError> {
    let Some(Withholding { records, environment }) = &tools.withholding else {
        return Err(LogError::Row(format!(
            "event {} is refused by the broker, and this relay may not withhold it",
            entry.event_id
        )));
    };
    let tombstone = tombstone(&entry.envelope).map_err(|error| LogError::Row(error.to_string()))?;
    records
        .withhold(entry, &tombstone, reason, environment.now())
        .await
}
