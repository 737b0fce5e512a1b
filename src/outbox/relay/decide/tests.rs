//! The rules of the state machine, one by one.

mod diverged;
mod epochs;
mod leases;
mod withheld;

use super::*;
use crate::outbox::log::{BatchLimit, LogContinuation};
use crate::tenancy::{Partition, TenantId};

const NOW: Duration = Duration::from_secs(100);

fn settings() -> RelaySettings {
    RelaySettings {
        batch: BatchLimit {
            entries: 3,
            bytes: 1000,
        },
        ..RelaySettings::default()
    }
}

fn id(seq: i64) -> Uuid {
    Uuid::from_u128(u128::try_from(seq).unwrap())
}

fn entry(seq: i64) -> LogEntry {
    LogEntry {
        partition: Partition(0),
        seq,
        tenant_id: TenantId(id(7)),
        event_id: id(seq),
        event_type: "type".to_owned(),
        envelope: "{}".to_owned(),
        traceparent: None,
    }
}

fn entries(range: std::ops::RangeInclusive<i64>) -> Vec<LogEntry> {
    range.map(entry).collect()
}

fn position(seq: i64) -> StreamPosition {
    StreamPosition::after(&entry(seq), 1)
}

/// The log ends at `seq`, and does not say with which event.
fn head(seq: i64) -> LogHead {
    LogHead {
        partition: Partition(0),
        seq,
        event_id: None,
        epoch: 1,
    }
}

/// The broker says that the stream ends there, and that no other relay has a lease.
fn told(position: StreamPosition) -> Event {
    Event::Position {
        position,
        led_elsewhere: None,
    }
}

/// A machine that believes the stream to be at `seq` and the log as well.
fn settled(seq: i64) -> PartitionRelay {
    let mut machine = PartitionRelay::new(settings(), 1);
    machine.note_head(head(seq));
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    if seq == 0 {
        assert_eq!(machine.advance(told(StreamPosition::START), NOW), Action::Rest);
    } else {
        assert_eq!(
            machine.advance(told(position(seq)), NOW),
            Action::ReadLog { after: seq }
        );
        assert_eq!(machine.advance(batch(seq, Vec::new()), NOW), Action::Rest);
    }
    assert_eq!(machine.position(), Some(seq));
    machine
}

/// Lets the machine read `batch` after `seq`, and gives what it does with it.
fn offered(machine: &mut PartitionRelay, seq: i64, entries: Vec<LogEntry>) -> Action {
    assert_eq!(machine.advance(Event::Turn, NOW), Action::ReadLog { after: seq });
    machine.advance(batch(seq, entries), NOW)
}

/// The log's answer when it was read after `seq`.
fn batch(seq: i64, entries: Vec<LogEntry>) -> Event {
    Event::Batch(LogContinuation {
        at: (seq > 0).then(|| id(seq)),
        entries,
        epoch: LogEpoch::FIRST,
        first_retained: 1,
    })
}

fn is_diverged(action: &Action, machine: &PartitionRelay, expected: &Divergence) {
    assert_eq!(*action, Action::WaitUntil(NOW + settings().recheck));
    assert_eq!(machine.divergence(), Some(expected));
    let mut machine = machine.clone();
    machine.note_commit();
    machine.stop_waiting();
    assert!(
        matches!(machine.advance(Event::Turn, NOW), Action::WaitUntil(_)),
        "must stay stopped"
    );
}

#[test]
fn a_commit_is_read_and_appended_without_a_question() {
    let mut machine = settled(4);
    machine.note_commit();
    let append = Action::Append {
        fence: position(4),
        entries: entries(5..=6),
        epoch: 1,
        begins: false,
    };
    assert_eq!(offered(&mut machine, 4, entries(5..=6)), append);
    assert_eq!(machine.advance(Event::Appended, NOW), Action::Rest);
    assert_eq!(machine.position(), Some(6));
    assert_eq!(machine.advance(Event::Turn, NOW), Action::Rest);
}

#[test]
fn a_full_batch_gives_the_others_their_turn_and_then_goes_on() {
    let mut machine = settled(0);
    machine.note_commit();
    offered(&mut machine, 0, entries(1..=3));
    assert_eq!(machine.advance(Event::Appended, NOW), Action::Yield);
    offered(&mut machine, 3, Vec::new());
    assert_eq!(machine.advance(Event::Turn, NOW), Action::Rest);

    let mut machine = settled(0);
    machine.note_commit();
    let large = LogEntry {
        envelope: "x".repeat(1000),
        ..entry(1)
    };
    offered(&mut machine, 0, vec![large]);
    assert_eq!(machine.advance(Event::Appended, NOW), Action::Yield);
}

