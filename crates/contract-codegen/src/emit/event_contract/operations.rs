//! The operations: a constant for each.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::record::{Record, doc};
use super::{Names, constant};
use crate::asyncapi::{Action, EventContract, EventOperation, EventReply};

pub(super) fn emit(contract: &EventContract, names: &Names) -> TokenStream {
    let operations = contract.operations.iter().zip(&names.operations);
    let operations = operations.map(|(operation, ident)| record(operation, ident, names));
    quote!(#(#operations)*)
}

fn messages(indices: &[usize], names: &Names) -> Vec<TokenStream> {
    let indices = indices.iter();
    indices
        .filter_map(|index| constant("messages", &names.messages, *index))
        .collect()
}

fn record(operation: &EventOperation, ident: &Ident, names: &Names) -> TokenStream {
    let mut record = Record::new();
    record.described(&operation.described);
    record.list("messages", &messages(&operation.messages, names));
    record.json("security", operation.security.as_ref());
    if let Some(reply) = &operation.reply {
        let reply = self::reply(reply, names);
        record.set("reply", &quote!(Some(#reply)));
    }
    let key = &operation.key;
    let action = match operation.action {
        Action::Send => quote!(contract_runtime::Action::Send),
        Action::Receive => quote!(contract_runtime::Action::Receive),
    };
    let channel = constant("channels", &names.channels, operation.channel);
    let doc = doc(&format!("The operation `{key}`."), &operation.described);
    record.emit(ident, "EventOperation", &doc, &quote!(#key, #action, #channel))
}

fn reply(reply: &EventReply, names: &Names) -> TokenStream {
    let mut record = Record::new();
    record.expression("address", reply.address.as_ref());
    if let Some(channel) = reply
        .channel
        .and_then(|index| constant("channels", &names.channels, index))
    {
        record.set("channel", &quote!(Some(#channel)));
    }
    record.list("messages", &messages(&reply.messages, names));
    record.value("EventReply", &quote!())
}
