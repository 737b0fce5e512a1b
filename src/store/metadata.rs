//! Facts of the instance, read once when the store opens.

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use uuid::Uuid;

use super::StoreError;
use super::dialect::{Dialect, corrupt};

/// Facts of the instance. It has no `Debug`: it holds a key.
#[derive(Clone)]
pub struct ServiceMetadata {
    /// How many partitions the event log has.
    pub partition_count: u16,
    /// The key that signs cursors, shared by all processes of the instance.
    pub cursor_key: Vec<u8>,
    /// The id of the instance.
    pub instance_id: Uuid,
    /// The `source` attribute of the instance's CloudEvents.
    pub source: String,
}

pub(super) async fn read_metadata(
    connection: &DatabaseConnection,
    dialect: Dialect,
) -> Result<ServiceMetadata, StoreError> {
    let rows = connection
        .query_all_raw(dialect.statement("SELECT key, value FROM service_metadata", Vec::new()))
        .await?;
    let mut pairs = std::collections::BTreeMap::new();
    for row in &rows {
        let row = dialect.row(row);
        pairs.insert(row.get::<String>("key")?, row.get::<String>("value")?);
    }
    let mut take = |key: &str| {
        pairs
            .remove(key)
            .ok_or_else(|| StoreError::internal(format!("service_metadata has no {key}")))
    };
    Ok(ServiceMetadata {
        partition_count: take("partition_count")?
            .parse()
            .map_err(|error| corrupt("value", &error))?,
        cursor_key: bytes_of(&take("cursor_key")?)?,
        instance_id: Uuid::try_parse(&take("instance_id")?).map_err(|error| corrupt("value", &error))?,
        source: take("source")?,
    })
}

fn bytes_of(hexadecimal: &str) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::with_capacity(hexadecimal.len() / 2);
    let mut start = 0;
    while start < hexadecimal.len() {
        let pair = hexadecimal.get(start..start + 2).unwrap_or("?");
        bytes.push(u8::from_str_radix(pair, 16).map_err(|error| corrupt("value", &error))?);
        start += 2;
    }
    Ok(bytes)
}
