//! How the one entry is found that the broker does not take.

use super::*;

/// Lets the machine try until it does something else than append, wait and ask, at most so often. `refuses` decides.
fn try_on(
    machine: &mut PartitionRelay,
    refuses: impl Fn(&[LogEntry]) -> Option<Event>,
    times: usize,
) -> (Action, Duration, Vec<usize>) {
    let (mut now, mut event, mut sizes, mut at) = (NOW, Event::Turn, Vec::new(), 4);
    for _ in 0..times {
        let action = machine.advance(event, now);
        event = match action {
            Action::AskBroker => told(position(at)),
            Action::ReadLog { after } => batch(after, entries(after + 1..=after + 3)),
            Action::Append { entries, .. } => {
                sizes.push(entries.len());
                let refusal = refuses(&entries);
                if refusal.is_none() {
                    at = entries.last().unwrap().seq;
                }
                refusal.unwrap_or(Event::Appended)
            }
            Action::WaitUntil(until) => {
                now = until;
                Event::Turn
            }
            Action::Yield => Event::Turn,
            Action::Probe => Event::Probed,
            other => return (other, now, sizes),
        };
    }
    (Action::Rest, now, sizes)
}

fn contains(entries: &[LogEntry], seq: i64) -> bool {
    entries.iter().any(|entry| entry.seq == seq)
}

#[test]
fn the_one_that_is_refused_in_words_is_found_by_halving() {
    let mut machine = settled(4);
    machine.note_commit();
    let refuses = |entries: &[LogEntry]| contains(entries, 7).then_some(Event::Rejected);
    let (action, now, sizes) = try_on(&mut machine, refuses, 1000);
    assert_eq!(action, Action::Withhold(entry(7)));
    assert_eq!(sizes[..3], [3, 1, 2], "halved, grown, halved: {sizes:?}");
    assert!(now >= NOW + settings().withhold_patience);
    let alone = sizes.iter().rev().take_while(|size| **size == 1).count();
    assert!(alone >= settings().withhold_after as usize, "{sizes:?}");
    // Its tombstone goes through, and batches grow again.
    assert_eq!(machine.advance(Event::Withheld, now), Action::AskBroker);
    assert_eq!(
        machine.advance(told(position(6)), now),
        Action::ReadLog { after: 6 }
    );
    let action = machine.advance(batch(6, entries(7..=9)), now);
    assert!(matches!(&action, Action::Append { entries, .. } if entries.len() == 1));
    machine.advance(Event::Appended, now);
    let Action::ReadLog { after: 7 } = machine.advance(Event::Turn, now) else {
        panic!()
    };
    let action = machine.advance(batch(7, entries(8..=10)), now);
    assert!(matches!(&action, Action::Append { entries, .. } if entries.len() == 2));
}

#[test]
fn one_that_breaks_the_connection_is_found_too_but_later() {
    let mut machine = settled(4);
    machine.note_commit();
    let breaks = |entries: &[LogEntry]| contains(entries, 5).then_some(Event::Broken);
    let (action, now, _) = try_on(&mut machine, breaks, 1000);
    assert_eq!(action, Action::Withhold(entry(5)));
    assert!(now >= NOW + settings().withhold_patience * 10);
}

#[test]
fn a_broker_that_is_away_in_between_withholds_nothing() {
    let mut machine = settled(4);
    machine.note_commit();
    let mut now = NOW;
    for _ in 0..100 {
        let mut event = Event::Turn;
        loop {
            let action = machine.advance(event, now);
            event = match action {
                Action::AskBroker if !machine.failures.is_multiple_of(3) => Event::Failed,
                Action::AskBroker => told(position(4)),
                Action::ReadLog { .. } => batch(4, entries(5..=5)),
                Action::Append { .. } => Event::Broken,
                Action::WaitUntil(until) => {
                    now = until;
                    break;
                }
                other => panic!("{other:?}"),
            };
        }
    }
    assert!(now > NOW + settings().withhold_patience * 20);
}

#[test]
fn a_broker_that_takes_nothing_at_all_withholds_nothing() {
    let mut machine = settled(4);
    machine.note_commit();
    let (mut now, mut event, mut probes) = (NOW, Event::Turn, 0);
    while probes < 10 {
        event = match machine.advance(event, now) {
            Action::AskBroker => told(position(4)),
            Action::ReadLog { after } => batch(after, entries(5..=7)),
            Action::Append { .. } => Event::Rejected,
            Action::Probe => {
                probes += 1;
                Event::Failed
            }
            Action::WaitUntil(until) => {
                now = until;
                Event::Turn
            }
            other => panic!("{other:?}"),
        };
    }
}

#[test]
fn what_breaks_the_connection_waits_although_the_broker_answers_again() {
    let mut machine = settled(4);
    machine.note_commit();
    offered(&mut machine, 4, entries(5..=5));
    let Action::WaitUntil(until) = machine.advance(Event::Broken, NOW) else {
        panic!("must wait")
    };
    machine.stop_waiting();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::WaitUntil(until));
    // Two questions without an answer: it was the broker.
    let mut now = until;
    for _ in 0..2 {
        assert_eq!(machine.advance(Event::Turn, now), Action::AskBroker);
        let Action::WaitUntil(until) = machine.advance(Event::Failed, now) else {
            panic!("must wait")
        };
        now = until;
    }
    machine.stop_waiting();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
}

#[test]
fn what_was_appended_although_the_connection_broke_is_not_withheld() {
    for was_appended in [false, true] {
        let mut machine = settled(4);
        machine.note_commit();
        let (mut now, mut event) = (NOW, Event::Turn);
        let end = loop {
            let action = machine.advance(event, now);
            event = match action {
                // The last of many attempts went through, and its answer was lost.
                Action::AskBroker if machine.suspect.is_some() && was_appended => told(position(5)),
                Action::AskBroker => told(position(4)),
                Action::ReadLog { after: 4 } => batch(4, entries(5..=5)),
                Action::ReadLog { after } => batch(after, Vec::new()),
                Action::Append { .. } => Event::Broken,
                Action::Probe => Event::Probed,
                Action::WaitUntil(until) => {
                    now = until;
                    Event::Turn
                }
                other => break other,
            };
        };
        let expected = if was_appended {
            Action::Rest
        } else {
            Action::Withhold(entry(5))
        };
        assert_eq!(end, expected);
    }
}

#[test]
fn what_the_broker_took_long_ago_proves_nothing() {
    let mut machine = settled(4);
    machine.note_commit();
    let (mut now, mut event, mut probes) = (NOW, Event::Turn, 0);
    while probes < 5 {
        event = match machine.advance(event, now) {
            Action::AskBroker => told(position(4)),
            Action::ReadLog { after } => {
                // The database is slow.
                now += Duration::from_secs(2);
                batch(after, entries(5..=5))
            }
            Action::Append { .. } => Event::Rejected,
            Action::Probe => {
                probes += 1;
                Event::Probed
            }
            Action::WaitUntil(until) => {
                now = until;
                Event::Turn
            }
            other => panic!("{other:?}"),
        };
    }
}
