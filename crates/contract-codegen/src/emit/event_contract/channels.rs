//! The channels: a constant for each, and a struct for the parameters of its address.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::record::{Record, doc};
use super::{Names, RESERVED, constant, joined};
use crate::asyncapi::{EventChannel, EventContract, EventParameter};
use crate::names;
use crate::types::Allocator;

pub(super) fn emit(contract: &EventContract, names: &Names) -> TokenStream {
    let mut scope = Allocator::reserving(RESERVED);
    // The enumerations of parameters come after the structs of all channels.
    names.parameters.iter().for_each(|ident| {
        scope.claim(ident);
    });
    let idents = names.channels.iter().zip(&names.parameters);
    let channels = contract.channels.iter().zip(idents);
    let channels = channels.map(|(channel, (ident, parameters))| {
        let record = record(channel, ident, names);
        let parameters = address(channel, ident, parameters, &mut scope);
        quote!(#record #parameters)
    });
    quote!(#(#channels)*)
}

fn record(channel: &EventChannel, ident: &Ident, names: &Names) -> TokenStream {
    let mut record = Record::new();
    record.text("address", channel.address.as_deref());
    record.described(&channel.described);
    let servers = channel.servers.iter();
    let servers: Vec<_> = servers
        .filter_map(|index| constant("servers", &names.servers, *index))
        .collect();
    record.list("servers", &servers);
    let parameters: Vec<_> = channel.parameters.iter().map(parameter).collect();
    record.list("parameters", &parameters);
    let messages = channel.messages.iter().filter_map(|(key, index)| {
        let message = constant("messages", &names.messages, *index)?;
        Some(quote!((#key, #message)))
    });
    record.list("messages", &messages.collect::<Vec<_>>());
    let key = &channel.key;
    let doc = doc(&format!("The channel `{key}`."), &channel.described);
    record.emit(ident, "EventChannel", &doc, &quote!(#key))
}

fn parameter(parameter: &EventParameter) -> TokenStream {
    let mut record = Record::new();
    record.text("description", parameter.description.as_deref());
    record.texts("values", &parameter.values);
    record.text("default", parameter.default.as_deref());
    record.texts("examples", &parameter.examples);
    record.expression("location", parameter.location.as_ref());
    record.value("EventParameter", &{
        let name = &parameter.name;
        quote!(#name)
    })
}

/// The struct of the parameters, from which the address is made.
fn address(
    channel: &EventChannel,
    ident: &Ident,
    name: &Ident,
    scope: &mut Allocator,
) -> Option<TokenStream> {
    if channel.parameters.is_empty() || channel.address.is_none() {
        return None;
    }
    let parameters = channel.parameters.iter();
    let texts = parameters.clone().map(|parameter| parameter.name.as_str());
    let fields = Allocator::default().claim_all(texts, names::snake);
    let mut enumerations = Vec::new();
    let types: Vec<TokenStream> = parameters
        .clone()
        .map(|parameter| {
            if parameter.values.is_empty() {
                return quote!(String);
            }
            let parameter_name = names::camel(&parameter.name).to_string();
            let of = scope.claim(&joined(name, &parameter_name));
            enumerations.push(enumeration(channel, parameter, &of));
            quote!(#of)
        })
        .collect();
    let docs = parameters.clone().map(|parameter| match &parameter.description {
        Some(text) => crate::types::doc(text.trim_end()),
        None => TokenStream::new(),
    });
    let values = parameters.zip(&fields).map(|(parameter, field)| {
        let name = &parameter.name;
        quote!((#name, self.#field.as_str()))
    });
    let doc = format!(" The parameters of the address of the channel `{}`.", channel.key);
    Some(quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct #name { #(#docs pub #fields: #types),* }

        impl #name {
            /// The address of the channel with these parameters.
            #[must_use]
            pub fn address(&self) -> String {
                #ident.address_with(&[#(#values),*])
            }
        }

        #(#enumerations)*
    })
}

fn enumeration(channel: &EventChannel, parameter: &EventParameter, ident: &Ident) -> TokenStream {
    let texts = &parameter.values;
    let variants = Allocator::default().claim_all(texts.iter().map(String::as_str), names::camel);
    let doc = format!(
        " The values of the parameter `{}` of the channel `{}`.",
        parameter.name, channel.key
    );
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum #ident { #(#variants),* }
        contract_runtime::string_enum!(#ident { #(#variants = #texts),* });
    }
}
