//! What is played in every test run, and what shows that the simulator finds what it should.

mod differential;

use super::run::{play, play_control, play_many};

#[test]
fn ten_thousand_seeds_keep_every_promise() {
    let outcome = play_many(0, 10_000);
    if let Some(seed) = outcome.first_failing {
        let played = play(seed, true);
        panic!("{}\nseed {seed}: {:?}", played.trace.unwrap(), played.violation);
    }
    assert!(outcome.events > 100_000, "{outcome:?}");
}

#[test]
fn the_same_seed_takes_the_same_course() {
    for seed in 0..50 {
        let (one, other) = (play(seed, true), play(seed, true));
        assert_eq!(one.digest, other.digest, "seed {seed}");
        assert_eq!(one.trace, other.trace, "seed {seed}");
        assert_ne!(one.digest, play(seed + 1, true).digest, "seed {seed}");
    }
}

#[test]
fn the_usual_relay_loses_doubles_and_misplaces_events() {
    let (mut lost, mut doubled, mut misplaced_by_several) = (0, 0, 0);
    for seed in 0..1000 {
        let (relays, damage) = play_control(seed);
        lost += damage.lost;
        doubled += damage.doubled;
        if relays > 1 {
            misplaced_by_several += damage.misplaced;
        }
    }
    assert!(
        lost > 0 && doubled > 0 && misplaced_by_several > 0,
        "the faults are too mild to prove anything: {lost} lost, {doubled} doubled, {misplaced_by_several} out of place"
    );
}
