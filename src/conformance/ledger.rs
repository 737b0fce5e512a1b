//! What was fed, what was said to be handled, and whether the one fits the other. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

/// What a consumer owes to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// It must be handled, once.
    Once,
    /// It may be handled, once, or passed over.
    AtMostOnce,
    /// It must not be handled, for this reason.
    Never(&'static str),
}

/// A line of the consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// It has handled the event with this id, which stood in this entry.
    Handled {
        /// The event's id.
        id: String,
        /// The entry's id.
        entry: String,
    },
    /// It has noticed that events are missing, and has made its state anew from a snapshot.
    Bootstrapped,
}

impl Line {
    /// Reads a line; everything that is not of the protocol is the consumer's own business.
    pub(super) fn read(text: &str) -> Option<Self> {
        let Value::Object(members) = serde_json::from_str(text).ok()? else {
            return None;
        };
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        if let (Some(id), Some(entry)) = (text("id"), text("entry")) {
            return Some(Self::Handled { id, entry });
        }
        (members.get("bootstrap") == Some(&Value::Bool(true))).then_some(Self::Bootstrapped)
    }
}

#[derive(Debug)]
struct Fed {
    id: String,
    /// Where it stood, from life to life of the stream.
    entries: BTreeSet<String>,
    duty: Duty,
}

/// The two sides of one scenario.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    fed: Vec<Fed>,
    handled: Vec<(String, String)>,
    /// Events that were at work when the consumer was killed: it could not yet know that it had handled them.
    may_repeat: BTreeSet<String>,
}

impl Ledger {
    /// An event was fed. Of one that was fed before only the place is new; what is owed to it stays.
    pub(super) fn feed(&mut self, id: Uuid, entry: &str, duty: Duty) {
        let id = id.to_string();
        match self.fed.iter_mut().find(|fed| fed.id == id) {
            Some(fed) => {
                fed.entries.insert(entry.to_owned());
            }
            None => self.fed.push(Fed {
                id,
                entries: BTreeSet::from([entry.to_owned()]),
                duty,
            }),
        }
    }

    /// The consumer says that it has handled an event.
    pub(super) fn hear(&mut self, id: String, entry: String) {
        self.handled.push((id, entry));
    }

    /// The consumer was killed: what it handled last may come again.
    pub(super) fn killed(&mut self) {
        if let Some((id, _)) = self.handled.last() {
            self.may_repeat.insert(id.clone());
        }
    }

    /// The consumer noticed what is missing and has made its state anew: it may go on behind the gap.
    pub(super) fn bootstrapped(&mut self) {
        for fed in &mut self.fed {
            if matches!(fed.duty, Duty::Never(_)) {
                fed.duty = Duty::Once;
            }
        }
    }

    /// How many events were said to be handled.
    pub(super) fn handled_count(&self) -> usize {
        self.handled.len()
    }

    /// The entries of the events that must still be handled.
    pub(super) fn missing(&self) -> Vec<&str> {
        let handled: BTreeSet<&str> = self.handled.iter().map(|(id, _)| id.as_str()).collect();
        let missing = self
            .fed
            .iter()
            .filter(|fed| fed.duty == Duty::Once && !handled.contains(fed.id.as_str()));
        missing
            .filter_map(|fed| fed.entries.last().map(String::as_str))
            .collect()
    }

    /// What was handled and should not have been, not then or not again; the first such thing.
    pub(super) fn fault(&self) -> Option<String> {
        let mut may_repeat = self.may_repeat.clone();
        let mut handled: BTreeMap<usize, &str> = BTreeMap::new();
        for (id, entry) in &self.handled {
            let Some((place, fed)) = self.fed.iter().enumerate().find(|(_, fed)| fed.id == *id) else {
                return Some(format!("handled {entry}, an event {id} that does not exist"));
            };
            if !fed.entries.contains(entry) {
                let entries: Vec<&str> = fed.entries.iter().map(String::as_str).collect();
                return Some(format!("says {entry} of the event in {}", entries.join(" and ")));
            }
            if let Duty::Never(why) = fed.duty {
                return Some(format!("handled {entry}, {why}"));
            }
            if handled.contains_key(&place) {
                if may_repeat.remove(id) {
                    continue;
                }
                return Some(format!("handled {entry} twice"));
            }
            if let Some((_, last)) = handled.last_key_value().filter(|(last, _)| **last > place) {
                return Some(format!("handled {entry} after {last}"));
            }
            handled.insert(place, entry);
        }
        None
    }

