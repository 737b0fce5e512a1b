//! The schemas that messages use, with the names that their types get if they need one.

use proc_macro2::Ident;

use super::joined;
use crate::asyncapi::EventContract;
use crate::types::{Root, Way};

pub(super) struct Roots {
    pub(super) list: Vec<Root>,
}

impl Roots {
    pub(super) fn of(contract: &EventContract, types: &[Ident]) -> Self {
        let mut list = Vec::new();
        for (message, name) in contract.messages.iter().zip(types) {
            for (pointer, part) in [(&message.headers, "Headers"), (&message.payload, "Payload")] {
                if let Some(pointer) = pointer {
                    list.push(Root {
                        pointer: pointer.clone(),
                        name: joined(name, part).to_string(),
                        way: Way::Message,
                    });
                }
            }
        }
        Self { list }
    }
}