#[test]
fn what_the_poll_finds_is_asked_about_first() {
    let mut machine = settled(4);
    machine.note_head(head(6));
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    let mut other_relay_was_faster = machine.clone();
    assert_eq!(
        machine.advance(told(position(4)), NOW),
        Action::ReadLog { after: 4 }
    );
    let action = other_relay_was_faster.advance(told(position(6)), NOW);
    assert_eq!(action, Action::ReadLog { after: 6 });
    let action = other_relay_was_faster.advance(batch(6, Vec::new()), NOW);
    assert_eq!(action, Action::Rest);
}

#[test]
fn the_loser_of_a_race_adopts_the_position_and_pauses() {
    let mut machine = settled(4);
    machine.note_commit();
    offered(&mut machine, 4, entries(5..=6));
    let read = machine.advance(told(position(5)), NOW);
    assert_eq!(read, Action::ReadLog { after: 5 });
    let action = machine.advance(batch(5, entries(6..=6)), NOW);
    let Action::WaitUntil(until) = action else {
        panic!("{action:?}")
    };
    assert!(until > NOW && until <= NOW + settings().poll);
    assert_eq!(machine.advance(Event::Turn, until), Action::ReadLog { after: 5 });
}

#[test]
fn a_broker_that_lost_its_newest_is_refilled_at_once() {
    let mut machine = settled(4);
    machine.note_commit();
    offered(&mut machine, 4, entries(5..=5));
    assert_eq!(
        machine.advance(told(position(2)), NOW),
        Action::ReadLog { after: 2 }
    );
    let action = machine.advance(batch(2, entries(3..=5)), NOW);
    assert!(
        matches!(&action, Action::Append { fence, .. } if *fence == position(2)),
        "{action:?}"
    );

    let mut machine = settled(4);
    machine.doubt();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    let action = machine.advance(told(StreamPosition::START), NOW);
    assert_eq!(action, Action::ReadLog { after: 0 });
}

#[test]
fn after_a_failure_it_waits_longer_each_time_and_asks() {
    let mut machine = settled(4);
    machine.note_commit();
    offered(&mut machine, 4, entries(5..=5));
    let mut now = NOW;
    let mut event = Event::Failed;
    for attempt in 0..40_u32 {
        let action = machine.advance(event, now);
        let Action::WaitUntil(until) = action else {
            panic!("{action:?}")
        };
        let whole = settings()
            .backoff_base
            .saturating_mul(1 << attempt.min(16))
            .min(settings().backoff_cap);
        let pause = until.saturating_sub(now);
        assert!(
            pause >= whole / 2 && pause <= whole,
            "attempt {attempt}: {pause:?}"
        );
        assert_eq!(machine.advance(Event::Turn, now), Action::WaitUntil(until));
        now = until;
        assert_eq!(machine.advance(Event::Turn, now), Action::AskBroker);
        event = Event::Failed;
    }
    // The append had been made, only its answer was lost: nothing is appended twice.
    assert_eq!(
        machine.advance(told(position(5)), now),
        Action::ReadLog { after: 5 }
    );
    assert_eq!(machine.advance(batch(5, Vec::new()), now), Action::Rest);
}

#[test]
fn a_broker_that_answers_questions_but_takes_nothing_is_waited_for_longer_each_time() {
    let mut machine = settled(4);
    machine.note_commit();
    let mut now = NOW;
    for _ in 0..20 {
        machine.doubt();
        machine.advance(Event::Turn, now);
        machine.advance(told(position(4)), now);
        let action = machine.advance(batch(4, entries(5..=5)), now);
        assert!(matches!(action, Action::Append { .. }), "{action:?}");
        let Action::WaitUntil(until) = machine.advance(Event::Failed, now) else {
            panic!()
        };
        now = until;
    }
    assert!(now > NOW + settings().backoff_cap * 6, "{now:?}");
}

#[test]
fn a_broker_that_answers_again_ends_the_waiting() {
    let mut machine = settled(4);
    machine.note_commit();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::ReadLog { after: 4 });
    assert!(matches!(
        machine.advance(Event::Failed, NOW),
        Action::WaitUntil(_)
    ));
    machine.stop_waiting();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
}

#[test]
fn an_answer_to_no_question_proves_nothing() {
    for event in [
        Event::Appended,
        batch(4, entries(5..=5)),
        told(position(9)),
        Event::LogSays(None),
        Event::Rejected,
        Event::Withheld,
    ] {
        let mut machine = settled(4);
        assert_eq!(machine.advance(event, NOW), Action::AskBroker);
        assert_eq!(machine.position(), Some(4));
    }
}

#[test]
fn a_position_that_the_poll_has_just_told_needs_no_reading() {
    let mut machine = settled(4);
    let known = |event_id| LogHead {
        event_id: Some(event_id),
        ..head(4)
    };
    machine.note_head(known(id(4)));
    machine.doubt();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    assert_eq!(machine.advance(told(position(4)), NOW), Action::Rest);
    // Another event there is looked into.
    machine.note_head(known(id(99)));
    machine.doubt();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    assert_eq!(
        machine.advance(told(position(4)), NOW),
        Action::ReadLog { after: 4 }
    );
}
