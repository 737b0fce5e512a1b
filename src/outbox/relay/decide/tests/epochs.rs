//! How a new life of a stream begins, and what cannot be filled any more.

use super::*;
use crate::outbox::sink::StreamId;

fn second_epoch(at: Option<i64>, entries: Vec<LogEntry>, first_seq: i64) -> Event {
    Event::Batch(LogContinuation {
        at: at.map(id),
        entries,
        epoch: LogEpoch { number: 2, first_seq },
        first_retained: first_seq,
    })
}

#[test]
fn a_stream_of_an_older_epoch_is_replaced_behind_the_same_fence() {
    let mut machine = settled(4);
    machine.note_head(LogHead { epoch: 2, ..head(9) });
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    assert_eq!(
        machine.advance(told(position(4)), NOW),
        Action::ReadLog { after: 4 }
    );
    let action = machine.advance(second_epoch(None, entries(7..=9), 7), NOW);
    assert_eq!(action, Action::ReadLog { after: 6 });
    let action = machine.advance(second_epoch(None, entries(7..=9), 7), NOW);
    let append = Action::Append {
        fence: position(4),
        entries: entries(7..=9),
        epoch: 2,
        begins: true,
    };
    assert_eq!(action, append);
    machine.advance(Event::Appended, NOW);
    // And goes on in it.
    machine.note_commit();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::ReadLog { after: 9 });
    let action = machine.advance(second_epoch(Some(9), entries(10..=10), 7), NOW);
    assert!(
        matches!(
            action,
            Action::Append {
                epoch: 2,
                begins: false,
                ..
            }
        ),
        "{action:?}"
    );
}

#[test]
fn a_relay_that_does_not_know_of_the_new_epoch_learns_it_with_the_batch() {
    let mut machine = settled(4);
    machine.note_commit();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::ReadLog { after: 4 });
    let action = machine.advance(second_epoch(Some(4), entries(5..=6), 1), NOW);
    assert_eq!(action, Action::ReadLog { after: 0 });
}

#[test]
fn a_new_epoch_ends_a_divergence_at_once() {
    let mut machine = settled(4);
    machine.note_head(head(3));
    machine.advance(Event::Turn, NOW);
    let empty = StreamPosition {
        last_id: StreamId::of_seq(4),
        tail: None,
        epoch: None,
    };
    machine.advance(told(empty.clone()), NOW);
    let nothing = LogContinuation {
        at: None,
        entries: Vec::new(),
        epoch: LogEpoch::FIRST,
        first_retained: 1,
    };
    machine.advance(Event::Batch(nothing), NOW);
    assert_eq!(machine.divergence(), Some(&Divergence::StreamAhead { stream: 4 }));
    machine.note_head(LogHead { epoch: 2, ..head(3) });
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    assert_eq!(machine.advance(told(empty), NOW), Action::ReadLog { after: 4 });
    machine.advance(second_epoch(None, Vec::new(), 1), NOW);
    let action = machine.advance(second_epoch(None, entries(1..=3), 1), NOW);
    assert!(
        matches!(action, Action::Append { begins: true, .. }),
        "{action:?}"
    );
    assert_eq!(machine.divergence(), None);
}

#[test]
fn what_was_purged_cannot_be_filled() {
    let kept_from = |first_retained: i64, at: Option<i64>, entries: Vec<LogEntry>| {
        Event::Batch(LogContinuation {
            at: at.map(id),
            entries,
            epoch: LogEpoch::FIRST,
            first_retained,
        })
    };
    let emptied = || {
        let mut machine = settled(4);
        machine.note_head(head(9));
        assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
        machine
    };
    let mut machine = emptied();
    machine.advance(told(StreamPosition::START), NOW);
    let action = machine.advance(kept_from(5, None, entries(5..=7)), NOW);
    let purged = |needed| Divergence::Purged {
        needed,
        first_retained: 5,
    };
    is_diverged(&action, &machine, &purged(1));

    let mut machine = emptied();
    machine.advance(told(position(2)), NOW);
    let action = machine.advance(kept_from(5, None, entries(5..=7)), NOW);
    is_diverged(&action, &machine, &purged(3));

    // Just what is needed next is kept; what it follows on cannot be compared.
    let mut machine = emptied();
    machine.advance(told(position(4)), NOW);
    let action = machine.advance(kept_from(5, None, entries(5..=7)), NOW);
    assert!(matches!(action, Action::Append { .. }), "{action:?}");
}

#[test]
fn a_stream_of_an_epoch_that_the_log_lost_is_diverged() {
    let mut machine = settled(4);
    machine.doubt();
    machine.advance(Event::Turn, NOW);
    let at = StreamPosition {
        epoch: Some(3),
        ..position(4)
    };
    assert_eq!(machine.advance(told(at), NOW), Action::ReadLog { after: 4 });
    let action = machine.advance(batch(4, Vec::new()), NOW);
    is_diverged(&action, &machine, &Divergence::EpochAhead { stream: 3, log: 1 });
}
