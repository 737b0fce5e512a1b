//! One connection outside every pool, so that what is wrong is said at once and by name.
//!
//! A pool tries again while a server refuses it, or while its session cannot be set up, and after a while says that it timed out.
//! That is right while serving and useless at start.

use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{self, Connection as _, PgConnection, SqliteConnection};

use super::StoreError;
use super::settings::{DatabaseSettings, Location};

/// The roles that connections drop to.
pub(super) const SERVICE_ROLES: [&str; 3] = ["rollcall_app", "rollcall_relay", "rollcall_housekeeper"];

/// SQLite's code for a file that another connection has locked.
const SQLITE_BUSY: &str = "5";
const SQLITE_RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Connects once, and becomes each of `roles` once.
pub(super) async fn probe(settings: &DatabaseSettings, roles: &[&'static str]) -> Result<(), StoreError> {
    let attempt = async {
        match settings.location()? {
            Location::Postgres(options) => probe_postgres(&options, roles).await,
            Location::Sqlite(options) => probe_sqlite(&options).await,
        }
    };
    match tokio::time::timeout(settings.acquire_timeout, attempt).await {
        Ok(result) => result,
        Err(_) => Err(StoreError::unavailable(format!(
            "the database did not answer within {} ms",
            settings.acquire_timeout.as_millis()
        ))),
    }
}

/// Opens the file, which turns its write-ahead log on. SQLite does not wait for that as it does for other locks: of several
/// processes that open a new file at once all but one are told that it is locked, and each tries again.
async fn probe_sqlite(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    loop {
        match SqliteConnection::connect_with(options).await {
            Ok(connection) => return Ok(connection.close().await?),
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(SQLITE_BUSY) => {
                tokio::time::sleep(SQLITE_RETRY_PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn probe_postgres(options: &PgConnectOptions, roles: &[&'static str]) -> Result<(), StoreError> {
    let mut connection = PgConnection::connect_with(options).await?;
    for &role in roles {
        let statements = format!("SET ROLE {role}; RESET ROLE");
        let outcome = sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
            .execute(&mut connection)
            .await;
        match outcome {
            Ok(_) => {}
            Err(sqlx::Error::Database(error)) => {
                let (user, reason) = (options.get_username().to_owned(), error.message().to_owned());
                return Err(StoreError::RoleOutOfReach { user, role, reason });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(connection.close().await?)
}
