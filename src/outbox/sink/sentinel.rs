//! Who is the primary now: the sentinels know.
//!
//! All are asked at once, and of the answers the one with the highest configuration epoch counts, once more than half of
//! those that the URL names have answered: a sentinel that was cut off from the others goes on naming the old primary, so
//! fewer are not believed. Then the server itself has to say
//! that it is a primary. This happens whenever a connection is made, and every [`LOOK_AGAIN`] beside a connection that
//! stands, because an old primary that is cut off from the sentinels and not from us answers as ever.
//! Their message `+switch-master` is not listened to: a subscription that hears nothing looks like one that is dead.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{Client, FromRedisValue as _, RedisError, Role};

use super::SinkError;
use super::connection::{CallError, Connector, Shared, Target, unreachable};
use super::dial::Dialer;
use super::url::HostPort;

/// How often to look whether another server has become the primary.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The sentinels of one service.
pub(super) struct Sentinels {
    connectors: Vec<Connector>,
    service: String,
    /// For people.
    name: String,
    dialer: Dialer,
}

/// What a sentinel says of the service.
#[derive(Debug, PartialEq, Eq)]
struct Opinion {
    configuration_epoch: u64,
    primary: HostPort,
}

impl Sentinels {
    /// `to_sentinels` reaches them, `to_servers` whom they name.
    pub(super) fn new(
        addresses: &[HostPort],
        service: &str,
        to_sentinels: &Dialer,
        to_servers: Dialer,
        timeout: Duration,
    ) -> Result<Self, SinkError> {
        let connectors = addresses.iter().map(|address| {
            let target = Target::Fixed {
                client: to_sentinels.client(address)?,
                address: address.to_string(),
            };
            // One that hangs must leave time for the server itself.
            Ok(Connector::new(target, timeout / 2))
        });
        let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        Ok(Self {
            connectors: connectors.collect::<Result<_, SinkError>>()?,
            service: service.to_owned(),
            name: format!("{service}, by the sentinels {}", names.join(", ")),
            dialer: to_servers,
        })
    }

    /// The primary's client and address.
    pub(super) async fn primary(&self) -> Result<(Client, HostPort), SinkError> {
        let primary = self.ask().await?;
        Ok((self.dialer.client(&primary)?, primary))
    }

    /// Boxed, since connecting asks sentinels, and sentinels are connected to.
    fn ask(&self) -> BoxFuture<'_, Result<HostPort, SinkError>> {
        Box::pin(self.newest_opinion())
    }

    async fn newest_opinion(&self) -> Result<HostPort, SinkError> {
        let mut answers: FuturesUnordered<_> = self
            .connectors
            .iter()
            .map(|sentinel| self.ask_one(sentinel))
            .collect();
        let mut opinions = Vec::new();
        let mut problem = "no sentinel was asked".to_owned();
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(opinion) => opinions.push(opinion),
                Err(error) => problem = error,
            }
            if opinions.len() * 2 > self.connectors.len() {
                return newest(opinions).ok_or_else(|| unreachable(&self.name, &problem));
            }
        }
        let (answered, all) = (opinions.len(), self.connectors.len());
        let reason =
            format!("only {answered} of {all} sentinels told who is the primary; the last error: {problem}");
        Err(unreachable(&self.name, &reason))
    }

    async fn ask_one(&self, sentinel: &Connector) -> Result<Opinion, String> {
        let mut command = redis::cmd("SENTINEL");
        command.arg("MASTER").arg(&self.service);
        let answer = sentinel.call(&command).await.map_err(|error| match error {
            CallError::Answer(error) => format!("a sentinel refused: {error}"),
            CallError::Away(error) => error.to_string(),
        })?;
        let fields = BTreeMap::<String, String>::from_redis_value(answer)
            .map_err(|error| format!("a sentinel's answer cannot be read: {error}"))?;
        opinion(&fields).ok_or_else(|| "a sentinel does not tell who is the primary".to_owned())
    }
}

impl fmt::Display for Sentinels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

fn opinion(fields: &BTreeMap<String, String>) -> Option<Opinion> {
    Some(Opinion {
        configuration_epoch: fields.get("config-epoch")?.parse().ok()?,
        primary: HostPort {
            host: fields.get("ip")?.clone(),
            port: fields.get("port")?.parse().ok()?,
        },
    })
}

/// Whom the sentinel names that knows of the last failover.
fn newest(opinions: Vec<Opinion>) -> Option<HostPort> {
    let newest = opinions
        .into_iter()
        .max_by_key(|opinion| opinion.configuration_epoch);
    newest.map(|opinion| opinion.primary)
}

/// Whether the server takes itself for a primary.
pub(super) async fn is_primary(connection: &mut MultiplexedConnection) -> Result<bool, RedisError> {
    let answer = connection.req_packed_command(&redis::cmd("ROLE")).await?;
    let role = Role::from_redis_value(answer.extract_error()?)?;
    Ok(matches!(role, Role::Primary { .. }))
}

/// Drops the connection of the number `generation` when the sentinels name another primary; ends when it is dropped.
pub(super) fn watch(shared: &Arc<Shared>, primary: HostPort, generation: u64) {
    let watched: Weak<Shared> = Arc::downgrade(shared);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            let Some(shared) = watched.upgrade() else { return };
            let Target::Sentinels(sentinels) = shared.target() else {
                return;
            };
            if !shared.gives_out(generation).await {
                return;
            }
            // Sentinels that do not answer are no reason to leave a server that does.
            if let Ok(named) = sentinels.ask().await
                && named != primary
            {
                tracing::info!(from = %primary, to = %named, "the sentinels name another primary");
                return shared.drop_connection(generation).await;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opinion_needs_an_address_and_an_epoch() {
        let fields = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            pairs.collect::<BTreeMap<_, _>>()
        };
        let whole = [
            ("name", "x"),
            ("ip", "10.0.0.7"),
            ("port", "6379"),
            ("config-epoch", "3"),
        ];
        let expected = Opinion {
            configuration_epoch: 3,
            primary: HostPort {
                host: "10.0.0.7".to_owned(),
                port: 6379,
            },
        };
        assert_eq!(opinion(&fields(&whole)), Some(expected));
        assert_eq!(opinion(&fields(&whole[..3])), None);
        assert_eq!(opinion(&fields(&whole[2..])), None);
    }

    #[test]
    fn a_sentinel_that_missed_the_last_failover_is_outvoted() {
        let opinion = |configuration_epoch, port| Opinion {
            configuration_epoch,
            primary: HostPort {
                host: "10.0.0.7".to_owned(),
                port,
            },
        };
        let named = |opinions| newest(opinions).map(|primary| primary.port);
        assert_eq!(named(vec![opinion(3, 1), opinion(4, 2)]), Some(2));
        assert_eq!(named(vec![opinion(4, 2), opinion(3, 1)]), Some(2));
        assert_eq!(named(Vec::new()), None);
    }
}
