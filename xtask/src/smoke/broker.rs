//! The event in its stream.

use std::thread::sleep;
use std::time::{Duration, Instant};

use redis::{Client, Connection, RedisResult, cmd};
use serde_json::Value;

use super::{Fault, Smoke};
use crate::error::TaskError;

/// Which keys are streams of the roster.
const STREAMS: &str = "lms.roster.v1:{*}";
/// The promise is five seconds for 95 % of events; twice that is a fault.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the streams are looked at.
const PAUSE: Duration = Duration::from_millis(100);

/// A client of the Redis at this URL; nothing is asked of it yet.
pub(super) fn client(url: &str) -> Result<Client, TaskError> {
    // Neither the URL nor redis' own message is repeated: a password may be in them.
    let message = "--redis: it is no URL such as redis://127.0.0.1:6379";
    Client::open(url).map_err(|_| TaskError::Argument(message.to_owned()))
}

impl Smoke<'_> {
    /// Looks for an event of the feed in the streams.
    pub(super) fn broker(&mut self, event: &Value) {
        let Some(client) = &self.broker else {
            return;
        };
        let advice = "see RollcallEventsWait in docs/OPERATIONS.md; is it the Redis of this service?";
        self.report.check(
            "its event is in its stream, the same",
            advice,
            find(client, event),
        );
    }
}

fn find(client: &Client, event: &Value) -> Result<(), Fault> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let (id, sequence) = (text("id"), text("sequence"));
    let expected = || format!("event {id} as entry {sequence}-0 of a stream");
    let failed = |error: redis::RedisError| Fault {
        expected: expected(),
        got: error.to_string(),
    };
    let mut connection = client.get_connection_with_timeout(PATIENCE).map_err(failed)?;
    connection.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    let start = Instant::now();
    loop {
        for fields in entries(&mut connection, sequence).map_err(failed)? {
            let field = |name: &str| {
                fields
                    .iter()
                    .find(|(found, _)| found == name)
                    .map(|(_, value)| value.as_str())
            };
            if field("id") != Some(id) {
                continue;
            }
            let envelope: Value = field("ce")
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            if envelope == *event {
                return Ok(());
            }
            return Err(Fault {
                expected: event.to_string(),
                got: envelope.to_string(),
            });
        }
        if start.elapsed() > PATIENCE {
            return Err(Fault {
                expected: expected(),
                got: format!("none within {} s", PATIENCE.as_secs()),
            });
        }
        sleep(PAUSE);
    }
}

/// The entries with this number, of whatever stream: which partition a tenant belongs to is not told over HTTP.
fn entries(connection: &mut Connection, sequence: &str) -> RedisResult<Vec<Vec<(String, String)>>> {
    let keys: Vec<String> = cmd("SCAN")
        .cursor_arg(0)
        .arg("MATCH")
        .arg(STREAMS)
        .arg("COUNT")
        .arg(1000)
        .clone()
        .iter::<String>(connection)?
        .collect::<RedisResult<_>>()?;
    let mut found = Vec::new();
    for key in keys {
        let entry = format!("{sequence}-0");
        let entries: Vec<(String, Vec<(String, String)>)> = cmd("XRANGE")
            .arg(&key)
            .arg(&entry)
            .arg(&entry)
            .query(connection)?;
        found.extend(entries.into_iter().map(|(_, fields)| fields));
    }
    Ok(found)
}
