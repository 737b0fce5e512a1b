//! References whose pointer leads through another reference: `#/channels/orders/messages/placed`, where the channel `orders` is itself a
//! reference to where it is described. No such place is in the document as it stands, but what is meant is clear.

use super::Bundler;
use super::target::Target;
use crate::source::child;
use crate::source::node::{Node, tokens};

/// So many references may lie on the way of one.
const STEPS_MAX: usize = 100;

/// A reference of the document to a place that it does not have.
pub(super) struct Unsettled {
    /// Where the reference stands in the end.
    at: String,
    /// Where it leads, as it was written.
    to: String,
}

impl Bundler<'_> {
    /// Notes the reference at `pointer`, if the entry has nothing where it leads.
    pub(super) fn note_if_unsettled(&mut self, target: &Target, pointer: &str) {
        let entry = self.files.get(target.file);
        if entry.is_some_and(|file| file.root.at(&target.pointer).is_none()) {
            self.unsettled.push(Unsettled {
                at: pointer.to_owned(),
                to: target.pointer.clone(),
            });
        }
    }

    /// Has the references that were noted lead to what is behind those on their way. The rest is refused by whoever follows it.
    pub(super) fn lead_through(&mut self, root: &mut Node) {
        for Unsettled { at, to } in std::mem::take(&mut self.unsettled) {
            if let Some(behind) = behind(root, &to)
                && let Some(node) = root.at_mut(&at)
            {
                node.refer_to(&behind);
            }
        }
    }
}

/// Where a pointer leads when the references on its way are followed. What it leads to may be a reference again.
fn behind(root: &Node, pointer: &str) -> Option<String> {
    let (mut node, mut place) = (root, String::new());
    let mut steps = 0;
    for token in tokens(pointer)? {
        let step = child("", &token);
        while node.at(&step).is_none() {
            steps += 1;
            let reference = node.get("$ref").and_then(Node::text)?;
            place = reference
                .strip_prefix('#')
                .filter(|_| steps <= STEPS_MAX)?
                .to_owned();
            node = root.at(&place)?;
        }
        place.push_str(&step);
        node = node.at(&step)?;
    }
    Some(place)
}
