//! When a partition is stopped, and when it goes on.

use super::*;

#[test]
fn a_stream_that_the_log_contradicts_is_diverged() {
    let asked = |head: i64| {
        let mut machine = settled(0);
        machine.note_head(head);
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
    };
    let action = machine.advance(Event::Position(at), NOW);
    is_diverged(&action, &machine, &Divergence::ForeignEntry { id: foreign });

    let mut machine = asked(9);
    machine.advance(Event::Position(position(10)), NOW);
    let action = machine.advance(
        Event::LogSays {
            last: None,
            tail: None,
        },
        NOW,
    );
    is_diverged(&action, &machine, &Divergence::StreamAhead { stream: 10 });

    let mut machine = asked(9);
    machine.advance(Event::Position(position(5)), NOW);
    let action = machine.advance(
        Event::LogSays {
            last: Some(id(99)),
            tail: None,
        },
        NOW,
    );
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
    };
    let mut machine = asked(9);
    let action = machine.advance(Event::Position(at.clone()), NOW);
    assert_eq!(
        action,
        Action::Confirm {
            last: 5,
            tail: Some(4)
        }
    );
    let mut agreeing = machine.clone();
    let action = machine.advance(
        Event::LogSays {
            last: Some(id(5)),
            tail: Some(id(98)),
        },
        NOW,
    );
    let mismatch = Divergence::TailMismatch {
        seq: 4,
        stream: id(4).to_string(),
        log: id(98).to_string(),
    };
    is_diverged(&action, &machine, &mismatch);
    let action = agreeing.advance(
        Event::LogSays {
            last: Some(id(5)),
            tail: Some(id(4)),
        },
        NOW,
    );
    assert_eq!(action, Action::ReadLog { after: 5 });
    let append = Action::Append {
        fence: at,
        entries: entries(6..=6),
    };
    assert_eq!(agreeing.advance(batch(5, entries(6..=6)), NOW), append);
}

#[test]
fn a_log_that_changed_behind_the_stream_is_diverged() {
    // The database failed over, lost event 4 and has written another 4 and a 5 since.
    let mut machine = settled(4);
    machine.note_commit();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::ReadLog { after: 4 });
    let changed = LogContinuation {
        at: Some(id(99)),
        entries: entries(5..=5),
    };
    let action = machine.advance(Event::Batch(changed), NOW);
    let mismatch = Divergence::TailMismatch {
        seq: 4,
        stream: id(4).to_string(),
        log: id(99).to_string(),
    };
    is_diverged(&action, &machine, &mismatch);

    // It lost event 4 and has written nothing since: a head below the position has it compared.
    let mut machine = settled(4);
    machine.note_head(3);
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    let confirm = machine.advance(Event::Position(position(4)), NOW);
    assert_eq!(confirm, Action::Confirm { last: 4, tail: None });
    let action = machine.advance(
        Event::LogSays {
            last: None,
            tail: None,
        },
        NOW,
    );
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
        machine.note_head(9);
        let action = offered(&mut machine, 4, batch);
        is_diverged(&action, &machine, &Divergence::LogGap { expected, found });
    }
}

#[test]
fn a_diverged_partition_goes_on_once_the_two_agree_and_that_is_shown() {
    let mut machine = settled(4);
    machine.note_commit();
    offered(&mut machine, 4, entries(5..=5));
    machine.advance(Event::Position(position(9)), NOW);
    machine.advance(
        Event::LogSays {
            last: None,
            tail: None,
        },
        NOW,
    );
    assert_eq!(machine.divergence(), Some(&Divergence::StreamAhead { stream: 9 }));
    let later = NOW + settings().recheck;

    // The log has grown past the stream, and the stream holds nothing to compare: no proof, no go.
    let empty = StreamPosition {
        last_id: StreamId::of_seq(9),
        tail: None,
    };
    let mut unproven = machine.clone();
    assert_eq!(unproven.advance(Event::Turn, later), Action::AskBroker);
    unproven.advance(Event::Position(empty), later);
    unproven.advance(
        Event::LogSays {
            last: Some(id(9)),
            tail: None,
        },
        later,
    );
    assert_eq!(
        unproven.divergence(),
        Some(&Divergence::Unconfirmed { stream: 9 })
    );

    // Even the position that was believed last has to be confirmed again.
    let mut repaired = machine.clone();
    assert_eq!(repaired.advance(Event::Turn, later), Action::AskBroker);
    let action = repaired.advance(Event::Position(position(4)), later);
    assert_eq!(action, Action::Confirm { last: 4, tail: None });
    let action = repaired.advance(
        Event::LogSays {
            last: Some(id(4)),
            tail: None,
        },
        later,
    );
    assert_eq!(
        (action, repaired.divergence()),
        (Action::ReadLog { after: 4 }, None)
    );

    let mut moved_away = machine;
    assert_eq!(moved_away.advance(Event::Turn, later), Action::AskBroker);
    let action = moved_away.advance(Event::Position(StreamPosition::START), later);
    assert_eq!(
        (action, moved_away.divergence()),
        (Action::ReadLog { after: 0 }, None)
    );
}
