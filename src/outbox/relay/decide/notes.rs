//! What a machine is told before its turn.

use super::PartitionRelay;
use crate::outbox::log::LogHead;

/// What a machine missed while it rested or had its turn.
#[derive(Debug, Default)]
pub struct Notes {
    /// Where the log ends, once after each poll: told again later it would be out of date.
    pub head: Option<LogHead>,
    /// Something was committed.
    pub committed: bool,
    /// Stream and log are to be compared.
    pub doubted: bool,
    /// What kept the partition waiting is over.
    pub stop_waiting: bool,
}

impl Notes {
    /// Tells `machine`, once: afterwards there is nothing to tell.
    pub fn tell(&mut self, machine: &mut PartitionRelay) {
        let notes = std::mem::take(self);
        if notes.committed {
            machine.note_commit();
        }
        if let Some(head) = notes.head {
            machine.note_head(head);
        }
        if notes.doubted {
            machine.doubt();
        }
        if notes.stop_waiting {
            machine.stop_waiting();
        }
    }
}
