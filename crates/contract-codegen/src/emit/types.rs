//! The Rust type of a schema.

use proc_macro2::TokenStream;
use quote::quote;

use crate::schema::Additional;
use crate::{Kind, Schema, names};

/// The type of a use of `schema`; named components have their own.
pub(super) fn of(schema: &Schema, models: &TokenStream) -> TokenStream {
    if let Some(name) = &schema.component {
        let name = names::camel(name);
        return quote!(#models #name);
    }
    inline(schema, models)
}

/// The type that a schema has without its name.
pub(super) fn inline(schema: &Schema, models: &TokenStream) -> TokenStream {
    match (schema.kind, schema.format.as_deref()) {
        (Kind::String, Some("uuid")) => quote!(uuid::Uuid),
        (Kind::String, Some("date-time")) => quote!(contract_runtime::UtcDateTime),
        (Kind::String, _) => quote!(String),
        (Kind::Integer, Some("int32")) => quote!(i32),
        (Kind::Integer, _) => quote!(i64),
        (Kind::Number, _) => quote!(f64),
        (Kind::Boolean, _) => quote!(bool),
        (Kind::Array, _) => {
            let item = schema
                .items
                .as_ref()
                .map_or_else(|| quote!(serde_json::Value), |items| of(items, models));
            quote!(Vec<#item>)
        }
        (Kind::Object, _) => {
            if let Additional::Of(value) = &schema.additional {
                let value = of(value, models);
                quote!(std::collections::BTreeMap<String, #value>)
            } else {
                quote!(serde_json::Map<String, serde_json::Value>)
            }
        }
        (Kind::Any, _) => quote!(serde_json::Value),
    }
}
