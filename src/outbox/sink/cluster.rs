//! A Redis Cluster: which node has which partition, and a connection to each.
//!
//! redis-rs has a `ClusterConnection`, but it repeats a call by itself, holds one lock over all nodes while it asks one for
//! the slots and connects to those that are away (so one node that hangs stops the partitions of all), and tries without a
//! pause while no node answers. Here each node has its own [`Connector`], an error of a node is an error of its partitions
//! alone, and only a redirection is followed at once: it says that nothing was done.
//!
//! Every call is about one partition, and all keys of a partition have its number in braces, which is what Redis Cluster
//! hashes: so every call has one slot, and that slot has one node.

mod node;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as BlockingMutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value};
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::node::Node;
use self::slots::{SlotMap, slot_of};
use super::SinkError;
use super::connection::{CallError, Connector, Target, unreachable};
use super::dial::Dialer;
use super::features::BrokerFeatures;
use super::url::HostPort;

/// How many redirections one call follows. Two are usual while a slot moves; more means that the nodes disagree.
const REDIRECTIONS_MAX: usize = 5;
/// How often at most the nodes are asked who has which slot.
const REFRESH_PAUSE: Duration = Duration::from_millis(100);
/// How long to leave another call that tries a node.
const TRIAL_PAUSE: Duration = Duration::from_millis(10);

/// The nodes of one cluster.
#[derive(Clone)]
pub(super) struct Cluster {
    shared: Arc<Shared>,
}

struct Shared {
    seeds: Vec<HostPort>,
    /// For people.
    name: String,
    dialer: Dialer,
    timeout: Duration,
    known: BlockingMutex<Known>,
    /// Held while the nodes are asked for the slots.
    refresh: Mutex<Refresh>,
    /// How often they were.
    refreshes: AtomicU64,
}

#[derive(Default)]
struct Known {
    slots: SlotMap,
    /// A node redirected, or was away: ask before the next call.
    is_stale: bool,
    nodes: HashMap<HostPort, Arc<Node>>,
}

#[derive(Default)]
struct Refresh {
    last: Option<Instant>,
    error: Option<SinkError>,
}

/// One node, and whether it has to be told that the slot is on its way to it.
struct Place {
    node: HostPort,
    is_asked: bool,
}

impl Cluster {
    /// The cluster that the nodes at `seeds` belong to. Connects to nothing yet.
    pub(super) fn new(seeds: Vec<HostPort>, name: String, dialer: Dialer, timeout: Duration) -> Self {
        let known = Known {
            is_stale: true,
            ..Known::default()
        };
        let shared = Shared {
            seeds,
            name,
            dialer,
            timeout,
            known: BlockingMutex::new(known),
            refresh: Mutex::default(),
            refreshes: AtomicU64::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// What the nodes that were spoken to can do, all of them.
    pub(super) fn features(&self) -> Option<BrokerFeatures> {
        let known = self.known();
        let features = known.nodes.values().filter_map(|node| node.connector.features());
        features.reduce(BrokerFeatures::least)
    }

    /// Sends a command about `key` to the node that has it.
    pub(super) async fn call(&self, key: &str, command: &Cmd) -> Result<Value, CallError> {
        let slot = slot_of(key.as_bytes());
        let mut place = Place {
            node: self.owner(slot).await?,
            is_asked: false,
        };
        for _ in 0..REDIRECTIONS_MAX {
            let error = match self.call_at(&place, command).await {
                Err(CallError::Answer(error)) => error,
                Err(CallError::Away(error)) => {
                    self.known().is_stale = true;
                    return Err(CallError::Away(of_node(error)));
                }
                Ok(value) => return Ok(value),
            };
            match redirection(&error, &place.node) {
                Redirection::Moved(node) => {
                    let mut known = self.known();
                    known.slots.set(slot, node.clone());
                    known.is_stale = true;
                    place = Place {
                        node,
                        is_asked: false,
                    };
                }
                Redirection::Asked(node) => place = Place { node, is_asked: true },
                Redirection::Nowhere => {
                    self.known().is_stale = true;
                    return Err(CallError::Away(node_away(&place.node, &error.to_string())));
                }
                Redirection::None => return Err(CallError::Answer(error)),
            }
        }
        let reason = format!("the nodes send the slot {slot} around in a circle");
        Err(CallError::Away(node_away(&place.node, &reason)))
    }

    /// Waits until the node that is thought to have the key may be tried again, at most as long as for an answer.
    pub(super) async fn until_it_may_be_tried(&self, key: &str) {
        let told_again = {
            let refresh = self.shared.refresh.lock().await;
            let failed_at = refresh.last.filter(|_| refresh.error.is_some());
            failed_at.map(|last| last + REFRESH_PAUSE)
        };
        let now = Instant::now();
        let look_again = {
            let known = self.known();
            let owner = known.slots.owner(slot_of(key.as_bytes()));
            let node = owner.and_then(|owner| known.nodes.get(&owner));
            node.and_then(|node| node.look_again())
        };
        if let Some(look_again) = look_again.max(told_again) {
            // Where that is already past, somebody is trying it.
            let at = look_again.max(now + TRIAL_PAUSE);
            tokio::time::sleep_until(at.min(now + self.shared.timeout)).await;
        }
    }

    /// The node that is thought to have the slot.
    async fn owner(&self, slot: u16) -> Result<HostPort, SinkError> {
        if self.known().is_stale {
            self.refresh(slot).await?;
        }
        let mut known = self.known();
        known.slots.owner(slot).ok_or_else(|| {
            // It may be given to a node at any time, and nobody would say so.
            known.is_stale = true;
            SinkError::NodeAway {
                address: self.shared.name.clone(),
                reason: format!("no node has the slot {slot}"),
                was_cut: false,
            }
        })
    }

    async fn call_at(&self, place: &Place, command: &Cmd) -> Result<Value, CallError> {
        let node = self.node(&place.node)?;
        let _trial = node.begin()?;
        let begun = Instant::now();
        let answer = if place.is_asked {
            node.connector.call_asking(command).await
        } else {
            node.connector.call(command).await
        };
        node.note(&answer, begun.elapsed());
        answer
    }

    /// Asks the nodes who has which slot, this one above all, unless that was just done; callers that waited for another's
    /// question share its answer.
    async fn refresh(&self, wanted: u16) -> Result<(), SinkError> {
        let before = self.shared.refreshes.load(Ordering::Acquire);
        let mut refresh = self.shared.refresh.lock().await;
        let is_shared = self.shared.refreshes.load(Ordering::Acquire) != before;
        let is_recent = refresh.last.is_some_and(|last| last.elapsed() < REFRESH_PAUSE);
        if is_shared || is_recent {
            return refresh.error.clone().map_or(Ok(()), Err);
        }
        let answer = self.ask_for_slots(wanted).await;
        self.shared.refreshes.fetch_add(1, Ordering::AcqRel);
        refresh.last = Some(Instant::now());
        refresh.error = answer.as_ref().err().cloned();
        let slots = answer?;
        let mut known = self.known();
        let members = slots.nodes();
        known
            .nodes
            .retain(|node, _| members.contains(node) || self.shared.seeds.contains(node));
        known.slots = slots;
        known.is_stale = false;
        Ok(())
    }

    /// The first answer of any node that is known, if it tells who has the wanted slot. A node that is new, was reset or was
    /// cut off early knows of few slots or none: while others have yet to answer, it does not speak for them.
    async fn ask_for_slots(&self, wanted: u16) -> Result<SlotMap, SinkError> {
        let mut answers: FuturesUnordered<_> = self
            .who_may_know()
            .into_iter()
            .map(|address| self.ask_one_for_slots(address))
            .collect();
        let mut fullest = SlotMap::default();
        let mut problem = "they know of no slots".to_owned();
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(slots) if slots.owner(wanted).is_some() => return Ok(slots),
                Ok(slots) if slots.count() > fullest.count() => fullest = slots,
                Ok(_) => {}
                Err(error) => problem = format!("the last: {error}"),
            }
        }
        if fullest.count() > 0 {
            return Ok(fullest);
        }
        let reason = format!("no node says who has which slot; {problem}");
        Err(unreachable(&self.shared.name, &reason))
    }

