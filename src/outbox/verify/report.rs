//! What the comparison found.

use std::fmt;

use crate::tenancy::Partition;

/// The counts of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionReport {
    /// The partition.
    pub partition: Partition,
    /// Rows of the log.
    pub logged: u64,
    /// Entries of the stream.
    pub published: u64,
    /// Rows that the stream has passed and does not have.
    pub lost: u64,
    /// Entries whose event is there already.
    pub duplicate: u64,
    /// Entries that come after an entry of a later row.
    pub out_of_order: u64,
    /// Entries whose fields are not those of their row, or that have no row.
    pub mismatched: u64,
    /// Rows that the relay has yet to carry.
    pub pending: u64,
    /// Rows that the log has no more, because they were old.
    pub purged: u64,
    /// Rows that the stream has no more, because they were old and read.
    pub trimmed: u64,
    /// Events that the stream has passed and that neither it nor the log has, without having been trimmed.
    pub in_neither: u64,
    /// Events that the stream needs next, and that the log has no more.
    pub unfillable: u64,
    /// The first thing found, in words.
    pub first_finding: Option<String>,
}

impl PartitionReport {
    pub(super) fn new(partition: Partition) -> Self {
        Self {
            partition,
            logged: 0,
            published: 0,
            lost: 0,
            duplicate: 0,
            out_of_order: 0,
            mismatched: 0,
            pending: 0,
            purged: 0,
            trimmed: 0,
            in_neither: 0,
            unfillable: 0,
            first_finding: None,
        }
    }

    /// Whether the stream is the log, as far as it goes.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let faults = [
            self.lost,
            self.duplicate,
            self.out_of_order,
            self.mismatched,
            self.in_neither,
            self.unfillable,
        ];
        faults == [0; 6]
    }

    fn cells(&self, name: String, shows_old: bool, shows_gone: bool) -> Vec<String> {
        let mut counts = vec![
            self.logged,
            self.published,
            self.lost,
            self.duplicate,
            self.out_of_order,
            self.mismatched,
            self.pending,
        ];
        if shows_old {
            counts.extend([self.purged, self.trimmed]);
        }
        if shows_gone {
            counts.extend([self.in_neither, self.unfillable]);
        }
        let counts = counts.iter().map(ToString::to_string);
        std::iter::once(name).chain(counts).collect()
    }
}

/// The counts of all partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// One report per partition of the log, in their order.
    pub partitions: Vec<PartitionReport>,
}

impl VerifyReport {
    /// Whether every stream is its part of the log, as far as it goes; what is pending does not count against it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.partitions.iter().all(PartitionReport::is_clean)
    }

    /// Whether it [is clean](Self::is_clean) and nothing is pending.
    #[must_use]
    pub fn is_clean_and_complete(&self) -> bool {
        self.is_clean() && self.partitions.iter().all(|partition| partition.pending == 0)
    }

    /// The sums over all partitions, under the number of the first; the findings are left out.
    #[must_use]
    pub fn total(&self) -> PartitionReport {
        self.partitions
            .iter()
            .fold(PartitionReport::new(Partition(0)), |mut total, partition| {
                total.logged += partition.logged;
                total.published += partition.published;
                total.lost += partition.lost;
                total.duplicate += partition.duplicate;
                total.out_of_order += partition.out_of_order;
                total.mismatched += partition.mismatched;
                total.pending += partition.pending;
                total.purged += partition.purged;
                total.trimmed += partition.trimmed;
                total.in_neither += partition.in_neither;
                total.unfillable += partition.unfillable;
                total
            })
    }
}

const HEADINGS: [&str; 8] = [
    "partition",
    "log",
    "stream",
    "lost",
    "duplicate",
    "out of order",
    "mismatched",
    "pending",
];

const OLD_HEADINGS: [&str; 2] = ["purged", "trimmed"];

const GONE_HEADINGS: [&str; 2] = ["in neither", "unfillable"];

impl fmt::Display for VerifyReport {
    /// A table of the partitions that hold anything, the totals, and the first finding of each partition that has one. What was
    /// deleted because it was old has columns where there is any, and so has what is gone for another reason.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let shows_old = total.purged + total.trimmed > 0;
        let old = if shows_old { &OLD_HEADINGS[..] } else { &[] };
        let shows_gone = total.in_neither + total.unfillable > 0;
        let gone = if shows_gone { &GONE_HEADINGS[..] } else { &[] };
        let headings: Vec<String> = HEADINGS
            .iter()
            .chain(old)
            .chain(gone)
            .map(|name| (*name).to_owned())
            .collect();
        row(formatter, &headings)?;
        let used = |partition: &&PartitionReport| {
            partition.logged > 0 || partition.published > 0 || !partition.is_clean()
        };
        for partition in self.partitions.iter().filter(used) {
            row(
                formatter,
                &partition.cells(partition.partition.to_string(), shows_old, shows_gone),
            )?;
        }
        row(formatter, &total.cells("total".to_owned(), shows_old, shows_gone))?;
        for partition in &self.partitions {
            if let Some(finding) = &partition.first_finding {
                writeln!(formatter, "partition {}: {finding}", partition.partition)?;
            }
        }
        Ok(())
    }
}

fn row(formatter: &mut fmt::Formatter<'_>, cells: &[String]) -> fmt::Result {
    for cell in cells {
        write!(formatter, "{cell:>13}")?;
    }
    writeln!(formatter)
}
