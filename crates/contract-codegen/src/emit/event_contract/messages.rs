//! The messages: a struct of headers and payload for each, and its constant.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::record::{Record, doc};
use super::{Names, joined};
use crate::asyncapi::{EventContract, EventMessage};
use crate::emit::schemas::SchemaStatics;
use crate::types::{Allocator, Types};
use crate::{Dialect, Source};

pub(super) struct Emission<'e, 'a> {
    pub(super) source: &'a Source,
    pub(super) contract: &'e EventContract,
    pub(super) names: &'e Names,
    pub(super) types: &'e Types<'a>,
    pub(super) statics: &'e mut SchemaStatics<'a>,
    /// The names of the module.
    pub(super) scope: Allocator,
    /// The models of which schemars can derive a schema, each once.
    pub(super) derived: Vec<TokenStream>,
}

/// What a part of a message is made of.
struct PartType {
    /// The type, for the module of the messages.
    of: TokenStream,
    /// The constant of its schema; none where the contract says nothing.
    constant: Option<Ident>,
    /// What derives its schema.
    derive: Ident,
    /// A newtype of its own, where no model has this schema.
    newtype: Option<TokenStream>,
}

impl Emission<'_, '_> {
    pub(super) fn emit(&mut self) -> TokenStream {
        let contract = self.contract;
        let names = self.names;
        let idents = names.messages.iter().zip(&names.message_types);
        let messages = contract.messages.iter().zip(idents);
        let messages: Vec<TokenStream> = messages
            .map(|(message, (constant, name))| self.message(message, constant, name))
            .collect();
        quote!(#(#messages)*)
    }

    fn message(&mut self, message: &EventMessage, constant: &Ident, name: &Ident) -> TokenStream {
        let headers = self.part(message.headers.as_deref(), name, "Headers");
        let payload = self.part(message.payload.as_deref(), name, "Payload");
        let (headers_of, payload_of) = (&headers.of, &payload.of);
        let struct_doc = doc(&format!("The message `{}`.", message.key), &message.described);
        let newtypes = [&headers.newtype, &payload.newtype].into_iter().flatten();
        let record = record(message, (constant, name), &headers, &payload);
        quote! {
            #struct_doc
            #[derive(Debug, Clone, PartialEq)]
            pub struct #name {
                /// What describes it and how it is to be handled.
                pub headers: #headers_of,
                /// What it says.
                pub payload: #payload_of,
            }
            contract_runtime::message!(#name { #headers_of, #payload_of } = #constant);
            #(#newtypes)*
            #record
        }
    }

    fn part(&mut self, pointer: Option<&str>, message: &Ident, part: &str) -> PartType {
        let Some(pointer) = pointer else {
            let anything = if part == "Headers" {
                quote!(contract_runtime::JsonObject)
            } else {
                quote!(contract_runtime::JsonValue)
            };
            return PartType {
                of: anything,
                constant: None,
                derive: format_ident!("derived_schema"),
                newtype: None,
            };
        };
        let (resolved, _) = self.source.resolve(pointer).unwrap_or((pointer, &Value::Null));
        let constant = self.statics.constant(resolved);
        let derive = match self.source.dialect_at(resolved) {
            Dialect::OpenApi31 => format_ident!("derived_schema_2020_12"),
            _ => format_ident!("derived_schema"),
        };
        if let Some((model, _)) = self
            .types
            .model_of(pointer)
            .filter(|(_, schema)| *schema == resolved)
        {
            let json_schema = quote!(contract_runtime::json_schema!(#model, super::schemas::#constant););
            if !self
                .derived
                .iter()
                .any(|known| known.to_string() == json_schema.to_string())
            {
                self.derived.push(json_schema);
            }
            return PartType {
                of: quote!(super::models::#model),
                constant: Some(constant),
                derive,
                newtype: None,
            };
        }
        let name = self.scope.claim(&joined(message, part));
        let inner = self.types.of(pointer, &quote!(super::models::));
        let doc = format!(" The {} of `{message}`.", part.to_lowercase());
        let newtype = quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, PartialEq)]
            pub struct #name(pub #inner);
            contract_runtime::transparent!(#name(#inner));
            contract_runtime::json_schema!(#name, super::schemas::#constant);
        };
        PartType {
            of: quote!(#name),
            constant: Some(constant),
            derive,
            newtype: Some(newtype),
        }
    }
}

fn record(
    message: &EventMessage,
    (constant, name): (&Ident, &Ident),
    headers: &PartType,
    payload: &PartType,
) -> TokenStream {
    let mut record = Record::new();
    record.text("name", message.name.as_deref());
    record.described(&message.described);
    if message.deprecated {
        record.set("deprecated", &quote!(true));
    }
    record.text("content_type", message.content_type.as_deref());
    for (field, part) in [("headers", headers), ("payload", payload)] {
        if let Some(schema) = &part.constant {
            let (of, derived) = (&part.of, format!("{field}_schema"));
            record.set(field, &quote!(Some(super::schemas::#schema)));
            let derive = &part.derive;
            record.set(&derived, &quote!(Some(contract_runtime::#derive::<#of>)));
        }
    }
    record.expression("correlation_id", message.correlation_id.as_ref());
    let examples: Vec<TokenStream> = message.examples.iter().map(example).collect();
    record.list("examples", &examples);
    let (key, pointer) = (&message.key, &message.pointer);
    let doc = crate::types::doc(&format!("What the contract says of the message `{key}`."));
    let round_trip = quote!(contract_runtime::round_trip::<#name>);
    record.emit(
        constant,
        "EventMessage",
        &doc,
        &quote!(#key, #pointer, #round_trip),
    )
}

fn example(example: &Value) -> TokenStream {
    let text = |name: &str| super::super::optional_text(example.get(name).and_then(Value::as_str));
    let json = |name: &str| {
        let text = example.get(name).map(Value::to_string);
        text.map_or_else(
            || quote!(None),
            |text| quote!(Some(contract_runtime::Literal::Json(#text))),
        )
    };
    let (name, summary) = (text("name"), text("summary"));
    let (headers, payload) = (json("headers"), json("payload"));
    quote! {
        contract_runtime::EventExample {
            name: #name,
            summary: #summary,
            headers: #headers,
            payload: #payload,
        }
    }
}
