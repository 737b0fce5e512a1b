//! A consumer of streams that notes when it could read each event.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use redis::{Connection, FromRedisValue as _, Value};

use super::broker::{connect, failed};
use crate::error::BenchError;

/// How long one read waits for entries; the consumer looks as often whether it shall end.
const BLOCK_MS: usize = 50;

/// How many entries of one stream come in one answer.
const COUNT: usize = 1000;

/// A moment, on two clocks: this process's own and the machine's, which the database reads too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Instant,
    pub(super) since_1970: Duration,
}

impl Moment {
    pub(super) fn now() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "an instrument: the database's clock is read by the same call"
        )]
        let wall_clock = SystemTime::now();
        Self {
            at: Instant::now(),
            since_1970: wall_clock.duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }
}

/// When events were seen first, by the event's id.
pub(super) type Sightings = HashMap<String, Moment>;

/// A consumer on a thread of its own.
#[derive(Debug)]
pub(super) struct Consumer {
    sightings: Arc<Mutex<Sightings>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), BenchError>>>,
}

impl Consumer {
    /// Reads these streams, each after the id that stands with it.
    pub(super) fn start(url: &str, streams: Vec<(String, String)>) -> Result<Self, BenchError> {
        let mut connection = connect(url)?;
        let sightings = Arc::new(Mutex::new(Sightings::new()));
        let ends = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (sightings, ends) = (sightings.clone(), ends.clone());
            move || follow(&mut connection, streams, &sightings, &ends)
        });
        Ok(Self {
            sightings,
            ends,
            thread: Some(thread),
        })
    }

    /// Waits until the events of `ids` have all been seen, or `patience` is at its end; whatever was seen so far.
    pub(super) fn take<'a>(
        &self,
        ids: &(impl Iterator<Item = &'a String> + Clone),
        patience: Duration,
    ) -> Sightings {
        let start = Instant::now();
        loop {
            let mut sightings = self.sightings.lock().unwrap_or_else(PoisonError::into_inner);
            let has_ended = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
            let are_there = ids.clone().all(|id| sightings.contains_key(id));
            if are_there || has_ended || start.elapsed() > patience {
                return std::mem::take(&mut *sightings);
            }
            drop(sightings);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it; an error if it could not read to its end.
    pub(super) fn stop(mut self) -> Result<(), BenchError> {
        self.ends.store(true, Ordering::Relaxed);
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) => Err(BenchError::invalid("the stream", "its consumer broke off")),
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
    }
}

/// Each stream's key and its entries in their order, as `XREAD` answers.
type Answer = Vec<(String, Vec<(String, Value)>)>;

fn follow(
    connection: &mut Connection,
    mut streams: Vec<(String, String)>,
    sightings: &Mutex<Sightings>,
    ends: &AtomicBool,
) -> Result<(), BenchError> {
    while !ends.load(Ordering::Relaxed) {
        let mut command = redis::cmd("XREAD");
        command
            .arg("COUNT")
            .arg(COUNT)
            .arg("BLOCK")
            .arg(BLOCK_MS)
            .arg("STREAMS");
        for (key, _) in &streams {
            command.arg(key);
        }
        for (_, position) in &streams {
            command.arg(position);
        }
        let answer: Option<Answer> = command.query(connection).map_err(failed)?;
        let now = Moment::now();
        let mut sightings = sightings.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, entries) in answer.unwrap_or_default() {
            if let (Some((last, _)), Some((_, position))) = (
                entries.last(),
                streams.iter_mut().find(|(known, _)| *known == key),
            ) {
                position.clone_from(last);
            }
            for (_, fields) in entries {
                if let Some(event_id) = event_id(fields) {
                    sightings.entry(event_id).or_insert(now);
                }
            }
        }
    }
    Ok(())
}

/// The value of the field `id`; of an entry without one, the `id` in the event that it holds somewhere.
fn event_id(fields: Value) -> Option<String> {
    let fields: Vec<Value> = Vec::from_redis_value(fields).ok()?;
    let is_id = |name: &Value| matches!(name, Value::BulkString(name) if name == b"id");
    if let Some(at) = fields.iter().step_by(2).position(is_id) {
        return String::from_redis_value(fields.into_iter().nth(2 * at + 1)?).ok();
    }
    fields.iter().find_map(|field| match field {
        Value::BulkString(bytes) => id_inside(&String::from_utf8_lossy(bytes)),
        _ => None,
    })
}

fn id_inside(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("\"id\":")?;
    rest.split('"').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_known_by_its_field_id_wherever_that_stands() {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let fields = |texts: &[&str]| Value::Array(texts.iter().map(|item| text(item)).collect());
        let id = |texts: &[&str]| event_id(fields(texts));
        assert_eq!(id(&["ce", "{}", "id", "7", "type", "x"]), Some("7".to_owned()));
        assert_eq!(id(&["id", "7"]), Some("7".to_owned()));
        assert_eq!(id(&["ce", "id"]), None);
        assert_eq!(
            id(&["data", r#"{"a":1,"id": "7","b":"c"}"#]),
            Some("7".to_owned())
        );
    }
}
