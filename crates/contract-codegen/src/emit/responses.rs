//! The responses of the operations: their constants, and for each operation the enum of what it may answer.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::models::doc;
use super::operations::media_types;
use super::schemas::{Patterns, node};
use super::{optional_text, types};
use crate::openapi::{Header, MediaType, Response};
use crate::{Operation, Schema, Source, names};

/// A response that is a component has one constant for all operations that give it the same status.
pub(crate) fn response_constant(operation: &Operation, response: &Response) -> Ident {
    let Response { pointer, status, .. } = response;
    match pointer.strip_prefix("/components/responses/") {
        Some(component) => format_ident!("RESPONSE_{}_{status}", names::constant(component)),
        None => format_ident!("{}_{status}", names::constant(&operation.name)),
    }
}

pub(super) fn response_static(
    source: &Source,
    constant: &Ident,
    response: &Response,
    patterns: &mut Patterns,
) -> TokenStream {
    let status = Literal::u16_unsuffixed(response.status.least());
    let description = &response.description;
    let headers: Vec<TokenStream> = response
        .headers
        .iter()
        .map(|header| {
            let name = &header.name;
            let header = header_constant(header).map_or_else(
                || {
                    let body = header_body(source, header, patterns);
                    quote!(&#body)
                },
                |constant| quote!(&#constant),
            );
            quote!((#name, #header))
        })
        .collect();
    let media_types = media_types(source, &response.media_types, patterns);
    let problems = response.problem_types.iter().map(|slug| names::constant(slug));
    let doc = format!("A response of status {}.", response.status);
    quote! {
        #[doc = #doc]
        pub static #constant: Response = Response {
            status: #status,
            description: #description,
            headers: &[#(#headers),*],
            media_types: #media_types,
            problem_types: &[#(&problems::#problems),*],
        };
    }
}

/// A header that is a component has one constant.
pub(crate) fn header_constant(header: &Header) -> Option<Ident> {
    let component = header.component.as_ref()?;
    Some(format_ident!("HEADER_{}", names::constant(component)))
}

pub(super) fn header_static(
    source: &Source,
    constant: &Ident,
    header: &Header,
    patterns: &mut Patterns,
) -> TokenStream {
    let doc = format!("The header `{}`.", header.name);
    let body = header_body(source, header, patterns);
    quote! {
        #[doc = #doc]
        pub static #constant: Header = #body;
    }
}

fn header_body(source: &Source, header: &Header, patterns: &mut Patterns) -> TokenStream {
    let Header {
        description,
        required,
        deprecated,
        schema,
        ..
    } = header;
    let description = optional_text(description.as_deref());
    let node = node(
        &Schema::at(source, schema.as_deref()),
        patterns,
        &quote!(schemas::),
    );
    quote!(Header { description: #description, required: #required, deprecated: #deprecated, node: #node })
}

pub(super) fn response_enum(source: &Source, operation: &Operation) -> TokenStream {
    let name = format_ident!("{}Response", names::camel(&operation.name));
    let constant = names::constant(&operation.name);
    let mut variants = Vec::new();
    let mut arms = Vec::new();
    for response in operation
        .responses
        .iter()
        .filter(|response| response.status.least() < 400)
    {
        if response.media_types.is_empty() {
            let (variant, arm) = response_variant(source, response, None, false);
            variants.push(variant);
            arms.push(arm);
        }
        for media_type in &response.media_types {
            let (variant, arm) =
                response_variant(source, response, Some(media_type), response.media_types.len() > 1);
            variants.push(variant);
            arms.push(arm);
        }
    }
    let doc = format!("What `{}` may answer, problems apart.", operation.name);
    quote! {
        #[doc = #doc]
        #[allow(missing_debug_implementations)]
        pub enum #name { #(#variants),* }

        impl #name {
            /// The reply.
            #[must_use]
            pub fn into_reply(self) -> Reply {
                match self { #(#arms),* }
            }
        }

        contract_runtime::responses!(#name, #constant);
    }
}

/// The variant of a status, and of one of its media types where it has several.
pub(crate) fn variant(status: u16, media_type: Option<&MediaType>) -> Ident {
    let suffix = media_type.and_then(|media_type| media_type.name.rsplit('/').next());
    names::camel(&format!("{} {}", status_name(status), suffix.unwrap_or_default()))
}

fn response_variant(
    source: &Source,
    response: &Response,
    media_type: Option<&MediaType>,
    several: bool,
) -> (TokenStream, TokenStream) {
    let status = Literal::u16_unsuffixed(response.status.least());
    let variant = variant(response.status.least(), media_type.filter(|_| several));
    let doc = doc(&response.description);
    let from_handler: Vec<&Header> = response
        .headers
        .iter()
        .filter(|header| !header.from_runtime)
        .collect();
    let header_idents: Vec<Ident> = from_handler
        .iter()
        .map(|header| names::header_field(&header.name))
        .collect();
    let header_fields = from_handler.iter().zip(&header_idents).map(|(header, field)| {
        let doc = self::doc(header.description.as_deref().unwrap_or(&header.name));
        let value = types::of(&Schema::at(source, header.schema.as_deref()), &quote!(models::));
        if header.required {
            quote!(#doc #field: #value)
        } else {
            quote!(#doc #field: Option<#value>)
        }
    });
    let header_calls: Vec<TokenStream> = from_handler
        .iter()
        .zip(&header_idents)
        .map(|(header, field)| {
            let name = header.name.to_ascii_lowercase();
            if header.required {
                quote!(.header(#name, #field.to_string()))
            } else {
                quote!(.header_if(#name, #field.map(|value| value.to_string())))
            }
        })
        .collect();
    match media_type {
        None => (
            quote!(#doc #variant { #(#header_fields),* }),
            quote!(Self::#variant { #(#header_idents),* } => Reply::new(#status) #(#header_calls)*),
        ),
        Some(media_type) if media_type.name == "text/event-stream" => (
            quote!(#doc #variant { #(#header_fields,)* /** The frames. */ stream: contract_runtime::EventStream }),
            quote!(Self::#variant { #(#header_idents,)* stream } => Reply::new(#status).stream("text/event-stream", stream) #(#header_calls)*),
        ),
        Some(media_type) => {
            let name = &media_type.name;
            let body = types::of(
                &Schema::at(source, media_type.schema.as_deref()),
                &quote!(models::),
            );
            (
                quote!(#doc #variant { #(#header_fields,)* /** The body. */ body: #body }),
                quote!(Self::#variant { #(#header_idents,)* body } => Reply::new(#status).json(#name, &body) #(#header_calls)*),
            )
        }
    }
}

/// The reason phrase of a successful status (RFC 9110 §15).
fn status_name(status: u16) -> &'static str {
    match status {
        200 => "Ok",
        201 => "Created",
        202 => "Accepted",
        204 => "NoContent",
        206 => "PartialContent",
        303 => "SeeOther",
        304 => "NotModified",
        _ => "Other",
    }
}
