//! The models of the HTTP contract: a struct, enum or newtype for each component schema.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use crate::{Kind, Schema, names};

/// Gives the type of a use of a schema.
pub(super) type TypeOf<'a> = dyn Fn(&Schema) -> TokenStream + 'a;
/// Gives what else stands before a member; for an optional one, the type that it has when it is there.
pub(super) type Attributes<'a> = dyn Fn(&Schema, Option<&TokenStream>) -> TokenStream + 'a;

/// The Rust item of a named schema. `of` gives the type of a member, `attributes` what else stands before one.
pub(super) fn model(
    name: &str,
    schema: &Schema,
    derives: &TokenStream,
    of: &TypeOf<'_>,
    attributes: &Attributes<'_>,
) -> TokenStream {
    let ident = names::camel(name);
    let doc = schema.description.as_deref().map(doc);
    if schema.kind == Kind::Object && !schema.properties.is_empty() {
        let fields = schema
            .properties
            .iter()
            .map(|(name, property)| field(name, property, schema, of, attributes));
        return quote! {
            #doc
            #derives
            pub struct #ident { #(#fields),* }
        };
    }
    if schema.kind == Kind::String && !schema.enumeration.is_empty() {
        let texts = schema.enumeration.iter().filter_map(Value::as_str);
        let variants = texts.clone().map(|text| {
            let variant = names::camel(text);
            quote!(#[serde(rename = #text)] #variant)
        });
        let arms = texts.map(|text| {
            let variant = names::camel(text);
            quote!(Self::#variant => #text)
        });
        return quote! {
            #doc
            #derives
            #[derive(Copy, Eq, Hash)]
            #[allow(missing_docs)]
            pub enum #ident { #(#variants),* }

            impl #ident {
                /// The word of the contract.
                #[must_use]
                pub fn as_str(self) -> &'static str {
                    match self { #(#arms),* }
                }
            }
        };
    }
    // What describes the newtype stands on it; its field takes the constraints.
    let bare = Schema {
        component: None,
        title: None,
        description: None,
        examples: None,
        ..schema.clone()
    };
    let attributes = attributes(&bare, None);
    let inner = of(&bare);
    quote! {
        #doc
        #derives
        #[serde(transparent)]
        pub struct #ident(#attributes pub #inner);
    }
}

fn field(
    name: &str,
    property: &Schema,
    parent: &Schema,
    of: &TypeOf<'_>,
    attributes: &Attributes<'_>,
) -> TokenStream {
    let ident = names::snake(name);
    // A component is documented where it stands; said here too, its text would reach the derived schema twice. Without a description
    // there is no comment either: schemars would tell it as one.
    let own = property
        .description
        .as_deref()
        .filter(|_| property.component.is_none());
    let doc = own.map(doc);
    let optional = !parent.required.iter().any(|required| required == name);
    let inner = of(property);
    let attributes = attributes(property, optional.then_some(&inner));
    let rename = (ident != name).then(|| quote!(#[serde(rename = #name)]));
    if optional {
        quote! {
            #doc
            #rename
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #attributes
            pub #ident: Option<#inner>
        }
    } else {
        quote!(#doc #rename #attributes pub #ident: #inner)
    }
}

/// A description as a doc comment, one line each.
pub(super) fn doc(text: &str) -> TokenStream {
    let lines = text.trim_end().lines().map(|line| {
        let line = format!(" {line}");
        quote!(#[doc = #line])
    });
    quote!(#(#lines)*)
}
