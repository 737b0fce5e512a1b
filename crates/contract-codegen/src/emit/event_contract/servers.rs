//! The servers: a constant for each.

use proc_macro2::TokenStream;
use quote::quote;

use super::Names;
use super::record::{Record, doc};
use crate::asyncapi::{EventContract, EventServerVariable};

pub(super) fn emit(contract: &EventContract, names: &Names) -> TokenStream {
    let servers = contract
        .servers
        .iter()
        .zip(&names.servers)
        .map(|(server, ident)| {
            let mut record = Record::new();
            record.text("protocol_version", server.protocol_version.as_deref());
            record.text("pathname", server.pathname.as_deref());
            let variables: Vec<TokenStream> = server.variables.iter().map(variable).collect();
            record.list("variables", &variables);
            record.described(&server.described);
            record.json("security", server.security.as_ref());
            let (key, host, protocol) = (&server.key, &server.host, &server.protocol);
            let doc = doc(&format!("The server `{key}`."), &server.described);
            record.emit(ident, "EventServer", &doc, &quote!(#key, #host, #protocol))
        });
    quote!(#(#servers)*)
}

fn variable(variable: &EventServerVariable) -> TokenStream {
    let mut record = Record::new();
    record.text("description", variable.description.as_deref());
    record.texts("values", &variable.values);
    record.text("default", variable.default.as_deref());
    record.texts("examples", &variable.examples);
    let name = &variable.name;
    record.value("EventServerVariable", &quote!(#name))
}
