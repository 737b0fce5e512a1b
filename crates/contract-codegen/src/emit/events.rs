//! The events: a struct for each schema of the AsyncAPI contract, whose JSON Schema schemars derives from the struct.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::models::model;
use super::types;
use crate::schema::Additional;
use crate::{AsyncApi, Kind, Message, Schema, names};

pub(super) fn emit(events: &AsyncApi) -> TokenStream {
    let derives = quote!(#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]);
    let mut constants: Vec<&str> = Vec::new();
    let mut models = Vec::new();
    for (name, schema) in &events.schemas {
        collect_constants(schema, &mut constants);
        let annotations = annotations(schema);
        let derives = quote!(#derives #annotations);
        models.push(model(name, schema, &derives, &type_of, &field_attributes));
        models.extend(map_value(name, schema, &derives_of_value()));
    }
    let constants = constants.iter().map(|text| {
        let name = constant_type(text);
        quote!(contract_runtime::constant_text!(#name, #text);)
    });
    let messages = events.messages.values().map(message);
    let keys: Vec<_> = events
        .messages
        .values()
        .map(|message| names::constant(&message.key))
        .collect();
    quote! {
        //! The events of the contract.

        use std::sync::OnceLock;

        use contract_runtime::{EventAttributes, Message, MessageDescriptor};

        #(#constants)*
        #(#models)*
        #(#messages)*

        /// All messages, in the contract's order.
        pub static ALL: &[&MessageDescriptor] = &[#(&#keys),*];
    }
}

fn derives_of_value() -> TokenStream {
    quote!(#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)])
}

pub(crate) fn constant_type(text: &str) -> proc_macro2::Ident {
    format_ident!("Constant{}", names::camel(text))
}

fn collect_constants<'a>(schema: &'a Schema, constants: &mut Vec<&'a str>) {
    for property in schema.properties.values() {
        if let Some(Value::String(text)) = &property.constant
            && !constants.contains(&text.as_str())
        {
            constants.push(text);
        }
    }
}

fn type_of(schema: &Schema) -> TokenStream {
    if let Some(Value::String(text)) = &schema.constant {
        let name = constant_type(text);
        return quote!(#name);
    }
    if schema.component.is_none()
        && let Additional::Of(value) = &schema.additional
        && value.component.is_none()
    {
        let name = value_type(schema);
        return quote!(std::collections::BTreeMap<String, #name>);
    }
    types::of(schema, &quote!())
}

/// The type of the values of a map: a newtype, so that their constraints are part of a type.
pub(crate) fn value_type(map: &Schema) -> proc_macro2::Ident {
    format_ident!(
        "{}Value",
        names::camel(map.pointer.rsplit('/').next().unwrap_or_default())
    )
}

fn map_value(name: &str, schema: &Schema, derives: &TokenStream) -> Option<TokenStream> {
    let Additional::Of(value) = &schema.additional else {
        return None;
    };
    if value.component.is_some() || schema.kind != Kind::Object {
        return None;
    }
    let annotations = annotations(value);
    Some(model(
        &format!("{name}Value"),
        value,
        &quote!(#derives #annotations),
        &type_of,
        &field_attributes,
    ))
}

/// Title, description and examples of a named schema, and what schemars knows no word for.
fn annotations(schema: &Schema) -> TokenStream {
    let mut attributes = describing(schema);
    if schema.kind == Kind::Object {
        attributes.extend(extensions(schema));
    }
    if attributes.is_empty() {
        quote!()
    } else {
        quote!(#[schemars(#(#attributes),*)])
    }
}

fn describing(schema: &Schema) -> Vec<TokenStream> {
    let mut attributes = Vec::new();
    // Without one, schemars would take the doc comment, whose lines it joins differently.
    if let Some(description) = &schema.description {
        attributes.push(quote!(description = #description));
    }
    if let Some(title) = &schema.title {
        attributes.push(quote!(title = #title));
    }
    if let Some(examples) = &schema.examples {
        let text = Value::Array(examples.clone()).to_string();
        attributes.push(quote!(extend("examples" = contract_runtime::Literal::Json(#text).to_value())));
    }
    attributes
}

/// The constraints of a member whose type does not carry them.
fn field_attributes(property: &Schema, when_present: Option<&TokenStream>) -> TokenStream {
    let mut attributes = Vec::new();
    if let Some(value) = when_present {
        // An `Option` would be told as "or null", but the member is left out instead.
        let value = value.to_string();
        attributes.push(quote!(with = #value));
    }
    if property.component.is_none() {
        attributes.extend(describing(property));
        attributes.extend(constraints(property));
    }
    if attributes.is_empty() {
        quote!()
    } else {
        quote!(#[schemars(#(#attributes),*)])
    }
}

fn constraints(property: &Schema) -> Vec<TokenStream> {
    let mut attributes = Vec::new();
    if let Some(length) = length(property) {
        attributes.push(length);
    }
    if let Some(pattern) = &property.pattern {
        attributes.push(quote!(extend("pattern" = #pattern)));
    }
    let bounds: Vec<TokenStream> = [("min", &property.minimum), ("max", &property.maximum)]
        .into_iter()
        .filter_map(|(name, bound)| {
            let name = format_ident!("{name}");
            let bound = Literal::i64_suffixed(bound.as_ref()?.as_i64()?);
            Some(quote!(#name = #bound))
        })
        .collect();
    if !bounds.is_empty() {
        attributes.push(quote!(range(#(#bounds),*)));
    }
    if let Some(format) = property
        .format
        .as_deref()
        .filter(|format| matches!(*format, "uri" | "uri-reference"))
    {
        attributes.push(quote!(extend("format" = #format)));
    }
    attributes.extend(extensions(property));
    attributes
}

fn length(schema: &Schema) -> Option<TokenStream> {
    let (least, most) = match schema.kind {
        Kind::String => (schema.min_length, schema.max_length),
        Kind::Array => (schema.min_items, schema.max_items),
        _ => return None,
    };
    let bounds: Vec<TokenStream> = [("min", least), ("max", most)]
        .into_iter()
        .filter_map(|(name, bound)| {
            let name = format_ident!("{name}");
            let bound = Literal::u64_unsuffixed(bound?);
            Some(quote!(#name = #bound))
        })
        .collect();
    (!bounds.is_empty()).then(|| quote!(length(#(#bounds),*)))
}

/// Keywords that schemars has no attribute for.
fn extensions(schema: &Schema) -> Vec<TokenStream> {
    let mut attributes = Vec::new();
    if schema.unique_items {
        attributes.push(quote!(extend("uniqueItems" = true)));
    }
    for (name, count) in [
        ("minProperties", schema.min_properties),
        ("maxProperties", schema.max_properties),
    ] {
        if let Some(count) = count {
            let count = Literal::u64_unsuffixed(count);
            attributes.push(quote!(extend(#name = #count)));
        }
    }
    if let Some(pattern) = &schema.key_pattern {
        attributes.push(quote!(extend("propertyNames" = { "pattern": #pattern })));
    }
    attributes
}

fn message(message: &Message) -> TokenStream {
    let Message {
        key,
        name,
        schema_version,
        ..
    } = message;
    let constant = names::constant(key);
    let payload = names::camel(message.payload.component.as_deref().unwrap_or(key));
    let data = message.data().map_or_else(|| quote!(serde_json::Value), type_of);
    let payload_title = message.payload.title.is_some();
    let data_title = message.data().is_some_and(|data| data.title.is_some());
    let path = message.data_schema_path();
    let fields = message.payload.properties.iter().map(|(attribute, schema)| {
        let field = names::snake(attribute);
        match attribute.as_str() {
            "subject" | "data" => quote!(#field),
            _ if schema.constant.is_some() => quote!(#field: Default::default()),
            _ => quote!(#field: attributes.#field),
        }
    });
    let doc = format!("The message `{key}`.");
    quote! {
        #[doc = #doc]
        pub static #constant: MessageDescriptor = MessageDescriptor {
            key: #key,
            event_type: #name,
            schema_version: #schema_version,
            data_schema_path: #path,
            payload_schema: contract_runtime::glue::json_schema_of::<#payload, #payload_title>,
            data_schema: contract_runtime::glue::json_schema_of::<#data, #data_title>,
            compiled: OnceLock::new(),
        };

        impl Message for #payload {
            type Data = #data;
            const DESCRIPTOR: &'static MessageDescriptor = &#constant;

            fn seal(attributes: EventAttributes, subject: String, data: Self::Data) -> Self {
                Self { #(#fields),* }
            }
        }
    }
}
