//! Which events are shown.

use crate::config::TailArguments;
use crate::outbox::LogEntry;
use crate::tenancy::{Partition, TenantId};

/// Why the arguments do not fit the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TailError {
    /// No such partition.
    #[error("there is no partition {partition}; the log has {count}, from 0 on")]
    NoPartition {
        /// The one that was named.
        partition: u16,
        /// How many there are.
        count: u16,
    },
    /// The tenant is elsewhere.
    #[error("the tenant's events are in partition {own}, not in {named}")]
    OtherPartition {
        /// Where they are.
        own: Partition,
        /// The one that was named.
        named: Partition,
    },
    /// A sequence of which partition?
    #[error(
        "sequences count within a partition: name it with --partition or --tenant, or begin with --after 0"
    )]
    AfterOfWhich,
}

/// What is to be shown.
#[derive(Debug)]
pub(super) struct Filter {
    tenant: Option<TenantId>,
    partition: Option<Partition>,
    event_type: Option<String>,
}

impl Filter {
    pub(super) fn new(arguments: &TailArguments, partition_count: u16) -> Result<Self, TailError> {
        let tenant = arguments.tenant.map(TenantId);
        let named = arguments.partition.map(Partition);
        if let Some(Partition(partition)) = named.filter(|named| named.0 >= partition_count) {
            return Err(TailError::NoPartition {
                partition,
                count: partition_count,
            });
        }
        let own = tenant.map(|tenant| tenant.partition(partition_count));
        if let (Some(own), Some(named)) = (own, named)
            && own != named
        {
            return Err(TailError::OtherPartition { own, named });
        }
        let partition = own.or(named);
        if partition.is_none() && arguments.after.is_some_and(|after| after > 0) {
            return Err(TailError::AfterOfWhich);
        }
        Ok(Self {
            tenant,
            partition,
            event_type: arguments.event_type.clone(),
        })
    }

    /// Whether the partition may hold something to show.
    pub(super) fn reads(&self, partition: Partition) -> bool {
        self.partition.is_none_or(|own| own == partition)
    }

    /// Whether the event is to be shown.
    pub(super) fn shows(&self, entry: &LogEntry) -> bool {
        let is_of_tenant = self.tenant.is_none_or(|tenant| tenant == entry.tenant_id);
        let is_of_type = self.event_type.as_deref().is_none_or(|pattern| {
            fits(pattern, &entry.event_type) || fits(pattern, short_type(&entry.event_type))
        });
        is_of_tenant && is_of_type
    }
}

/// The type without what all types begin with.
pub(super) fn short_type(event_type: &str) -> &str {
    event_type.rsplit('.').next().unwrap_or(event_type)
}

/// Whether `text` is `pattern` with something, or nothing, in the place of each `*`.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        // The earliest place leaves the most for what follows.
        match text.split_once(part) {
            Some((_, behind)) => text = behind,
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let cases = [
            ("SchoolCreated", "SchoolCreated", true),
            ("School", "SchoolCreated", false),
            ("School*", "SchoolCreated", true),
            ("*Created", "SchoolCreated", true),
            ("*o*e*", "SchoolCreated", true),
            ("S*d", "SchoolCreated", true),
            ("*", "", true),
            ("S*S", "S", false),
            ("Tenant*", "SchoolCreated", false),
            ("*z*", "SchoolCreated", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn arguments_must_fit_the_log() {
        let with = |arguments: TailArguments| Filter::new(&arguments, 64).map(|filter| filter.partition);
        let tenant = Some(Uuid::from_u128(17));
        let cases = [
            (TailArguments::default(), Ok(None)),
            (
                TailArguments {
                    tenant,
                    after: Some(9),
                    ..Default::default()
                },
                Ok(Some(Partition(17))),
            ),
            (
                TailArguments {
                    after: Some(0),
                    ..Default::default()
                },
                Ok(None),
            ),
            (
                TailArguments {
                    after: Some(1),
                    ..Default::default()
                },
                Err(TailError::AfterOfWhich),
            ),
            (
                TailArguments {
                    partition: Some(64),
                    ..Default::default()
                },
                Err(TailError::NoPartition {
                    partition: 64,
                    count: 64,
                }),
            ),
            (
                TailArguments {
                    tenant,
                    partition: Some(3),
                    ..Default::default()
                },
                Err(TailError::OtherPartition {
                    own: Partition(17),
                    named: Partition(3),
                }),
            ),
        ];
        for (arguments, expected) in cases {
            assert_eq!(with(arguments.clone()), expected, "{arguments:?}");
        }
    }
}
