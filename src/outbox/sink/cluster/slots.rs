//! Which node has which of the 16,384 slots (Redis Cluster specification, "Key distribution model").

use std::collections::BTreeSet;

use redis::Value;

use super::HostPort;

const SLOT_COUNT: u16 = 16_384;

/// Who has which slot, as far as is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SlotMap {
    /// First slot, last slot, primary.
    ranges: Vec<(u16, u16, HostPort)>,
    /// What a node said of single slots since.
    moved: Vec<(u16, HostPort)>,
    /// Primaries and replicas.
    nodes: BTreeSet<HostPort>,
}

impl SlotMap {
    /// Reads the answer to `CLUSTER SLOTS` of the node at `asked`, which stands for a host that it does not name.
    pub(super) fn read(answer: &Value, asked: &HostPort) -> Option<Self> {
        let mut map = Self::default();
        for range in array(answer)? {
            let [first, last, nodes @ ..] = array(range)? else {
                return None;
            };
            let nodes: Vec<HostPort> = nodes
                .iter()
                .map(|node| host_port(node, asked))
                .collect::<Option<_>>()?;
            let primary = nodes.first()?.clone();
            map.ranges.push((slot(first)?, slot(last)?, primary));
            map.nodes.extend(nodes);
        }
        Some(map)
    }

    /// The primary that has the slot.
    pub(super) fn owner(&self, slot: u16) -> Option<HostPort> {
        let moved = self.moved.iter().find(|(moved, _)| *moved == slot);
        moved.map(|(_, node)| node.clone()).or_else(|| {
            let range = self
                .ranges
                .iter()
                .find(|(first, last, _)| (*first..=*last).contains(&slot));
            range.map(|(_, _, node)| node.clone())
        })
    }

    /// How many slots have a primary.
    pub(super) fn count(&self) -> usize {
        let ranges = self.ranges.iter();
        ranges
            .map(|(first, last, _)| usize::from(last.saturating_sub(*first)) + 1)
            .sum()
    }

    /// A node said that this one has the slot.
    pub(super) fn set(&mut self, slot: u16, node: HostPort) {
        self.moved.retain(|(moved, _)| *moved != slot);
        self.nodes.insert(node.clone());
        self.moved.push((slot, node));
    }

    /// Every node that is known.
    pub(super) fn nodes(&self) -> BTreeSet<HostPort> {
        self.nodes.clone()
    }
}

/// The slot of a key: of what stands in its first braces, where there is something, else of the whole key.
pub(super) fn slot_of(key: &[u8]) -> u16 {
    let mut parts = key.splitn(2, |byte| *byte == b'{');
    let tag = parts.nth(1).and_then(|rest| {
        let end = rest.iter().position(|byte| *byte == b'}')?;
        rest.get(..end).filter(|tag| !tag.is_empty())
    });
    crc16(tag.unwrap_or(key)) % SLOT_COUNT
}

/// CRC-16/XMODEM: polynomial 1021, begins with 0 (the specification's appendix A).
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc: u16, _| {
            let shifted = crc << 1;
            if crc & 0x8000 == 0 {
                shifted
            } else {
                shifted ^ 0x1021
            }
        })
    })
}

fn array(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

fn slot(value: &Value) -> Option<u16> {
    match value {
        Value::Int(number) => u16::try_from(*number).ok().filter(|number| *number < SLOT_COUNT),
        _ => None,
    }
}

/// A node: its host, its port, and more that is not needed.
fn host_port(value: &Value, asked: &HostPort) -> Option<HostPort> {
    let [host, Value::Int(port), ..] = array(value)? else {
        return None;
    };
    let host = match host {
        Value::BulkString(host) => std::str::from_utf8(host).ok()?,
        Value::SimpleString(host) => host,
        Value::Nil => "",
        _ => return None,
    };
    // "?" is a node whose name is not known yet.
    let host = if matches!(host, "" | "?") {
        &asked.host
    } else {
        host
    };
    Some(HostPort {
        host: host.to_owned(),
        port: u16::try_from(*port).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(port: u16) -> HostPort {
        HostPort {
            host: "10.0.0.1".to_owned(),
            port,
        }
    }

    fn answer() -> Value {
        let bulk = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let named = |host: Value, port| {
            Value::Array(vec![host, Value::Int(port), bulk("id"), Value::Array(Vec::new())])
        };
        Value::Array(vec![
            Value::Array(vec![
                Value::Int(0),
                Value::Int(8191),
                named(bulk("10.0.0.1"), 1),
                named(bulk("10.0.0.1"), 3),
            ]),
            Value::Array(vec![Value::Int(8192), Value::Int(16383), named(Value::Nil, 2)]),
        ])
    }

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        for (key, slot) in [
            ("foo", 12182),
            ("bar", 5061),
            ("{foo}x", 12182),
            ("a{}foo", slot_of(b"a{}foo")),
        ] {
            assert_eq!(slot_of(key.as_bytes()), slot, "{key}");
        }
        assert_eq!(
            slot_of(b"lms.roster.v1:{17}"),
            slot_of(b"lms.roster.v1:{17}:lease")
        );
        assert_ne!(slot_of(b"a{}foo"), slot_of(b""));
    }

    #[test]
    fn every_slot_has_the_node_that_the_cluster_or_a_redirection_named() {
        let mut map = SlotMap::read(&answer(), &node(9)).unwrap();
        assert_eq!(map.owner(0), Some(node(1)));
        assert_eq!(map.owner(8191), Some(node(1)));
        assert_eq!(map.owner(8192), Some(node(2)), "by the host that was asked");
        assert_eq!((map.nodes().len(), map.count()), (3, usize::from(SLOT_COUNT)));
        map.set(5, node(4));
        map.set(5, node(2));
        assert_eq!((map.owner(5), map.owner(6)), (Some(node(2)), Some(node(1))));
        assert_eq!(
            (SlotMap::default().owner(0), SlotMap::default().count()),
            (None, 0)
        );
    }

    #[test]
    fn what_is_no_list_of_slots_is_not_read() {
        for answer in [
            Value::Nil,
            Value::Array(vec![Value::Int(1)]),
            Value::Array(vec![Value::Array(vec![])]),
        ] {
            assert_eq!(SlotMap::read(&answer, &node(9)), None);
        }
    }
}
