//! When events were committed, as the database itself says.
//!
//! With `track_commit_timestamp` PostgreSQL keeps the time of each transaction's commit record, to the microsecond of the
//! machine's clock. That record is written before it is flushed and before anybody can see the transaction, so whatever is
//! counted from it holds the disk's part of the commit too: it is the longest that publishing can have taken. The
//! shortest is counted from the caller's answer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::consumer::Sightings;
use crate::error::BenchError;
use crate::load::Latencies;
use crate::postgres::Postgres;

/// An event that was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) event_id: String,
    /// What it tells of, such as a school's id.
    pub(super) about: String,
    pub(super) partition: u32,
    pub(super) since_1970: Duration,
}

/// The events of a Rollcall log after a moment of the machine's clock, in the order of their commits.
pub(super) fn of_log(
    postgres: &Postgres,
    database: &str,
    since: Duration,
) -> Result<Vec<Commit>, BenchError> {
    let sql = format!(
        "SELECT * FROM (
           SELECT event_id, substr(substring(envelope FROM '\"subject\":\"schools/[^\"]*'), 20) AS about, partition,
             (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint AS committed
           FROM event_log WHERE committed_at >= to_timestamp({}) AND event_type LIKE '%SchoolCreated') AS events
         WHERE committed >= {} ORDER BY committed",
        // The row's own time is taken a little before the commit.
        since.saturating_sub(Duration::from_secs(10)).as_secs(),
        since.as_micros(),
    );
    read(&postgres.query(database, &sql)?)
}

/// The events of a plain outbox table with a column `event_id` or the like, by the same clock.
pub(super) fn of_table(postgres: &Postgres, database: &str, select: &str) -> Result<Vec<Commit>, BenchError> {
    let sql = format!(
        "SELECT id, id, 0, (extract(epoch FROM pg_xact_commit_timestamp(transaction)) * 1000000)::bigint
         FROM ({select}) AS events (id, transaction) ORDER BY 4"
    );
    read(&postgres.query(database, &sql)?)
}

fn read(text: &str) -> Result<Vec<Commit>, BenchError> {
    let commit = |line: &str| {
        let mut columns = line.split('|');
        Some(Commit {
            event_id: columns.next()?.to_owned(),
            about: columns.next()?.to_owned(),
            partition: columns.next()?.parse().ok()?,
            since_1970: Duration::from_micros(columns.next()?.parse().ok()?),
        })
    };
    let commits: Option<Vec<Commit>> = text.lines().map(commit).collect();
    commits.ok_or_else(|| {
        BenchError::invalid(
            "the log",
            "it does not say when its rows were committed (track_commit_timestamp)",
        )
    })
}

/// How long events took to the consumer.
#[derive(Debug, Clone, Default)]
pub(super) struct Publishing {
    pub(super) after_commit: Latencies,
    pub(super) after_answer: Latencies,
    /// Events that the consumer never saw.
    pub(super) missing: u64,
}

/// Joins commits with what the consumer saw and with when their callers had their answers.
pub(super) fn publishing<'a>(
    commits: impl Iterator<Item = &'a Commit>,
    sightings: &Sightings,
    answered: &HashMap<String, Instant>,
) -> Publishing {
    let mut publishing = Publishing::default();
    for commit in commits {
        let Some(seen) = sightings.get(&commit.event_id) else {
            publishing.missing += 1;
            continue;
        };
        let after_commit = seen.since_1970.saturating_sub(commit.since_1970);
        publishing.after_commit.record(after_commit);
        if let Some(answered) = answered.get(&commit.about) {
            publishing
                .after_answer
                .record(seen.at.saturating_duration_since(*answered));
        }
    }
    publishing
}

#[cfg(test)]
mod tests {
    use super::super::consumer::Moment;
    use super::*;

    #[test]
    fn an_event_that_was_never_seen_is_missing_and_no_latency() {
        let commits = read("e1|s1|7|1000000\ne2|s2|0|2000000\n").unwrap();
        assert_eq!(commits[0].partition, 7);
        let at = Instant::now();
        let seen = Moment {
            at,
            since_1970: Duration::from_millis(1003),
        };
        let sightings = Sightings::from([("e1".to_owned(), seen)]);
        let answered = HashMap::from([("s1".to_owned(), at + Duration::from_millis(1))]);
        let publishing = publishing(commits.iter(), &sightings, &answered);
        assert_eq!(publishing.missing, 1);
        assert_eq!(publishing.after_commit.count(), 1);
        assert!((publishing.after_commit.max_ms() - 3.0).abs() < 0.01);
        assert!(
            publishing.after_answer.max_ms() <= 0.001,
            "seen before the answer"
        );
        assert!(read("e1|s1|7|\n").is_err());
    }
}