    /// How far it came, in words.
    pub(super) fn summary(&self) -> String {
        let owed = self.fed.iter().filter(|fed| fed.duty == Duty::Once).count();
        format!("{} of {owed} handled", owed - self.missing().len())
    }
}

/// Names entries in words, the first few of them.
pub(super) fn named(entries: &[&str]) -> String {
    const SHOWN: usize = 4;
    let shown = entries.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match entries.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    /// Events 1, 2, 3 must be handled, 4 need not, 5 must not; `handled` are numbers of events, each in its own entry.
    fn ledger(handled: &[u128]) -> Ledger {
        let mut ledger = Ledger::default();
        for number in 1..=3 {
            ledger.feed(id(number), &format!("{number}-0"), Duty::Once);
        }
        ledger.feed(id(4), "4-0", Duty::AtMostOnce);
        ledger.feed(id(5), "5-0", Duty::Never("which stands behind a gap"));
        for number in handled {
            ledger.hear(id(*number).to_string(), format!("{number}-0"));
        }
        ledger
    }

    #[test]
    fn what_is_handled_is_held_against_what_was_fed() {
        let cases: &[(&[u128], Option<&str>, &[&str])] = &[
            (&[], None, &["1-0", "2-0", "3-0"]),
            (&[1, 2, 3], None, &[]),
            (&[1, 2, 3, 4], None, &[]),
            (&[1, 3], None, &["2-0"]),
            (&[1, 3, 2], Some("handled 2-0 after 3-0"), &[]),
            (&[1, 2, 2, 3], Some("handled 2-0 twice"), &[]),
            (&[1, 2, 3, 4, 4], Some("handled 4-0 twice"), &[]),
            (&[1, 2, 3, 5], Some("handled 5-0, which stands behind a gap"), &[]),
        ];
        for (handled, fault, missing) in cases {
            let ledger = ledger(handled);
            assert_eq!(ledger.fault().as_deref(), *fault, "{handled:?}");
            assert_eq!(ledger.missing(), *missing, "{handled:?}");
        }
    }

    #[test]
    fn a_rounded_entry_is_noticed() {
        let mut ledger = ledger(&[]);
        ledger.hear(id(1).to_string(), "2-0".to_owned());
        assert_eq!(ledger.fault().as_deref(), Some("says 2-0 of the event in 1-0"));
        ledger.hear(id(9).to_string(), "9-0".to_owned());
        assert!(ledger.fault().is_some());
    }

    #[test]
    fn a_kill_excuses_one_repetition_of_the_event_at_work() {
        let mut ledger = ledger(&[1, 2]);
        ledger.killed();
        ledger.hear(id(2).to_string(), "2-0".to_owned());
        ledger.hear(id(3).to_string(), "3-0".to_owned());
        assert_eq!(ledger.fault(), None);
        ledger.hear(id(2).to_string(), "2-0".to_owned());
        assert_eq!(ledger.fault().as_deref(), Some("handled 2-0 twice"));
    }

    #[test]
    fn whoever_bootstraps_may_go_on_and_must() {
        let mut ledger = ledger(&[1, 2, 3]);
        ledger.bootstrapped();
        assert_eq!(ledger.missing(), ["5-0"]);
        ledger.hear(id(5).to_string(), "5-0".to_owned());
        assert_eq!((ledger.fault(), ledger.missing()), (None, Vec::new()));
    }

    #[test]
    fn an_event_that_comes_again_owes_what_it_did() {
        let mut ledger = ledger(&[1, 2, 3]);
        ledger.feed(id(3), "8-0", Duty::Once);
        ledger.hear(id(3).to_string(), "8-0".to_owned());
        assert_eq!(ledger.fault().as_deref(), Some("handled 8-0 twice"));
    }

    #[test]
    fn only_lines_of_the_protocol_are_read() {
        let handled = Line::Handled {
            id: "a".to_owned(),
            entry: "1-0".to_owned(),
        };
        let cases = [
            (r#"{"id":"a","entry":"1-0","type":"t"}"#, Some(handled)),
            (r#"{"bootstrap":true}"#, Some(Line::Bootstrapped)),
            (r#"{"bootstrap":false}"#, None),
            (r#"{"id":"a"}"#, None),
            (r#"{"id":1,"entry":"1-0"}"#, None),
            ("starting up", None),
            ("[]", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Line::read(text), expected, "{text}");
        }
    }

    #[test]
    fn many_entries_are_named_by_the_first() {
        assert_eq!(named(&["1-0", "2-0"]), "1-0, 2-0");
        assert_eq!(
            named(&["1-0", "2-0", "3-0", "4-0", "5-0"]),
            "1-0, 2-0, 3-0, 4-0 and 1 more"
        );
    }
}
