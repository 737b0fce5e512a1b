//! When a partition is stopped, and when it goes on.

use super::*;
use crate::outbox::sink::{StreamId, TailEntry};

#[test]
fn a_stream_that_the_log_contradicts_is_diverged() {
    let asked = |seq: i64| {
        let mut machine = settled(0);
        machine.note_head(head(seq));
        machine.doubt();
        assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
        machine
    };
    let tail = |seq: i64, minor: u64, event_id: Uuid| {
        let id = StreamId {
            minor,
            ..StreamId::of_seq(seq)
        };
        Some(TailEntry {
            id,
            event_id: event_id.to_string(),
        })
    };

    let mut machine = asked(9);
    let foreign = StreamId { major: 5, minor: 1 };
    let at = StreamPosition {
        last_id: foreign,
        tail: tail(5, 1, id(5)),
        epoch: Some(1),
    };
    assert_eq!(machine.advance(told(at), NOW), Action::ReadLog { after: 9 });
    let action = machine.advance(batch(9, Vec::new()), NOW);
    is_diverged(&action, &machine, &Divergence::ForeignEntry { id: foreign });

    let mut machine = asked(9);
    machine.advance(told(position(10)), NOW);
    let action = machine.advance(log_has(None, Vec::new()), NOW);
    is_diverged(&action, &machine, &Divergence::StreamAhead { stream: 10 });

    let mut machine = asked(9);
    machine.advance(told(position(5)), NOW);
    let action = machine.advance(log_has(Some(99), entries(6..=8)), NOW);
    let mismatch = Divergence::TailMismatch {
        seq: 5,
        stream: id(5).to_string(),
        log: id(99).to_string(),
    };
    is_diverged(&action, &machine, &mismatch);

    // The last entry was deleted; then the one before it is compared.
    let at = StreamPosition {
        last_id: StreamId::of_seq(5),
        tail: tail(4, 0, id(4)),
        epoch: Some(1),
    };
    let mut machine = asked(9);
    let action = machine.advance(told(at.clone()), NOW);
    assert_eq!(action, Action::Confirm { tail: 4 });
    let mut agreeing = machine.clone();
    let action = machine.advance(Event::LogSays(Some(id(98))), NOW);
    assert_eq!(action, Action::ReadLog { after: 5 });
    let action = machine.advance(batch(5, entries(6..=6)), NOW);
    let mismatch = Divergence::TailMismatch {
        seq: 4,
        stream: id(4).to_string(),
        log: id(98).to_string(),
    };
    is_diverged(&action, &machine, &mismatch);
    let action = agreeing.advance(Event::LogSays(Some(id(4))), NOW);
    assert_eq!(action, Action::ReadLog { after: 5 });
    let append = Action::Append {
        fence: at,
        entries: entries(6..=6),
        epoch: 1,
        begins: false,
    };
    assert_eq!(agreeing.advance(batch(5, entries(6..=6)), NOW), append);
}

/// The log's answer, with this event at the number after which it was read.
fn log_has(at: Option<i64>, entries: Vec<LogEntry>) -> Event {
    Event::Batch(LogContinuation {
        at: at.map(id),
        entries,
        epoch: LogEpoch::FIRST,
        first_retained: 1,
    })
}

#[test]
fn a_log_that_changed_behind_the_stream_is_diverged() {
    // The database failed over, lost event 4 and has written another 4 and a 5 since.
    let mut machine = settled(4);
    machine.note_commit();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::ReadLog { after: 4 });
    let action = machine.advance(log_has(Some(99), entries(5..=5)), NOW);
    let mismatch = Divergence::TailMismatch {
        seq: 4,
        stream: id(4).to_string(),
        log: id(99).to_string(),
    };
    is_diverged(&action, &machine, &mismatch);

    // It lost event 4 and has written nothing since: a head below the position has it compared.
    let mut machine = settled(4);
    machine.note_head(head(3));
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    let read = machine.advance(told(position(4)), NOW);
    assert_eq!(read, Action::ReadLog { after: 4 });
    let action = machine.advance(log_has(None, Vec::new()), NOW);
    is_diverged(&action, &machine, &Divergence::StreamAhead { stream: 4 });
}

#[test]
fn a_log_with_a_gap_is_diverged() {
    for (batch, expected, found) in [
        (entries(6..=7), 5, Some(6)),
        ([entries(5..=5), entries(7..=7)].concat(), 6, Some(7)),
        (Vec::new(), 5, None),
    ] {
        let mut machine = settled(4);
        machine.note_commit();
        machine.note_head(head(9));
        let action = offered(&mut machine, 4, batch);
        is_diverged(&action, &machine, &Divergence::LogGap { expected, found });
    }
}

#[test]
fn a_diverged_partition_goes_on_once_the_two_agree_and_that_is_shown() {
    let mut machine = settled(4);
    machine.note_commit();
    offered(&mut machine, 4, entries(5..=5));
    machine.advance(told(position(9)), NOW);
    machine.advance(log_has(None, Vec::new()), NOW);
    assert_eq!(machine.divergence(), Some(&Divergence::StreamAhead { stream: 9 }));
    let later = NOW + settings().recheck;

    // The log has grown past the stream, and the stream holds nothing to compare: no proof, no go.
    let empty = StreamPosition {
        last_id: StreamId::of_seq(9),
        tail: None,
        epoch: None,
    };
    let mut unproven = machine.clone();
    assert_eq!(unproven.advance(Event::Turn, later), Action::AskBroker);
    unproven.advance(told(empty), later);
    unproven.advance(batch(9, entries(10..=11)), later);
    assert_eq!(
        unproven.divergence(),
        Some(&Divergence::Unconfirmed { stream: 9 })
    );

    // Even the position that was believed last has to be confirmed again.
    let mut repaired = machine.clone();
    assert_eq!(repaired.advance(Event::Turn, later), Action::AskBroker);
    let action = repaired.advance(told(position(4)), later);
    assert_eq!(action, Action::ReadLog { after: 4 });
    let action = repaired.advance(batch(4, entries(5..=6)), later);
    assert!(matches!(action, Action::Append { .. }), "{action:?}");
    assert_eq!(repaired.divergence(), None);

    let mut moved_away = machine;
    assert_eq!(moved_away.advance(Event::Turn, later), Action::AskBroker);
    let action = moved_away.advance(told(StreamPosition::START), later);
    assert_eq!(action, Action::ReadLog { after: 0 });
    let action = moved_away.advance(batch(0, entries(1..=3)), later);
    assert!(matches!(action, Action::Append { .. }), "{action:?}");
    assert_eq!(moved_away.divergence(), None);
}
