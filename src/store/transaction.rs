//! A transaction that is inside one tenant from its first statement on.

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, QueryResult, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait as _, Value, sqlx,
};

use super::StoreError;
use super::dialect::Dialect;
use super::error::database_code;
use super::measure::FAILED;
use super::pools::Pools;
use crate::telemetry::Span;
use crate::telemetry::metrics::{DatabaseMetrics, operation_name};
use crate::telemetry::trace::database::statement;
use crate::tenancy::TenantContext;

/// How long the database may take for one statement. It ends its own waits before that; this is for a database that stands
/// still, or a network that swallows what is sent: nobody would ever answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(11);

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

impl Access {
    fn connection(self, pools: &Pools) -> &DatabaseConnection {
        match self {
            Self::Read => &pools.reader,
            Self::Write => &pools.writer,
        }
    }
}

/// A transaction and the tenant that it is inside. Dropping it rolls back.
pub(super) struct ScopedTransaction {
    inner: DatabaseTransaction,
    dialect: Dialect,
    context: TenantContext,
    metrics: DatabaseMetrics,
}

impl ScopedTransaction {
    pub(super) async fn begin(
        pools: &Pools,
        context: TenantContext,
        access: Access,
    ) -> Result<Self, StoreError> {
        // A write takes SQLite's lock at once: one that reads first and then writes can be refused without waiting.
        let sqlite_transaction_mode = Some(match access {
            Access::Read => SqliteTransactionMode::Deferred,
            Access::Write => SqliteTransactionMode::Immediate,
        });
        let connection = access.connection(pools);
        let (dialect, metrics) = (pools.dialect, pools.metrics.clone());
        let options = TransactionOptions {
            sqlite_transaction_mode,
            ..TransactionOptions::default()
        };
        let beginning = begin_surely(connection, options);
        let transaction = Self {
            inner: measured(&metrics, dialect, "BEGIN", beginning).await?,
            dialect,
            context,
            metrics,
        };
        transaction.set_scope(access).await?;
        Ok(transaction)
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn context(&self) -> TenantContext {
        self.context
    }

    /// The tenant as a value, for the predicate that every statement carries.
    pub(super) fn tenant(&self) -> Value {
        self.dialect.uuid(self.context.tenant_id().0)
    }

    /// Leaves the tenant for another.
    pub(super) async fn enter(&mut self, context: TenantContext) -> Result<(), StoreError> {
        if self.context != context {
            self.context = context;
            self.set_scope(Access::Write).await?;
        }
        Ok(())
    }

    async fn set_scope(&self, access: Access) -> Result<(), StoreError> {
        if self.dialect != Dialect::Postgres {
            return Ok(());
        }
        // One round trip in either case; what is set ends with the transaction.
        let tenant = self.context.tenant_id().0.hyphenated().to_string();
        match access {
            // All statements of a read see the same state. The level can only be set before the first query, which the call of
            // `set_config` would be already; so these are commands, which take no values. A UUID needs no quoting.
            Access::Read => {
                let sql = format!(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL app.tenant_id = '{tenant}'"
                );
                let setting = self.inner.execute_unprepared(&sql);
                measured(&self.metrics, self.dialect, &sql, setting).await?;
            }
            Access::Write => {
                let sql = "SELECT set_config('app.tenant_id', $1, true)";
                self.execute(sql, vec![tenant.into()]).await?;
            }
        }
        Ok(())
    }

    /// Runs a statement; how many rows it touched.
    pub(super) async fn execute(
        &self,
        sql: impl Into<String>,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        Ok(self.try_execute(sql, values).await?)
    }

    /// As [`Self::execute`], for a caller who looks at the database's own error.
    pub(super) async fn try_execute(&self, sql: impl Into<String>, values: Vec<Value>) -> Result<u64, DbErr> {
        let sql = sql.into();
        let span = statement(&sql);
        let statement = self.dialect.statement(sql, values);
        Ok(in_time(span, self.inner.execute_raw(statement))
            .await?
            .rows_affected())
    }

    pub(super) async fn one(
        &self,
        sql: impl Into<String>,
        values: Vec<Value>,
    ) -> Result<Option<QueryResult>, StoreError> {
        let sql = sql.into();
        let span = statement(&sql);
        let statement = self.dialect.statement(sql, values);
        Ok(in_time(span, self.inner.query_one_raw(statement)).await?)
    }

    pub(super) async fn all(
        &self,
        sql: impl Into<String>,
        values: Vec<Value>,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let sql = sql.into();
        let span = statement(&sql);
        let statement = self.dialect.statement(sql, values);
        Ok(in_time(span, self.inner.query_all_raw(statement)).await?)
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        Ok(measured(&self.metrics, self.dialect, "COMMIT", self.inner.commit()).await?)
    }

    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        Ok(measured(&self.metrics, self.dialect, "ROLLBACK", self.inner.rollback()).await?)
    }
}

/// The database's answer to `sql`, in a span of its own and with the time that it took: what is no statement with values is not
/// measured by its pool.
async fn measured<T>(
    metrics: &DatabaseMetrics,
    dialect: Dialect,
    sql: &str,
    answer: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let started = Instant::now();
    let answer = in_time(statement(sql), answer).await;
    let error = answer.is_err().then_some(FAILED);
    metrics.called(
        dialect.system_name(),
        operation_name(sql),
        error,
        started.elapsed(),
    );
    answer
}

/// Begins a transaction, whether or not its caller waits for that.
///
/// A driver's BEGIN that is given up before its answer is forgotten by the driver and not by the database: the connection would go back
/// into its pool inside a transaction that nobody ends, and a statement that is sent alone there later would be answered and never
/// committed. So it runs on a task of its own; whoever has gone away leaves it a transaction that is ended as any other that is dropped.
pub(super) async fn begin_surely(
    connection: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, DbErr> {
    let connection = connection.clone();
    tokio::spawn(async move { connection.begin_with_options(options).await })
        .await
        .unwrap_or_else(|panic| Err(DbErr::Custom(panic.to_string())))
}

/// Runs a statement that is a transaction of its own, and enters the tenants that it is about by itself.
pub(super) async fn run_alone(
    pools: &Pools,
    access: Access,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    let answer = access
        .connection(pools)
        .query_all_raw(pools.dialect.statement(sql, values));
    in_time(statement(sql), answer).await
}

/// The database's answer, or an error of the connection where none comes in time. Whether what was asked for has happened is
/// not known then, as with any answer that got lost.
async fn in_time<T>(mut span: Span, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let answer = tokio::time::timeout(ANSWER_TIMEOUT, answer)
        .await
        .unwrap_or_else(|_| {
            let error = sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
            Err(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
        });
    if let Err(error) = &answer {
        span.refused(database_code(error), "connection");
    }
    answer
}
