//! What processes tell each other in the text of a NOTIFY.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Wakeup;
use crate::tenancy::Partition;

/// PostgreSQL takes less than 8,000 bytes.
const LENGTH_MAX: usize = 7_000;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// A process committed in these partitions; none where there are too many to name.
    Moved {
        sender: Uuid,
        partitions: Option<BTreeSet<Partition>>,
    },
    /// A process tries whether it hears itself.
    Trial(Uuid),
}

impl Message {
    /// Letters, digits, blanks, commas and `*` only: it may stand between quotes in a statement.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Moved { sender, partitions } => {
                let named = partitions.as_ref().map(|partitions| {
                    let numbers: Vec<String> = partitions.iter().map(ToString::to_string).collect();
                    numbers.join(",")
                });
                let named = named.filter(|named| named.len() <= LENGTH_MAX);
                format!("moved {} {}", sender.simple(), named.as_deref().unwrap_or("*"))
            }
            Self::Trial(token) => format!("trial {}", token.simple()),
        }
    }

    /// None where it is of a kind that this version does not know.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let message = match (words.next()?, Uuid::parse_str(words.next()?).ok()?) {
            ("moved", sender) => Self::Moved {
                sender,
                partitions: match words.next()? {
                    "*" => None,
                    numbers => Some(
                        numbers
                            .split(',')
                            .map(|number| number.parse().map(Partition).ok())
                            .collect::<Option<_>>()?,
                    ),
                },
            },
            ("trial", token) => Self::Trial(token),
            _ => return None,
        };
        words.next().is_none().then_some(message)
    }

    /// Tells the listeners of process `own` what another process says; its own commits they know already.
    pub(super) fn tell(self, wakeup: &Wakeup, own: Uuid) {
        match self {
            Self::Moved { sender, partitions } if sender != own => match partitions {
                Some(partitions) => partitions
                    .into_iter()
                    .for_each(|partition| wakeup.heard(partition)),
                None => wakeup.may_have_missed(),
            },
            Self::Moved { .. } | Self::Trial(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(partitions: impl IntoIterator<Item = u16>) -> Message {
        Message::Moved {
            sender: Uuid::from_u128(7),
            partitions: Some(partitions.into_iter().map(Partition).collect()),
        }
    }

    #[test]
    fn what_is_told_is_read() {
        for message in [moved([0]), moved([0, 5, 63]), Message::Trial(Uuid::from_u128(9))] {
            assert_eq!(Message::read(&message.text()), Some(message));
        }
        assert_eq!(
            moved([3, 17]).text(),
            "moved 00000000000000000000000000000007 3,17"
        );
    }

    #[test]
    fn too_many_to_name_are_any() {
        let text = moved(0..4096).text();
        assert_eq!(text, "moved 00000000000000000000000000000007 *");
        assert!(matches!(
            Message::read(&text),
            Some(Message::Moved { partitions: None, .. })
        ));
        let long = moved(0..1400).text();
        assert!(long.len() < 8000 && !long.ends_with('*'), "{}", long.len());
    }

    #[test]
    fn what_another_version_may_say_is_left_alone() {
        for text in [
            "",
            "moved",
            "moved x 1",
            "moved 00000000000000000000000000000007 1,x",
            "moved 00000000000000000000000000000007 1 2",
            "left 00000000000000000000000000000007 1",
        ] {
            assert_eq!(Message::read(text), None, "{text}");
        }
    }
}