    /// Those that are not away; where all are, all of them. One that is away is tried for its own slots' sake.
    fn who_may_know(&self) -> BTreeSet<HostPort> {
        let known = self.known();
        let mut addresses = known.slots.nodes();
        addresses.extend(self.shared.seeds.iter().cloned());
        let is_well = |address: &&HostPort| {
            let node = known.nodes.get(*address);
            node.is_none_or(|node| node.look_again().is_none())
        };
        let well: BTreeSet<HostPort> = addresses.iter().filter(is_well).cloned().collect();
        if well.is_empty() { addresses } else { well }
    }

    async fn ask_one_for_slots(&self, address: HostPort) -> Result<SlotMap, SinkError> {
        let place = Place {
            node: address,
            is_asked: false,
        };
        let mut command = redis::cmd("CLUSTER");
        command.arg("SLOTS");
        match self.call_at(&place, &command).await {
            Ok(answer) => SlotMap::read(&answer, &place.node)
                .ok_or_else(|| SinkError::Reply("the slots of a cluster".to_owned())),
            Err(CallError::Answer(error)) => Err(SinkError::Refused(error.to_string())),
            Err(CallError::Away(error)) => Err(error),
        }
    }

    fn node(&self, address: &HostPort) -> Result<Arc<Node>, SinkError> {
        if let Some(node) = self.known().nodes.get(address) {
            return Ok(Arc::clone(node));
        }
        let target = Target::Fixed {
            client: self.shared.dialer.client(address)?,
            address: address.to_string(),
        };
        let node = Arc::new(Node::new(Connector::new(target, self.shared.timeout)));
        Ok(Arc::clone(
            self.known().nodes.entry(address.clone()).or_insert(node),
        ))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.shared.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where an error sends its call.
enum Redirection {
    Moved(HostPort),
    Asked(HostPort),
    /// Nobody takes it just now: the slot has no node.
    Nowhere,
    /// It is no redirection.
    None,
}

fn redirection(error: &RedisError, from: &HostPort) -> Redirection {
    let node = || {
        let (address, _) = error.redirect_node()?;
        let mut node = HostPort::of_node(address)?;
        if node.host.is_empty() {
            // A node that does not know its own name stands for the one that was asked.
            node.host.clone_from(&from.host);
        }
        Some(node)
    };
    match error.kind() {
        ErrorKind::Server(ServerErrorKind::Moved) => node().map_or(Redirection::Nowhere, Redirection::Moved),
        ErrorKind::Server(ServerErrorKind::Ask) => node().map_or(Redirection::Nowhere, Redirection::Asked),
        ErrorKind::Server(ServerErrorKind::ClusterDown) => Redirection::Nowhere,
        _ => Redirection::None,
    }
}

fn node_away(node: &HostPort, reason: &str) -> SinkError {
    SinkError::NodeAway {
        address: node.to_string(),
        reason: reason.to_owned(),
        was_cut: false,
    }
}

/// An error of one node says nothing of the others.
fn of_node(error: SinkError) -> SinkError {
    match error {
        SinkError::Unreachable {
            address,
            reason,
            was_cut,
        } => SinkError::NodeAway {
            address,
            reason,
            was_cut,
        },
        other => other,
    }
}
