//! Bindings. What they say is defined elsewhere, protocol by protocol, so that the grammar does not look into them; but they may refer
//! to other files as everything else does.

use super::Bundler;
use crate::grammar::Shape;
use crate::source::child;
use crate::source::node::{Content, Node};

/// The fields that hold a schema in some protocol's binding. What another field refers to is put in place.
const SCHEMAS: [&str; 10] = [
    "clientId",
    "correlationData",
    "groupId",
    "headers",
    "key",
    "maximumPacketSize",
    "messageExpiryInterval",
    "query",
    "responseTopic",
    "sessionExpiryInterval",
];

impl Bundler<'_> {
    /// The bindings of several protocols, or what is in one of them.
    pub(super) fn bindings(&mut self, node: &mut Node, pointer: &str) {
        match &mut node.content {
            Content::Scalar(_) => {}
            Content::Sequence(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.binding(item, "", &child(pointer, index));
                }
            }
            Content::Mapping(members) => {
                for (name, member) in members.iter_mut().filter(|(name, _)| !name.starts_with("x-")) {
                    self.binding(member, name, &child(pointer, name));
                }
            }
        }
    }

    fn binding(&mut self, node: &mut Node, name: &str, pointer: &str) {
        let Some(text) = node.only_reference().map(str::to_owned) else {
            return self.bindings(node, pointer);
        };
        let shape = if SCHEMAS.contains(&name) {
            Shape::Schema
        } else {
            Shape::Binding
        };
        self.reference(node, &text, shape, pointer);
    }
}
