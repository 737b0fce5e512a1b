//! What a stream of events can go through, one after the other.

mod content;
mod delivery;
mod epochs;
mod missing;

use futures_util::future::BoxFuture;

use super::ConformanceError;
use super::stage::{Play, Stage};

/// One of the things that can happen.
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// What happens.
    pub about: &'static str,
    /// What the consumer must do.
    pub expected: &'static str,
    pub(super) play: for<'a> fn(&'a mut Stage<'_>) -> BoxFuture<'a, Play<String>>,
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// All of them, from the plain to the strange.
pub static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "in-order",
        about: "Events are appended, in large and in small batches.",
        expected: "each once, in order",
        play: |stage| Box::pin(delivery::in_order(stage)),
    },
    Scenario {
        name: "killed",
        about: "The consumer is killed (SIGKILL) in its work, twice, and started again.",
        expected: "each once, at most the one at work again",
        play: |stage| Box::pin(delivery::killed(stage)),
    },
    Scenario {
        name: "redelivered",
        about: "The consumer group is set back to the start of the stream.",
        expected: "none again, the new ones once",
        play: |stage| Box::pin(delivery::redelivered(stage)),
    },
    Scenario {
        name: "broker-rolled-back",
        about: "The broker forgets its last writes, those of the consumer too; the relay appends the lost entries again.",
        expected: "none again, the new ones once",
        play: |stage| Box::pin(delivery::broker_rolled_back(stage)),
    },
    Scenario {
        name: "broker-emptied",
        about: "The broker forgets everything, the consumer group too; the relay appends all entries again.",
        expected: "none again, the new ones once",
        play: |stage| Box::pin(delivery::broker_emptied(stage)),
    },
    Scenario {
        name: "trimmed-unread",
        about: "Entries were removed before the consumer had read them.",
        expected: "stops, or bootstraps and says so",
        play: |stage| Box::pin(missing::trimmed_unread(stage)),
    },
    Scenario {
        name: "new-epoch",
        about: "A new life of the stream begins: some events come again, others stand where different ones stood.",
        expected: "each new one once, none again",
        play: |stage| Box::pin(epochs::new_epoch(stage)),
    },
    Scenario {
        name: "new-epoch-with-gap",
        about: "A new life of the stream begins behind the position: events in between are gone.",
        expected: "stops, or bootstraps and says so",
        play: |stage| Box::pin(missing::new_epoch_with_gap(stage)),
    },
    Scenario {
        name: "stale-epoch",
        about: "A failover brings an ended life of the stream back for a while.",
        expected: "nothing of it, the new ones once",
        play: |stage| Box::pin(epochs::stale_epoch(stage)),
    },
    Scenario {
        name: "withheld",
        about: "An event is withheld and a tombstone takes its place; later it comes as a new event.",
        expected: "goes on, the new event once",
        play: |stage| Box::pin(content::withheld(stage)),
    },
    Scenario {
        name: "unknown-type",
        about: "An event has a type that the consumer does not know.",
        expected: "goes on",
        play: |stage| Box::pin(content::unknown_type(stage)),
    },
    Scenario {
        name: "unknown-members",
        about: "An event, its data and its entry have members that the consumer does not know.",
        expected: "each once",
        play: |stage| Box::pin(content::unknown_members(stage)),
    },
    Scenario {
        name: "large-sequence",
        about: "Sequences lie above 2^53, which a floating point number cannot hold.",
        expected: "each once, in order",
        play: |stage| Box::pin(content::large_sequence(stage)),
    },
    Scenario {
        name: "invalid",
        about: "An event breaks its schema.",
        expected: "stops, and again when started again",
        play: |stage| Box::pin(content::invalid(stage)),
    },
];

/// The scenarios of these names with their numbers, in the order of the table; all when there are no names.
pub(super) fn chosen(names: &[String]) -> Result<Vec<(u16, &'static Scenario)>, ConformanceError> {
    if let Some(unknown) = names
        .iter()
        .find(|name| !SCENARIOS.iter().any(|scenario| scenario.name == **name))
    {
        return Err(ConformanceError::UnknownScenario(unknown.clone()));
    }
    let all = (0..).zip(SCENARIOS);
    Ok(all
        .filter(|(_, scenario)| names.is_empty() || names.iter().any(|name| name == scenario.name))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_chosen_by_name_and_keep_their_partition() {
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            chosen(&names)
        };
        assert_eq!(names(&[]).unwrap().len(), SCENARIOS.len());
        let two = names(&["stale-epoch", "killed"]).unwrap();
        assert_eq!(two.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 8]);
        assert!(matches!(
            names(&["nothing"]),
            Err(ConformanceError::UnknownScenario(_))
        ));
    }
}
