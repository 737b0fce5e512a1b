//! Whether a stream needs another life: the judgement of the relay itself, without its deeds.

use std::time::Duration;

use super::log::{BatchLimit, LogHead, LogReader};
use super::relay::decide::{Action, Event, PartitionRelay};
use super::relay::{Divergence, RelaySettings};
use super::sink::{RedisSink, StreamPosition};
use super::verify::VerifyError;

/// A stream as a relay would find it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamJudgement {
    /// Where it ends.
    pub position: StreamPosition,
    /// Why it must not be continued, where that is so.
    pub divergence: Option<Divergence>,
    /// Whether a new epoch was ordered for it that has not begun.
    pub is_awaited: bool,
}

/// Judges the stream of the partition whose log ends at `head`. It is asked and nothing is appended, whoever carries it.
pub async fn judge_stream(
    reader: &LogReader,
    sink: &RedisSink,
    head: LogHead,
) -> Result<StreamJudgement, VerifyError> {
    let mut relay = PartitionRelay::new(RelaySettings::default(), 0);
    relay.note_head(head);
    let mut found = StreamPosition::START;
    let mut is_awaited = false;
    let mut event = Event::Turn;
    loop {
        event = match relay.advance(event, Duration::ZERO) {
            Action::AskBroker => {
                found = sink.position(head.partition).await?;
                Event::Position {
                    position: found.clone(),
                    led_elsewhere: None,
                }
            }
            Action::Confirm { tail } => {
                let entry = reader.entry_at(head.partition, tail).await?;
                Event::LogSays(entry.map(|entry| entry.event_id))
            }
            Action::ReadLog { after } => {
                let limit = BatchLimit { entries: 1, bytes: 1 };
                Event::Batch(reader.continuation(head.partition, after, limit).await?)
            }
            Action::Append { begins, epoch, .. } => {
                is_awaited = begins && epoch > 1;
                break;
            }
            Action::Probe | Action::Withhold(_) | Action::Rest | Action::Yield | Action::WaitUntil(_) => {
                break;
            }
        };
    }
    Ok(StreamJudgement {
        position: found,
        divergence: relay.divergence().cloned(),
        is_awaited,
    })
}
