//! Calls to the database.

use std::time::Duration;

use opentelemetry::metrics::{Histogram, Meter};
use opentelemetry::{Key, KeyValue};

use super::instruments::histogram;
use super::silent;
use crate::telemetry::catalogue;

const SYSTEM: Key = Key::from_static_str("db.system.name");
const OPERATION: Key = Key::from_static_str("db.operation.name");
const ERROR: Key = Key::from_static_str("error.type");

/// The words that a statement of this service begins with.
const OPERATIONS: [&str; 10] = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SET", "PRAGMA", "BEGIN", "COMMIT", "ROLLBACK",
];
/// A statement that begins with another.
const OTHER_OPERATION: &str = "_OTHER";

/// Measures calls to the database.
#[derive(Clone, Debug)]
pub struct DatabaseMetrics {
    duration: Histogram<f64>,
}

impl DatabaseMetrics {
    pub(super) fn new(meter: &Meter) -> Self {
        let duration = histogram(meter, &catalogue::DB_CLIENT_OPERATION_DURATION);
        Self { duration }
    }

    /// The database `system` (`postgresql`, `sqlite`) took so long for `operation`; `error` is what kind of error came of it.
    pub fn called(
        &self,
        system: &'static str,
        operation: &'static str,
        error: Option<&'static str>,
        took: Duration,
    ) {
        let seconds = took.as_secs_f64();
        let system = KeyValue::new(SYSTEM, system);
        let operation = KeyValue::new(OPERATION, operation);
        match error {
            None => self.duration.record(seconds, &[system, operation]),
            Some(error) => self
                .duration
                .record(seconds, &[system, operation, KeyValue::new(ERROR, error)]),
        }
    }
}

impl Default for DatabaseMetrics {
    fn default() -> Self {
        Self::new(&silent())
    }
}

/// What a statement counts as: the word that it begins with, one of a few.
#[must_use]
pub fn operation_name(sql: &str) -> &'static str {
    let sql = sql.trim_start();
    let length = sql
        .find(|character: char| !character.is_ascii_alphabetic())
        .unwrap_or(sql.len());
    let word = sql.get(..length).unwrap_or_default();
    OPERATIONS
        .into_iter()
        .find(|operation| operation.eq_ignore_ascii_case(word))
        .unwrap_or(OTHER_OPERATION)
}
