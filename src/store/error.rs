//! What can go wrong between the service and its database.

use rollcall_migrations::SchemaState;
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// What a log may read and a client may not: it has no `Display`, so that it cannot slip into an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalDetail(String);

impl InternalDetail {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for a log or an operator's terminal.
    #[must_use]
    pub fn for_log(&self) -> &str {
        &self.0
    }
}

/// Why the store did not do what it was asked.
///
/// The first and the last kind happen while serving; the others only at start, to an operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database is away, overloaded, full or gave the transaction up. The same request may succeed later.
    #[error("the database is not available")]
    Unavailable {
        /// What the database or the pool said.
        detail: InternalDetail,
    },
    /// The database was migrated by a newer program, which this one must not write to.
    #[error("the database schema is newer than this program, which does not know {}", unknown.join(", "))]
    NewerSchema {
        /// The steps that this program does not know.
        unknown: Vec<String>,
    },
    /// The database needs a migration that this process is not to run.
    #[error("the database schema lacks {}; run `rollcall migrate`", pending.join(", "))]
    OlderSchema {
        /// The steps that are missing.
        pending: Vec<String>,
    },
    /// The database was never migrated, and this process is not to do it.
    #[error("the database is empty; run `rollcall migrate`")]
    EmptySchema,
    /// A migration did not go through; nothing of it is left.
    #[error("the migration failed: {reason}")]
    MigrationFailed {
        /// What the database said.
        reason: String,
    },
    /// The user of the database URL may not act as a role of the service.
    #[error(
        "the database user {user} may not act as the role {role} ({reason}); let an administrator run: \
         GRANT rollcall_app, rollcall_relay, rollcall_housekeeper TO {user};"
    )]
    RoleOutOfReach {
        /// The user of the database URL.
        user: String,
        /// The role of the service.
        role: &'static str,
        /// What the database said.
        reason: String,
    },
    /// The database does not keep tenants apart as it must.
    #[error("this database does not isolate tenants: {}", findings.join("; "))]
    IsolationBroken {
        /// Each thing that is wrong.
        findings: Vec<String>,
    },
    /// The settings do not describe a database that Rollcall can use.
    #[error("invalid database settings: {reason}")]
    InvalidSettings {
        /// What is wrong with them.
        reason: String,
    },
    /// A stored value is none that this program could have written, or a statement was refused: a defect.
    #[error("the store failed")]
    Internal {
        /// What happened.
        detail: InternalDetail,
    },
}

impl StoreError {
    pub(super) fn internal(detail: impl Into<String>) -> Self {
        Self::Internal {
            detail: InternalDetail::new(detail),
        }
    }

    pub(super) fn unavailable(detail: impl Into<String>) -> Self {
        Self::Unavailable {
            detail: InternalDetail::new(detail),
        }
    }

    /// The part that only a log may read, where there is one.
    #[must_use]
    pub fn detail(&self) -> Option<&InternalDetail> {
        match self {
            Self::Unavailable { detail } | Self::Internal { detail } => Some(detail),
            _ => None,
        }
    }

    /// The refusal that a schema state stands for when nothing may be migrated.
    pub(super) fn of_schema(state: SchemaState) -> Option<Self> {
        match state {
            SchemaState::Current => None,
            SchemaState::Empty => Some(Self::EmptySchema),
            SchemaState::Older { pending } => Some(Self::OlderSchema { pending }),
            SchemaState::Newer { unknown } => Some(Self::NewerSchema { unknown }),
        }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let passing = match &error {
            DbErr::ConnectionAcquire(_) => true,
            DbErr::Conn(RuntimeErr::SqlxError(source))
            | DbErr::Exec(RuntimeErr::SqlxError(source))
            | DbErr::Query(RuntimeErr::SqlxError(source)) => is_passing(source),
            _ => false,
        };
        if passing {
            Self::unavailable(error.to_string())
        } else {
            Self::internal(error.to_string())
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_passing(&error) {
            Self::unavailable(error.to_string())
        } else {
            Self::internal(error.to_string())
        }
    }
}

/// The database's code for an error: an SQLSTATE, or SQLite's extended result code in decimal.
pub(super) fn database_code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(source))
        | DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source)) => source
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .map(std::borrow::Cow::into_owned),
        _ => None,
    }
}

/// Whether the database undid a statement for what it holds or for a lock that somebody else has, so that another one may go through
/// now. Where the connection broke, nobody knows what became of it.
pub(super) fn blames_the_statement(error: &DbErr) -> bool {
    // No lock in time, deadlock, serialization failure.
    database_code(error)
        .is_some_and(|code| matches!(code.as_str(), "55P03" | "40P01" | "40001") || !is_passing_code(&code))
}

/// Whether an error says nothing about the request: it may succeed when it is sent again.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database.code().is_some_and(|code| is_passing_code(&code)),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

fn is_passing_code(code: &str) -> bool {
    // An SQLSTATE has five characters; SQLite's extended codes have at most four digits.
    if code.len() == 5 {
        let class = code.get(..2).unwrap_or_default();
        // Connection, authorisation at connect, resources (disk full, too many connections), intervention, system.
        return matches!(class, "08" | "28" | "53" | "57" | "58")
            || matches!(
                code,
                "40001" // serialization failure
                | "40P01" // deadlock
                | "55P03" // lock timeout
                | "25006" // read-only: a standby after failover
                | "25P03" // idle in transaction too long
                | "3D000" // no such database: not there yet
            );
    }
    // The primary code is the low byte (https://www.sqlite.org/rescode.html): BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN.
    code.parse::<u32>()
        .is_ok_and(|number| matches!(number & 0xff, 5 | 6 | 7 | 8 | 10 | 13 | 14))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_pass_are_told_from_defects() {
        let passing = [
            "08006", "53100", "53300", "57P01", "57014", "40001", "40P01", "55P03", "5", "517", "13", "2570",
        ];
        let defects = ["23505", "42P01", "42501", "22P02", "1", "19", "2067", "11"];
        assert!(passing.iter().all(|code| is_passing_code(code)));
        assert!(!defects.iter().any(|code| is_passing_code(code)));
    }

    #[test]
    fn what_a_client_may_read_holds_no_detail() {
        let error = StoreError::internal("select secret from table");
        assert_eq!(error.to_string(), "the store failed");
    }
}
