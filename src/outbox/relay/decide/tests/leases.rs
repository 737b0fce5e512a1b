//! When a partition is left to another relay, and when it is taken over.

use super::*;

/// What the broker says while another relay's lease lives.
fn led(seq: i64, left: Duration) -> Event {
    Event::Position {
        position: position(seq),
        led_elsewhere: Some(left),
    }
}

const LEFT: Duration = Duration::from_millis(100);

/// A machine whose append another relay's had come before.
fn outrun() -> (PartitionRelay, Duration) {
    let mut machine = settled(4);
    machine.note_commit();
    offered(&mut machine, 4, entries(5..=6));
    let Action::WaitUntil(until) = machine.advance(led(6, LEFT), NOW) else {
        panic!("must leave the partition to the other")
    };
    (machine, until)
}

#[test]
fn the_loser_waits_until_the_lease_would_end_and_then_asks() {
    let (mut machine, until) = outrun();
    assert!(until > NOW + LEFT && until <= NOW + LEFT * 9 / 8, "{until:?}");
    assert!(machine.is_led_elsewhere(NOW) && !machine.is_leading());
    // Whatever is committed in the meantime changes nothing.
    machine.note_commit();
    machine.note_head(head(9));
    assert_eq!(machine.advance(Event::Turn, NOW), Action::WaitUntil(until));
    assert_eq!(machine.advance(Event::Turn, until), Action::AskBroker);

    // The other goes on: nothing is read or sent.
    let mut goes_on = machine.clone();
    let action = goes_on.advance(led(8, LEFT), until);
    assert!(matches!(action, Action::WaitUntil(_)), "{action:?}");

    // It has ended, and all is published.
    let mut complete = machine.clone();
    assert_eq!(
        complete.advance(told(position(9)), until),
        Action::ReadLog { after: 9 }
    );
    assert_eq!(complete.advance(batch(9, Vec::new()), until), Action::Rest);

    // It has died.
    assert_eq!(
        machine.advance(told(position(6)), until),
        Action::ReadLog { after: 6 }
    );
    let action = machine.advance(batch(6, entries(7..=9)), until);
    assert!(matches!(action, Action::Append { .. }), "{action:?}");
    assert_eq!(machine.advance(Event::Appended, until), Action::Yield);
    assert!(machine.is_leading());
}

#[test]
fn the_leader_has_a_head_start_after_every_rest() {
    let (mut machine, until) = outrun();
    machine.advance(Event::Turn, until);
    machine.advance(told(position(6)), until);
    assert_eq!(machine.advance(batch(6, Vec::new()), until), Action::Rest);
    let ttl = settings().lease_ttl;
    let later = until + ttl * 100;
    machine.note_commit();
    assert_eq!(
        machine.advance(Event::Turn, later),
        Action::WaitUntil(later + ttl)
    );
    // A steady stream of commits does not put the question off.
    machine.note_commit();
    let meanwhile = later + ttl / 2;
    assert_eq!(
        machine.advance(Event::Turn, meanwhile),
        Action::WaitUntil(later + ttl)
    );
    assert_eq!(machine.advance(Event::Turn, later + ttl), Action::AskBroker);
}

#[test]
fn a_leader_goes_on_without_a_question_until_it_is_refused() {
    let mut machine = settled(4);
    machine.note_commit();
    offered(&mut machine, 4, entries(5..=5));
    assert_eq!(machine.advance(Event::Appended, NOW), Action::Rest);
    let later = NOW + settings().lease_ttl * 100;
    machine.note_commit();
    assert_eq!(machine.advance(Event::Turn, later), Action::ReadLog { after: 5 });
    machine.advance(batch(5, entries(6..=6)), later);
    machine.advance(led(6, LEFT), later);
    assert!(!machine.is_leading());
}

#[test]
fn a_recheck_asks_even_where_another_leads() {
    let (mut machine, until) = outrun();
    machine.doubt();
    assert_eq!(machine.advance(Event::Turn, NOW), Action::AskBroker);
    let action = machine.advance(led(6, LEFT), NOW);
    assert!(
        matches!(action, Action::WaitUntil(at) if at + LEFT >= until),
        "{action:?}"
    );
    // Asked once is enough.
    let action = machine.advance(Event::Turn, NOW);
    assert!(matches!(action, Action::WaitUntil(_)), "{action:?}");
}

#[test]
fn a_stopped_partition_is_looked_at_whoever_leads_it() {
    let mut machine = settled(4);
    machine.note_head(head(3));
    machine.advance(Event::Turn, NOW);
    machine.advance(told(position(4)), NOW);
    let nothing = LogContinuation {
        at: None,
        entries: Vec::new(),
        epoch: LogEpoch::FIRST,
        first_retained: 1,
    };
    machine.advance(Event::Batch(nothing), NOW);
    assert!(machine.divergence().is_some());
    let later = NOW + settings().recheck;
    assert_eq!(machine.advance(Event::Turn, later), Action::AskBroker);
    assert_eq!(machine.advance(led(4, LEFT), later), Action::ReadLog { after: 4 });
}

#[test]
fn nobody_is_believed_to_lead_for_longer_than_a_lease_lasts() {
    let mut machine = settled(4);
    machine.note_commit();
    offered(&mut machine, 4, entries(5..=5));
    // The broker's clock was set back by an hour while the lease lived.
    let action = machine.advance(led(4, Duration::from_secs(3600)), NOW);
    let ttl = settings().lease_ttl;
    assert!(
        matches!(action, Action::WaitUntil(at) if at <= NOW + ttl * 2),
        "{action:?}"
    );
}
