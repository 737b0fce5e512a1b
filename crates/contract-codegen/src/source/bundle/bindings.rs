//! Bindings. What they say is defined elsewhere, protocol by protocol, so that the grammar does not look into them; but they may refer
//! to other files as everything else does.

use super::Bundler;
use super::target::Meaning;
use crate::grammar::Shape;
use crate::source::child;
use crate::source::node::{Content, Node};

impl Bundler<'_> {
    /// The bindings of all protocols.
    pub(super) fn bindings(&mut self, node: &mut Node, pointer: &str) {
        for (name, member) in node.mapping_mut().into_iter().flatten() {
            let at = child(pointer, name);
            match member.only_reference().map(str::to_owned) {
                _ if name.starts_with("x-") => {}
                None => self.inside_binding(member, &at),
                // There is no component for the binding of one protocol.
                Some(text) => {
                    self.reference(member, &text, Shape::Binding, &at);
                }
            }
        }
    }

    /// What is in the binding of a protocol. An object that it refers to is a schema in all of them, such as the key of Kafka.
    pub(super) fn inside_binding(&mut self, node: &mut Node, pointer: &str) {
        if let Some(text) = node.only_reference().map(str::to_owned) {
            let shape = if self.leads_to_object(node, &text) {
                Shape::Schema
            } else {
                Shape::Binding
            };
            self.reference(node, &text, shape, pointer);
            return;
        }
        match &mut node.content {
            Content::Scalar(_) => {}
            Content::Sequence(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.inside_binding(item, &child(pointer, index));
                }
            }
            Content::Mapping(members) => {
                for (name, member) in members {
                    self.inside_binding(member, &child(pointer, name));
                }
            }
        }
    }

    fn leads_to_object(&mut self, node: &Node, text: &str) -> bool {
        let Meaning::Leads(target) = self.meaning(node.place, text) else {
            return false;
        };
        let Ok(end) = self.end_of(target) else {
            return false;
        };
        let file = self.files.get(end.file);
        let found = file.and_then(|file| file.root.at(&end.pointer));
        found.is_some_and(|found| found.mapping().is_some())
    }
}
