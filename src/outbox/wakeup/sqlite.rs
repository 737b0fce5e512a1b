//! Processes over one SQLite file see each other's commits by looking at it.
//!
//! `PRAGMA data_version` gives another number after any other connection changed the file. That is read from shared memory,
//! so it may be asked often while there is something to see, and seldom while there is not. What moved, the heads of the
//! partitions then tell.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{self, Connection as _, Row as _, SqliteConnection};

use super::{Wakeup, WakeupPath, WakeupSettings};
use crate::tenancy::Partition;

/// How many looks in vain it takes until the file counts as at rest; from then on each pause is twice the one before.
const BUSY_LOOKS: u32 = 50;

pub(super) async fn run(options: SqliteConnectOptions, wakeup: Wakeup, settings: WakeupSettings) {
    let options = options.pragma("query_only", "ON");
    loop {
        let Err(error) = watch(&options, &wakeup, settings).await;
        tracing::debug!(%error, "the database's file cannot be looked at; trying again");
        wakeup.set_path(WakeupPath::Poll);
        tokio::time::sleep(settings.reconnect_max).await;
    }
}

async fn watch(
    options: &SqliteConnectOptions,
    wakeup: &Wakeup,
    settings: WakeupSettings,
) -> Result<std::convert::Infallible, sqlx::Error> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    let mut version = data_version(&mut connection).await?;
    // The version first: what is committed between the two is seen by the next look.
    let mut heads = heads(&mut connection).await?;
    wakeup.may_have_missed();
    wakeup.set_path(WakeupPath::Signal);
    let mut rest = Rest::new(settings);
    loop {
        tokio::time::sleep(rest.pause()).await;
        let now = data_version(&mut connection).await?;
        if std::mem::replace(&mut version, now) == now {
            rest.nothing_seen();
            continue;
        }
        rest.something_seen();
        for (partition, head) in self::heads(&mut connection).await? {
            if heads.insert(partition, head) != Some(head) {
                wakeup.heard(partition);
            }
        }
    }
}

async fn data_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA data_version")
        .fetch_one(connection)
        .await
}

async fn heads(connection: &mut SqliteConnection) -> Result<BTreeMap<Partition, i64>, sqlx::Error> {
    let rows = sqlx::query(r#"SELECT "partition", seq FROM event_partition_heads"#)
        .fetch_all(connection)
        .await?;
    let mut heads = BTreeMap::new();
    for row in rows {
        if let Ok(partition) = u16::try_from(row.try_get::<i64, _>(0)?) {
            heads.insert(Partition(partition), row.try_get(1)?);
        }
    }
    Ok(heads)
}

/// How long to wait until the next look.
struct Rest {
    settings: WakeupSettings,
    in_vain: u32,
}

impl Rest {
    fn new(settings: WakeupSettings) -> Self {
        Self { settings, in_vain: 0 }
    }

    fn something_seen(&mut self) {
        self.in_vain = 0;
    }

    fn nothing_seen(&mut self) {
        self.in_vain = self.in_vain.saturating_add(1);
    }

    fn pause(&self) -> Duration {
        let doublings = self.in_vain.saturating_sub(BUSY_LOOKS).min(16);
        (self.settings.look_busy * (1 << doublings)).min(self.settings.look_idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_frequent_while_it_moves_and_become_rare() {
        let settings = WakeupSettings::default();
        let mut rest = Rest::new(settings);
        for _ in 0..BUSY_LOOKS {
            assert_eq!(rest.pause(), settings.look_busy);
            rest.nothing_seen();
        }
        let mut before = rest.pause();
        while before < settings.look_idle {
            rest.nothing_seen();
            assert!(rest.pause() == before * 2 || rest.pause() == settings.look_idle);
            before = rest.pause();
        }
        rest.nothing_seen();
        assert_eq!(rest.pause(), settings.look_idle);
        rest.something_seen();
        assert_eq!(rest.pause(), settings.look_busy);
    }
}
