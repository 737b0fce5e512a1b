//! The broker, whichever way it is run: one server, the primary that sentinels name, or a cluster.

use redis::{Cmd, ErrorKind, FromRedisValue, ServerErrorKind, Value};
use std::time::Duration;

use super::SinkError;
use super::cluster::Cluster;
use super::connection::{CallError, Connector, Target};
use super::dial::Dialer;
use super::features::BrokerFeatures;
use super::sentinel::Sentinels;
use super::url::{BrokerUrl, Topology};

/// Answers calls about one key each.
#[derive(Clone)]
pub(super) struct Broker {
    reach: Reach,
    address: String,
}

#[derive(Clone)]
enum Reach {
    One(Connector),
    Cluster(Cluster),
}

/// What came of a script that is named by its hash.
pub(super) enum ScriptAnswer<T> {
    /// It ran.
    Ran(T),
    /// The server does not know it: it is new, or was restarted.
    Unknown,
    /// Its keys are on two nodes, because their slot is being moved. One key alone can be had.
    KeysApart(SinkError),
}

impl Broker {
    /// Reads the URL, and the files that it names; connects to nothing yet.
    pub(super) fn new(url: &str, timeout: Duration) -> Result<Self, SinkError> {
        let url = BrokerUrl::parse(url)?;
        let dialer = Dialer::to_servers(&url)?;
        let address = url.topology.to_string();
        let fixed = |client| {
            Reach::One(Connector::new(
                Target::Fixed {
                    client,
                    address: address.clone(),
                },
                timeout,
            ))
        };
        let reach = match &url.topology {
            Topology::Server(host) => fixed(dialer.client(host)?),
            Topology::Socket(path) => fixed(dialer.client_of_socket(path)?),
            Topology::Sentinel { sentinels, service } => {
                let to_sentinels = dialer.to_sentinels(&url);
                let sentinels = Sentinels::new(sentinels, service, &to_sentinels, dialer, timeout)?;
                Reach::One(Connector::new(Target::Sentinels(sentinels), timeout))
            }
            Topology::Cluster(nodes) => {
                // A certificate that cannot be used is found here, and not at the first call.
                nodes.iter().try_for_each(|node| dialer.client(node).map(drop))?;
                Reach::Cluster(Cluster::new(nodes.clone(), address.clone(), dialer, timeout))
            }
        };
        Ok(Self { reach, address })
    }

    /// Where it is, for people, without credentials.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// What it can do, once there was a connection.
    pub(super) fn features(&self) -> Option<BrokerFeatures> {
        match &self.reach {
            Reach::One(connector) => connector.features(),
            Reach::Cluster(cluster) => cluster.features(),
        }
    }

    /// Sends a command whose keys all have the slot of `key`.
    pub(super) async fn call<T: FromRedisValue>(&self, key: &str, command: &Cmd) -> Result<T, SinkError> {
        self.send(key, command).await.map_err(refused).and_then(read)
    }

    /// The same for `EVALSHA`.
    pub(super) async fn call_script<T: FromRedisValue>(
        &self,
        key: &str,
        command: &Cmd,
    ) -> Result<ScriptAnswer<T>, SinkError> {
        match self.send(key, command).await {
            Err(CallError::Answer(error)) => match error.kind() {
                ErrorKind::Server(ServerErrorKind::NoScript) => Ok(ScriptAnswer::Unknown),
                ErrorKind::Server(ServerErrorKind::TryAgain) => {
                    Ok(ScriptAnswer::KeysApart(refused(CallError::Answer(error))))
                }
                _ => Err(refused(CallError::Answer(error))),
            },
            answer => answer.map_err(refused).and_then(read).map(ScriptAnswer::Ran),
        }
    }

    /// Waits until the server that has the slot of `key` may be tried, where that is not at once. Not for long.
    pub(super) async fn until_it_may_be_tried(&self, key: &str) {
        if let Reach::Cluster(cluster) = &self.reach {
            cluster.until_it_may_be_tried(key).await;
        }
    }

    async fn send(&self, key: &str, command: &Cmd) -> Result<Value, CallError> {
        match &self.reach {
            Reach::One(connector) => connector.call(command).await,
            Reach::Cluster(cluster) => cluster.call(key, command).await,
        }
    }
}

fn read<T: FromRedisValue>(value: Value) -> Result<T, SinkError> {
    T::from_redis_value(value).map_err(|error| SinkError::Reply(error.to_string()))
}

fn refused(error: CallError) -> SinkError {
    match error {
        // It says nothing about the call: only that it came while a slot was on its way.
        CallError::Answer(error) if error.kind() == ErrorKind::Server(ServerErrorKind::TryAgain) => {
            SinkError::NodeAway {
                address: "either end of a slot's move".to_owned(),
                reason: error.to_string(),
                was_cut: false,
            }
        }
        CallError::Answer(error) => SinkError::Refused(error.to_string()),
        CallError::Away(error) => error,
    }
}
