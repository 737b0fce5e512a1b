//! The two ways of writing a value down.
//!
//! PostgreSQL has types for UUIDs, times and JSON; on SQLite the same are texts, so that a person can read them with any
//! tool. sea-orm's entities bind a UUID to SQLite as 16 bytes and a time with a varying number of digits, and a
//! value does not know its backend when it is made; so statements are written out and their values made here.

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{DbBackend, QueryResult, Statement, TryGetable, Value};
use uuid::Uuid;

use super::StoreError;

/// Which database's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

impl Dialect {
    pub(super) fn backend(self) -> DbBackend {
        match self {
            Self::Postgres => DbBackend::Postgres,
            Self::Sqlite => DbBackend::Sqlite,
        }
    }

    pub(super) fn statement(self, sql: impl Into<String>, values: Vec<Value>) -> Statement {
        Statement::from_sql_and_values(self.backend(), sql, values)
    }

    pub(super) fn uuid(self, id: impl Into<Option<Uuid>>) -> Value {
        let id = id.into();
        match self {
            Self::Postgres => Value::Uuid(id),
            Self::Sqlite => Value::String(id.map(|id| id.hyphenated().to_string())),
        }
    }

    /// RFC 3339 in UTC with exactly six digits after the second: such texts sort as the times do.
    pub(super) fn timestamp(self, time: DateTime<Utc>) -> Value {
        match self {
            Self::Postgres => Value::ChronoDateTimeUtc(Some(time)),
            Self::Sqlite => Value::String(Some(time.to_rfc3339_opts(SecondsFormat::Micros, true))),
        }
    }

    pub(super) fn json(self, json: Option<serde_json::Value>) -> Value {
        match self {
            Self::Postgres => Value::Json(json.map(Box::new)),
            Self::Sqlite => Value::String(json.map(|json| json.to_string())),
        }
    }

    pub(super) fn row(self, result: &QueryResult) -> Row<'_> {
        Row {
            dialect: self,
            result,
        }
    }
}

/// A row that is read in its dialect. Every method takes the column's name.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    dialect: Dialect,
    result: &'a QueryResult,
}

impl Row<'_> {
    pub(super) fn get<T: TryGetable>(self, column: &str) -> Result<T, StoreError> {
        Ok(self.result.try_get("", column)?)
    }

    pub(super) fn uuid(self, column: &str) -> Result<Uuid, StoreError> {
        match self.dialect {
            Dialect::Postgres => self.get(column),
            Dialect::Sqlite => {
                let text: String = self.get(column)?;
                Uuid::try_parse(&text).map_err(|error| corrupt(column, &error))
            }
        }
    }

    pub(super) fn optional_uuid(self, column: &str) -> Result<Option<Uuid>, StoreError> {
        match self.dialect {
            Dialect::Postgres => self.get(column),
            Dialect::Sqlite => {
                let text: Option<String> = self.get(column)?;
                text.map(|text| Uuid::try_parse(&text))
                    .transpose()
                    .map_err(|error| corrupt(column, &error))
            }
        }
    }

    pub(super) fn timestamp(self, column: &str) -> Result<DateTime<Utc>, StoreError> {
        match self.dialect {
            Dialect::Postgres => self.get(column),
            Dialect::Sqlite => {
                let text: String = self.get(column)?;
                let time = DateTime::parse_from_rfc3339(&text).map_err(|error| corrupt(column, &error))?;
                Ok(time.with_timezone(&Utc))
            }
        }
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(self, column: &str) -> Result<Option<T>, StoreError> {
        let value: Option<serde_json::Value> = match self.dialect {
            Dialect::Postgres => self.get(column)?,
            Dialect::Sqlite => {
                let text: Option<String> = self.get(column)?;
                text.map(|text| serde_json::from_str(&text))
                    .transpose()
                    .map_err(|error| corrupt(column, &error))?
            }
        };
        value
            .map(serde_json::from_value)
            .transpose()
            .map_err(|error| corrupt(column, &error))
    }
}

/// A stored value that this program could not have written.
pub(super) fn corrupt(column: &str, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::internal(format!(
        "column {column} holds a value that was never written by this program: {error}"
    ))
}

/// A statement whose parameters are numbered as they are bound.
pub(super) struct Parameters {
    values: Vec<Value>,
}

impl Parameters {
    pub(super) fn new() -> Self {
        Self { values: Vec::new() }
    }

    /// Adds a value and returns its placeholder.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    pub(super) fn into_values(self) -> Vec<Value> {
        self.values
    }
}
