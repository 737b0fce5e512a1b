//! Idempotency records: claiming a key, and storing the answer that it stands for.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use sea_orm::Value;

use super::StoreError;
use super::dialect::{Row, corrupt};
use super::error::database_code;
use super::transaction::ScopedTransaction;
use super::unit::{Unit, UnitEnding};
use crate::idempotency::{Claim, IdempotencyKey, StoredResponse};

/// How often a claim is tried whose obstacle was gone when it was looked at: purged, or replaced and rolled back.
const CLAIM_ATTEMPTS_MAX: u32 = 5;

/// SQLSTATE of a lock that was not to be had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

pub(super) async fn claim(
    transaction: &ScopedTransaction,
    key: &IdempotencyKey,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Claim, StoreError> {
    for _ in 0..CLAIM_ATTEMPTS_MAX {
        match attempt(transaction, key, expires_at, now).await {
            Ok(Some(claim)) => return Ok(claim),
            Ok(None) => {}
            Err(ClaimError::Held) => return Ok(Claim::InFlight),
            Err(ClaimError::Store(error)) => return Err(error),
        }
    }
    Err(StoreError::unavailable(
        "an idempotency record changed on every look at it",
    ))
}

/// Why an attempt ended early.
enum ClaimError {
    /// Another transaction held the key for longer than a lock is waited for. This one is spent.
    Held,
    Store(StoreError),
}

impl From<StoreError> for ClaimError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// One look at the key; nothing where the record changed between two statements.
async fn attempt(
    transaction: &ScopedTransaction,
    key: &IdempotencyKey,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Claim>, ClaimError> {
    let dialect = transaction.dialect();
    let values = || -> Vec<Value> {
        vec![
            transaction.tenant(),
            key.key.as_str().into(),
            key.operation.into(),
            key.fingerprint.to_vec().into(),
            dialect.timestamp(now),
            dialect.timestamp(expires_at),
        ]
    };
    // Waits for a transaction that inserted the same key and has not ended; if that one rolls back, the key is ours.
    let insert = "INSERT INTO idempotency_records
                      (tenant_id, idempotency_key, operation, fingerprint, created_at, expires_at)
                  VALUES ($1, $2, $3, $4, $5, $6)
                  ON CONFLICT (tenant_id, idempotency_key) DO NOTHING";
    if write(transaction, insert, values()).await? == 1 {
        return Ok(Some(Claim::Claimed));
    }
    let row = transaction
        .one(
            "SELECT operation, fingerprint, response_status, response_headers, response_body, expires_at
             FROM idempotency_records WHERE tenant_id = $1 AND idempotency_key = $2",
            vec![transaction.tenant(), key.key.as_str().into()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let row = dialect.row(&row);
    if row.timestamp("expires_at")? > now {
        return Ok(Some(judge(row, key)?));
    }
    // Of several that find the same expired record only the first still sees it expired here.
    let replace = "UPDATE idempotency_records
                   SET operation = $3, fingerprint = $4, created_at = $5, expires_at = $6,
                       response_status = NULL, response_headers = NULL, response_body = NULL
                   WHERE tenant_id = $1 AND idempotency_key = $2 AND expires_at <= $5";
    Ok((write(transaction, replace, values()).await? == 1).then_some(Claim::Claimed))
}

async fn write(transaction: &ScopedTransaction, sql: &str, values: Vec<Value>) -> Result<u64, ClaimError> {
    transaction.try_execute(sql, values).await.map_err(|error| {
        if database_code(&error).as_deref() == Some(LOCK_NOT_AVAILABLE) {
            ClaimError::Held
        } else {
            ClaimError::Store(error.into())
        }
    })
}

/// What the record of a key that was there already makes of a unit. One that expired is looked at again step by step.
pub(super) fn known(row: Row<'_>, unit: &Unit) -> Result<UnitEnding, StoreError> {
    match &unit.claim {
        Some((key, _)) if row.timestamp("expires_at")? > unit.completion.now => {
            Ok(judge(row, key).map_or(UnitEnding::Broken, UnitEnding::Known))
        }
        _ => Ok(UnitEnding::Broken),
    }
}

/// What a committed record that has not expired says of a request.
fn judge(row: Row<'_>, key: &IdempotencyKey) -> Result<Claim, StoreError> {
    let same_request = row.get::<Vec<u8>>("fingerprint")? == key.fingerprint
        && row.get::<String>("operation")? == key.operation;
    if !same_request {
        return Ok(Claim::Reused);
    }
    let status: Option<i32> = row.get("response_status")?;
    let headers: Option<Vec<(String, String)>> = row.json("response_headers")?;
    let body: Option<Vec<u8>> = row.get("response_body")?;
    match (status, headers, body) {
        (Some(status), Some(headers), Some(body)) => Ok(Claim::Done(StoredResponse {
            status: u16::try_from(status).map_err(|error| corrupt("response_status", &error))?,
            headers,
            body: Bytes::from(body),
        })),
        _ => Err(StoreError::internal(
            "an idempotency record was committed without its answer",
        )),
    }
}

/// The values of an answer: status, headers, body.
pub(super) fn response_values(
    transaction: &ScopedTransaction,
    response: &StoredResponse,
) -> Result<[Value; 3], StoreError> {
    let headers =
        serde_json::to_value(&response.headers).map_err(|error| StoreError::internal(error.to_string()))?;
    Ok([
        i32::from(response.status).into(),
        transaction.dialect().json(Some(headers)),
        response.body.to_vec().into(),
    ])
}

/// Stores the answer of a key that this transaction claimed under the tenant that it is inside.
pub(super) async fn store_response(
    transaction: &ScopedTransaction,
    key: &str,
    response: &StoredResponse,
) -> Result<(), StoreError> {
    let [status, headers, body] = response_values(transaction, response)?;
    let updated = transaction
        .execute(
            "UPDATE idempotency_records SET response_status = $3, response_headers = $4, response_body = $5
             WHERE tenant_id = $1 AND idempotency_key = $2",
            vec![transaction.tenant(), key.into(), status, headers, body],
        )
        .await?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::internal("the claimed idempotency record is gone"))
    }
}
