//! A consumer of the streams, which notes when each event could be read.
//!
//! How long publishing takes is asked of three moments:
//!
//! - *sealed*: the event's own `time`, taken by the service directly before it sends the last statement of the transaction, in
//!   whole milliseconds, rounded down;
//! - *answered*: the caller has the answer, so the commit is over;
//! - *seen*: `XREAD BLOCK` has returned with the entry.
//!
//! The commit itself can be seen by nobody but the database. It lies between *sealed* and *answered*, so publishing takes at
//! most *sealed* to *seen* and at least *answered* to *seen* (which counts as 0 where the event came first, and it often
//! does). Sealed to seen compares two readings of one clock, the machine's `CLOCK_REALTIME`, by two processes;
//! answered to seen is `CLOCK_MONOTONIC` of this process alone. The bound is held against the longer one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use redis::streams::{StreamId, StreamReadOptions, StreamReadReply};
use redis::{Connection, TypedCommands as _};
use serde::Deserialize;

use crate::error::BenchError;

/// How long one read waits for entries; the consumer looks as often whether it shall end.
const BLOCK_MS: usize = 50;

/// How many entries of one stream come in one answer.
const COUNT: usize = 1000;

/// The partitions of a log that was made with defaults.
const PARTITION_COUNT: u16 = 64;

/// When one event was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) at: Instant,
    /// How long after it was sealed.
    pub(super) after_sealing: Duration,
}

type Sightings = Arc<Mutex<HashMap<String, Sighting>>>;

/// A consumer on a thread of its own.
#[derive(Debug)]
pub(super) struct Consumer {
    sightings: Sightings,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl Consumer {
    /// Reads all streams from their beginning.
    pub(super) fn start(url: &str) -> Result<Self, BenchError> {
        let mut connection = connect(url)?;
        let sightings = Sightings::default();
        let ends = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (sightings, ends) = (sightings.clone(), ends.clone());
            move || follow(&mut connection, &sightings, &ends)
        });
        Ok(Self {
            sightings,
            ends,
            thread: Some(thread),
        })
    }

    /// The sightings of these schools, once they are all there or `patience` is at its end.
    pub(super) fn take<'a>(
        &self,
        schools: &(impl Iterator<Item = &'a String> + Clone),
        patience: Duration,
    ) -> HashMap<String, Sighting> {
        let start = Instant::now();
        loop {
            let mut sightings = self.sightings.lock().unwrap_or_else(PoisonError::into_inner);
            let are_there = schools.clone().all(|school| sightings.contains_key(school));
            if are_there || start.elapsed() > patience || self.has_ended() {
                return std::mem::take(&mut *sightings);
            }
            drop(sightings);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends it; an error if it could not read to its end.
    pub(super) fn stop(mut self) -> Result<(), BenchError> {
        self.ends.store(true, Ordering::Relaxed);
        let outcome = self.thread.take().map(JoinHandle::join);
        match outcome {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(reason))) => Err(BenchError::invalid("the stream", reason)),
            Some(Err(_)) => Err(BenchError::invalid("the stream", "its consumer broke off")),
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
    }
}

/// A connection to Redis.
pub(super) fn connect(url: &str) -> Result<Connection, BenchError> {
    let client = redis::Client::open(url).and_then(|client| client.get_connection());
    client.map_err(|error| BenchError::invalid("Redis", error.to_string()))
}

fn follow(connection: &mut Connection, sightings: &Sightings, ends: &AtomicBool) -> Result<(), String> {
    let keys: Vec<String> = (0..PARTITION_COUNT)
        .map(|number| format!("lms.roster.v1:{{{number}}}"))
        .collect();
    let mut positions = vec!["0-0".to_owned(); keys.len()];
    let options = StreamReadOptions::default().block(BLOCK_MS).count(COUNT);
    while !ends.load(Ordering::Relaxed) {
        let reply = connection
            .xread_options(&keys, &positions, &options)
            .map_err(|error| error.to_string())?;
        let (at, wall_clock) = (Instant::now(), wall_clock());
        for stream in reply.into_iter().flat_map(|reply: StreamReadReply| reply.keys) {
            let position = keys.iter().position(|key| *key == stream.key);
            if let (Some(position), Some(last)) =
                (position.and_then(|at| positions.get_mut(at)), stream.ids.last())
            {
                position.clone_from(&last.id);
            }
            let mut sightings = sightings.lock().unwrap_or_else(PoisonError::into_inner);
            for entry in &stream.ids {
                if let Some((school, sealed)) = school_created(entry) {
                    let after_sealing = wall_clock.saturating_sub(sealed);
                    sightings.insert(school, Sighting { at, after_sealing });
                }
            }
        }
    }
    Ok(())
}

/// Since 1970.
fn wall_clock() -> Duration {
    #[expect(
        clippy::disallowed_methods,
        reason = "an instrument: the service's clock is read by the same call"
    )]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// What is read of an event.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    subject: &'a str,
    #[serde(borrow)]
    time: &'a str,
}

/// The school that an entry tells of, and when it was sealed.
fn school_created(entry: &StreamId) -> Option<(String, Duration)> {
    let text: Vec<u8> = entry.get("ce")?;
    let envelope: Envelope<'_> = serde_json::from_slice(&text).ok()?;
    let school = envelope.subject.strip_prefix("schools/")?;
    Some((school.to_owned(), since_1970(envelope.time)?))
}

/// The time of an event: RFC 3339 in UTC with milliseconds, as the contract says.
fn since_1970(text: &str) -> Option<Duration> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let millisecond = number(20, 23)?;
    if text.len() != 24 || !text.ends_with('Z') || !(1..=12).contains(&month) || year < 1970 {
        return None;
    }
    // Years begin in March, so that a leap day is the last day of one.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    // The first of January 1970 in this count.
    let days = days.checked_sub(719_468)?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some(Duration::from_millis(seconds * 1000 + millisecond))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_event_is_read() {
        let check = |text, expected: u64| {
            assert_eq!(since_1970(text), Some(Duration::from_millis(expected)), "{text}");
        };
        check("1970-01-01T00:00:00.000Z", 0);
        check("2000-02-29T12:00:00.500Z", 951_825_600_500);
        check("2024-02-29T23:59:59.999Z", 1_709_251_199_999);
        check("2024-03-01T00:00:00.000Z", 1_709_251_200_000);
        check("2026-09-01T07:30:05.250Z", 1_788_247_805_250);
        for text in [
            "",
            "2026-09-01T07:30:05Z",
            "2026-09-01T07:30:05.250+01:00",
            "2026-13-01T07:30:05.250Z",
        ] {
            assert_eq!(since_1970(text), None, "{text}");
        }
    }
}
