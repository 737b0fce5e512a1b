//! Whether the entries of an append that failed may be the reason.

use super::SinkError;

/// What an append may have failed because of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The broker as a whole: it takes nothing from anybody, or nothing from this client.
    Broker,
    /// The connection ended before an answer came; nobody hung, and the broker said nothing of itself. Most often that is the broker or the network; an entry that is too large
    /// has the same effect.
    Connection,
    /// These entries: the broker answers, and refuses them for no reason that is known to be its own.
    Entries,
}

/// The error codes with which a broker speaks of itself, of its configuration or of the caller's rights.
const OF_THE_BROKER: &[&str] = &[
    "ASK",
    "BUSY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "DENIED",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "NOSCRIPT",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "UNBLOCKED",
    "UNKILLABLE",
    "WRONGPASS",
    "WRONGTYPE",
];

impl SinkError {
    /// What an append that failed with this may have failed because of. Only a suspicion: who withholds an event tries
    /// another first.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Unreachable { was_cut: true, .. } | Self::NodeAway { was_cut: true, .. } => {
                Blame::Connection
            }
            Self::Refused(text) => {
                let mut words = text.split(|character: char| !character.is_ascii_alphanumeric());
                if words.any(|word| OF_THE_BROKER.contains(&word)) {
                    Blame::Broker
                } else {
                    Blame::Entries
                }
            }
            _ => Blame::Broker,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_that_names_nothing_else_blames_the_entries() {
        let refused = |text: &str| SinkError::Refused(text.to_owned()).blame();
        assert_eq!(
            refused("OOM: command not allowed when used memory > 'maxmemory'."),
            Blame::Broker
        );
        assert_eq!(refused("NOPERM: this user has no permissions"), Blame::Broker);
        assert_eq!(
            refused("ERR: string exceeds maximum allowed size"),
            Blame::Entries
        );
        let away = |was_cut| {
            let (address, reason) = (String::new(), String::new());
            let node = SinkError::NodeAway {
                address: address.clone(),
                reason: reason.clone(),
                was_cut,
            };
            let broker = SinkError::Unreachable {
                address,
                reason,
                was_cut,
            };
            [node.blame(), broker.blame()]
        };
        assert_eq!(away(true), [Blame::Connection; 2]);
        assert_eq!(away(false), [Blame::Broker; 2]);
        assert_eq!(SinkError::Reply("what".to_owned()).blame(), Blame::Broker);
    }
}
