//! One turn of one partition: asks [`decide`](super::decide) what to do, does it, and tells what came of it.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::decide::{Action, Event, PartitionRelay};
use super::measure::Measure;
use super::withhold::{self, Withholding};
use super::{RelaySettings, within};
use crate::outbox::log::{LogEntry, LogError, LogReader};
use crate::outbox::sink::{AppendOutcome, Blame, Claim, FencedAppend, RedisSink, SinkError, StreamState};
use crate::telemetry::Tracing;
use crate::telemetry::trace::messaging::Batch;
use crate::tenancy::Partition;

/// What a turn works with.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) reader: LogReader,
    pub(super) sink: RedisSink,
    /// What this relay calls itself where it claims leases.
    pub(super) relay: Uuid,
    pub(super) settings: RelaySettings,
    pub(super) started: Instant,
    pub(super) tracing: Tracing,
    pub(super) measure: Option<Measure>,
    pub(super) withholding: Option<Withholding>,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TurnEnd {
    /// Nothing is left to do.
    Rest,
    /// There is more to do.
    Yield,
    /// There may be more to do, but not before this time.
    WaitUntil(Duration),
}

/// What a turn did.
pub(super) struct TurnDone {
    pub(super) partition: Partition,
    pub(super) machine: PartitionRelay,
    pub(super) end: TurnEnd,
    /// What the broker's last answer was, where it was asked.
    pub(super) broker: Option<Result<(), SinkError>>,
    /// What the log's last answer was, where it was read.
    pub(super) log: Option<Result<(), LogError>>,
    /// How many entries were appended.
    pub(super) published: usize,
    /// The entry whose place a tombstone took.
    pub(super) withheld: Option<i64>,
    /// With which words the broker refused the last append, where it did.
    pub(super) refusal: Option<String>,
}

/// Takes the turn; at most one batch is appended in it.
pub(super) async fn take(tools: Tools, partition: Partition, machine: PartitionRelay) -> TurnDone {
    let end = TurnEnd::Rest;
    let mut done = TurnDone {
        partition,
        machine,
        end,
        broker: None,
        log: None,
        published: 0,
        withheld: None,
        refusal: None,
    };
    let mut event = Event::Turn;
    loop {
        let before = (done.machine.position(), done.machine.is_leading());
        let action = done.machine.advance(event, tools.started.elapsed());
        if let Some(measure) = &tools.measure {
            measure.moved(before.0, done.machine.position());
            measure.led(before.1, done.machine.is_leading());
        }
        event = match action {
            Action::AskBroker => {
                let answer = tools.sink.state(partition).await;
                noted(answer.map(|state| tools.told(state)), &mut done.broker)
            }
            Action::Confirm { tail } => {
                let reading = tools.reader.entry_at(partition, tail);
                let answer = within(tools.settings.log_timeout, reading).await;
                let event = answer.map(|entry| Event::LogSays(entry.map(|entry| entry.event_id)));
                noted(event, &mut done.log)
            }
            Action::ReadLog { after } => {
                let reading = tools.reader.continuation(partition, after, tools.settings.batch);
                let answer = within(tools.settings.log_timeout, reading)
                    .await
                    .map(Event::Batch);
                noted(answer, &mut done.log)
            }
            Action::Append {
                fence,
                entries,
                epoch,
                begins,
            } => {
                let claim = Claim {
                    relay: tools.relay,
                    ttl: tools.settings.lease_ttl,
                };
                let answer = append(
                    &tools,
                    partition,
                    FencedAppend {
                        fence: &fence,
                        entries: &entries,
                        epoch,
                        begins,
                        claim: Some(claim),
                    },
                )
                .await;
                let failure = answer.as_ref().map_or_else(failure_of, |_| Event::Failed);
                done.refusal = answer.as_ref().err().map(ToString::to_string).or(done.refusal);
                let answer = answer.map(|outcome| tools.appended(outcome, &entries, &mut done.published));
                noted_as(answer, &mut done.broker, failure)
            }
            Action::Probe => {
                let answer = tools.sink.probe(partition).await;
                noted(answer.map(|()| Event::Probed), &mut done.broker)
            }
            Action::Withhold(entry) => withhold::withhold(&tools, &entry, &mut done).await,
            Action::Rest => break,
            Action::Yield => {
                done.end = TurnEnd::Yield;
                break;
            }
            Action::WaitUntil(time) => {
                done.end = TurnEnd::WaitUntil(time);
                break;
            }
        };
    }
    done
}

/// Appends, inside a span that is linked to where each of the events was created.
async fn append(
    tools: &Tools,
    partition: Partition,
    what: FencedAppend<'_>,
) -> Result<AppendOutcome, SinkError> {
    let entries = what.entries;
    let batch = Batch {
        family: tools.sink.stream_prefix(),
        stream: &tools.sink.stream_key(partition),
        partition: partition.0,
        count: entries.len(),
    };
    let creations = entries.iter().filter_map(|entry| entry.traceparent.as_deref());
    let mut span = tools.tracing.begin_batch(batch, creations);
    let answer = tools.sink.append(partition, &what).await;
    match &answer {
        Ok(AppendOutcome::Appended) => {}
        // Another relay was first, or the stream was cut: what this batch did is nothing.
        Ok(AppendOutcome::Refused(_)) => span.fail("fence"),
        Err(error) => span.fail(error.kind()),
    }
    answer
}

impl Tools {
    /// What came of appending `entries`.
    fn appended(&self, outcome: AppendOutcome, entries: &[LogEntry], published: &mut usize) -> Event {
        match outcome {
            AppendOutcome::Appended => {
                *published += entries.len();
                if let Some(measure) = &self.measure {
                    measure.appended(entries);
                }
                Event::Appended
            }
            AppendOutcome::Refused(state) => {
                if let Some(measure) = &self.measure {
                    measure.fence_rejected();
                }
                self.told(state)
            }
        }
    }

    /// What the broker said of a partition.
    fn told(&self, state: StreamState) -> Event {
        let led_elsewhere = state
            .lease
            .filter(|lease| lease.holder != self.relay.to_string())
            .map(|lease| lease.left);
        Event::Position {
            position: state.position,
            led_elsewhere,
        }
    }
}

/// What it means for entries that their append failed.
fn failure_of(error: &SinkError) -> Event {
    match error.blame() {
        Blame::Entries => Event::Rejected,
        Blame::Connection => Event::Broken,
        Blame::Broker => Event::Failed,
    }
}

fn noted<E>(answer: Result<Event, E>, note: &mut Option<Result<(), E>>) -> Event {
    noted_as(answer, note, Event::Failed)
}

fn noted_as<E>(answer: Result<Event, E>, note: &mut Option<Result<(), E>>, failure: Event) -> Event {
    match answer {
        Ok(event) => {
            *note = Some(Ok(()));
            event
        }
        Err(error) => {
            *note = Some(Err(error));
            failure
        }
    }
}
