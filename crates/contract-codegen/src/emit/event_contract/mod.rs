//! The events of any contract: a type for each message, its headers and its payload, and constants that say what the contract says of
//! messages, channels, operations and servers.
//!
//! Types and schemas are those of every contract; schemars derives of a payload's type what its constant says.

mod channels;
mod messages;
mod operations;
mod record;
mod roots;
mod servers;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use self::roots::Roots;
use super::schemas::SchemaStatics;
use crate::asyncapi::{EventContract, ReadEvents};
use crate::types::{Allocator, Types};
use crate::{Language, Source, names};

/// Names that the generated modules use themselves.
const RESERVED: &[&str] = &[
    "Box",
    "Clone",
    "Debug",
    "Default",
    "Eq",
    "None",
    "Option",
    "PartialEq",
    "Some",
    "String",
    "Vec",
];

/// What every part of the emission needs.
struct Names {
    messages: Vec<Ident>,
    channels: Vec<Ident>,
    operations: Vec<Ident>,
    servers: Vec<Ident>,
    /// The types of the parameters of each channel.
    parameters: Vec<Ident>,
    /// The types of each message.
    message_types: Vec<Ident>,
}

impl Names {
    fn of(contract: &EventContract) -> Self {
        let constants = |keys: Vec<String>| {
            let mut scope = Allocator::reserving(RESERVED);
            scope.claim_all(keys.iter().map(String::as_str), names::constant)
        };
        let types = |keys: Vec<String>| {
            let mut scope = Allocator::reserving(RESERVED);
            scope.claim_all(keys.iter().map(String::as_str), names::camel)
        };
        let messages = message_names(contract);
        let channels: Vec<String> = contract.channels.iter().map(|one| one.key.clone()).collect();
        Self {
            message_types: types(messages.clone()),
            messages: constants(messages),
            parameters: types(channels.clone()),
            channels: constants(channels),
            operations: constants(contract.operations.iter().map(|one| one.key.clone()).collect()),
            servers: constants(contract.servers.iter().map(|one| one.key.clone()).collect()),
        }
    }

    /// The names of the module of messages, to which those of newtypes are added.
    fn module_of_messages(&self) -> Allocator {
        let mut scope = Allocator::reserving(RESERVED);
        self.message_types.iter().for_each(|ident| {
            scope.claim(ident);
        });
        scope
    }
}

/// The key of a message; one that stands in a channel and shares its key with another is called after both.
pub(crate) fn message_names(contract: &EventContract) -> Vec<String> {
    let shares = |key: &str| {
        let same = contract
            .messages
            .iter()
            .filter(|one| names::camel(&one.key) == names::camel(key));
        same.count() > 1
    };
    let name = |message: &crate::asyncapi::EventMessage| match &message.channel {
        Some(channel) if shares(&message.key) => format!("{channel} {}", message.key),
        _ => message.key.clone(),
    };
    contract.messages.iter().map(name).collect()
}

/// The text of `events.rs`, and what is only shown though a reader would expect more of it.
pub(super) fn emit(events: &ReadEvents, contract: &Source) -> TokenStream {
    let (source, model) = (&events.source, &events.contract);
    let names = Names::of(model);
    let roots = Roots::of(model, &names.message_types);
    let types = Types::read(source, &roots.list, Language::Plain);
    let mut statics = SchemaStatics::new(source);
    let mut messages = messages::Emission {
        source,
        contract: model,
        names: &names,
        types: &types,
        statics: &mut statics,
        scope: names.module_of_messages(),
        derived: Vec::new(),
    };
    let message_module = messages.emit();
    let json_schemas = messages.derived;
    let models = types.emit(&mut statics);
    let schemas = statics.emit();
    let patterns = statics.emit_patterns();
    let channels = channels::emit(model, &names);
    let operations = operations::emit(model, &names);
    let servers = servers::emit(model, &names);
    let api = api(model, &names, contract);
    quote! {
        //! The events of the contract: messages, channels, operations and servers.

        /// The messages and their types.
        pub mod messages { #message_module }

        /// The channels and the parameters of their addresses.
        pub mod channels { #channels }

        /// What the application sends and receives.
        pub mod operations { #operations }

        /// The servers.
        pub mod servers { #servers }

        pub mod models {
            #models
            #(#json_schemas)*
        }

        pub mod schemas { #schemas }

        mod patterns { #patterns }

        #api
    }
}

fn api(model: &EventContract, names: &Names, contract: &Source) -> TokenStream {
    let EventContract { title, version, .. } = model;
    let default_content_type = super::optional_text(model.default_content_type.as_deref());
    let (servers, channels) = (&names.servers, &names.channels);
    let (operations, messages) = (&names.operations, &names.messages);
    let document = super::raw_json(&format!("{:#}", contract.root()));
    quote! {
        /// The contract.
        pub static API: contract_runtime::EventApi = contract_runtime::EventApi {
            title: #title,
            version: #version,
            default_content_type: #default_content_type,
            servers: &[#(&servers::#servers),*],
            channels: &[#(&channels::#channels),*],
            operations: &[#(&operations::#operations),*],
            messages: &[#(&messages::#messages),*],
            document: DOCUMENT,
        };

        /// The contract as JSON.
        const DOCUMENT: &str = #document;
    }
}

/// A name of two parts. One that would be a keyword alone ends with `_`, and is none any more.
fn joined(first: &Ident, second: &str) -> Ident {
    let first = first.to_string();
    format_ident!("{}{second}", first.trim_end_matches('_'))
}

/// The constant of an object of the model, in a module beside.
fn constant(module: &str, constants: &[Ident], index: usize) -> Option<TokenStream> {
    let module = format_ident!("{module}");
    let constant = constants.get(index)?;
    Some(quote!(&super::#module::#constant))
}
