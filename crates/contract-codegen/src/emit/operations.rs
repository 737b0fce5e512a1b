//! The operations: their constants, inputs, responses and problems.

use indexmap::IndexMap;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::models::doc;
use super::schemas::{Patterns, node};
use super::{optional_text, types};
use crate::openapi::{Body, Header, MediaType, Response};
use crate::{Location, OpenApi, Operation, Parameter, names};

pub(super) fn emit(api: &OpenApi, patterns: &mut Patterns) -> TokenStream {
    let mut parameters: IndexMap<String, TokenStream> = IndexMap::new();
    for operation in &api.operations {
        for parameter in &operation.parameters {
            let name = parameter_constant(operation, parameter);
            parameters
                .entry(name.to_string())
                .or_insert_with(|| parameter_static(&name, parameter, patterns));
        }
    }
    let parameters: Vec<TokenStream> = parameters.into_values().collect();
    let mut shared: IndexMap<String, TokenStream> = IndexMap::new();
    for (operation, response) in api
        .operations
        .iter()
        .flat_map(|one| one.responses.iter().map(move |other| (one, other)))
    {
        let name = response_constant(operation, response);
        shared
            .entry(name.to_string())
            .or_insert_with(|| response_static(&name, response, patterns));
        for header in &response.headers {
            if let Some(name) = header_constant(header) {
                shared
                    .entry(name.to_string())
                    .or_insert_with(|| header_static(&name, header, patterns));
            }
        }
    }
    let shared: Vec<TokenStream> = shared.into_values().collect();
    let operations: Vec<TokenStream> = api
        .operations
        .iter()
        .map(|operation| self::operation(operation, patterns))
        .collect();
    quote! {
        //! The operations of the contract.

        use contract_runtime::{
            Additional, Body, Format, Header, Kind, Literal, Location, MediaType, Node, Operation, Parameter, Property, Reply,
            Response, Schema,
        };
        use super::{models, patterns::*, problems, schemas};

        #(#parameters)*
        #(#shared)*
        #(#operations)*
    }
}

/// A parameter that is a component has one constant for all its operations.
pub(crate) fn parameter_constant(operation: &Operation, parameter: &Parameter) -> Ident {
    match &parameter.component {
        Some(component) => format_ident!("PARAMETER_{}", names::constant(component)),
        None => format_ident!(
            "{}_{}",
            names::constant(&operation.id),
            names::constant(&parameter.name)
        ),
    }
}

fn parameter_static(constant: &Ident, parameter: &Parameter, patterns: &mut Patterns) -> TokenStream {
    let Parameter {
        name,
        required,
        deprecated,
        problem,
        ..
    } = parameter;
    let location = match parameter.location {
        Location::Path => quote!(Path),
        Location::Query => quote!(Query),
        Location::Header => quote!(Header),
    };
    let description = optional_text(parameter.description.as_deref());
    let node = node(&parameter.schema, patterns, &quote!(schemas::));
    let doc = format!("The parameter `{name}`.");
    quote! {
        #[doc = #doc]
        pub static #constant: Parameter = Parameter {
            name: #name,
            location: Location::#location,
            description: #description,
            required: #required,
            deprecated: #deprecated,
            node: #node,
            problem: #problem,
        };
    }
}

fn operation(operation: &Operation, patterns: &mut Patterns) -> TokenStream {
    let constant = constant_of(operation, patterns);
    let input = input(operation);
    let response = response_enum(operation);
    let problem = problem_enum(operation);
    let events = event_set(operation);
    quote! {
        #constant
        #input
        #response
        #problem
        #events
    }
}

fn constant_of(operation: &Operation, patterns: &mut Patterns) -> TokenStream {
    let Operation {
        id,
        path,
        tags,
        deprecated,
        idempotent,
        emits,
        security,
        ..
    } = operation;
    let constant = names::constant(id);
    let method = format_ident!("{}", operation.method);
    let summary = optional_text(operation.summary.as_deref());
    let description = optional_text(operation.description.as_deref());
    let scope = optional_text(operation.scope.as_deref());
    let tenant = optional_text(operation.tenant.as_deref());
    let audit = optional_text(operation.audit.as_deref());
    let parameters = operation
        .parameters
        .iter()
        .map(|parameter| parameter_constant(operation, parameter));
    let body = operation
        .body
        .as_ref()
        .map_or_else(|| quote!(None), |body| self::body(body, patterns));
    let responses = operation
        .responses
        .iter()
        .map(|response| response_constant(operation, response));
    let doc = format!("`{} {path}`", operation.method);
    quote! {
        #[doc = #doc]
        pub static #constant: Operation = Operation {
            id: #id,
            method: poem::http::Method::#method,
            path: #path,
            tags: &[#(#tags),*],
            summary: #summary,
            description: #description,
            deprecated: #deprecated,
            parameters: &[#(&#parameters),*],
            body: #body,
            responses: &[#(&#responses),*],
            security: &[#(#security),*],
            scope: #scope,
            tenant: #tenant,
            idempotent: #idempotent,
            audit: #audit,
            emits: &[#(#emits),*],
            problems: problems::ALL,
        };
    }
}

fn media_types(declared: &[MediaType], patterns: &mut Patterns) -> TokenStream {
    let declared: Vec<TokenStream> = declared
        .iter()
        .map(|MediaType { name, schema }| {
            let node = node(schema, patterns, &quote!(schemas::));
            quote!(MediaType { name: #name, node: #node })
        })
        .collect();
    quote!(&[#(#declared),*])
}

fn body(body: &Body, patterns: &mut Patterns) -> TokenStream {
    let description = optional_text(body.description.as_deref());
    let required = body.required;
    let media_types = media_types(&body.media_types, patterns);
    let limit = Literal::u64_unsuffixed(body.limit_bytes);
    quote!(Some(Body { description: #description, required: #required, media_types: #media_types, limit_bytes: #limit }))
}

/// A response that is a component has one constant for all operations that give it the same status.
pub(crate) fn response_constant(operation: &Operation, response: &Response) -> Ident {
    let Response { pointer, status, .. } = response;
    match pointer.strip_prefix("/components/responses/") {
        Some(component) => format_ident!("RESPONSE_{}_{status}", names::constant(component)),
        None => format_ident!("{}_{status}", names::constant(&operation.id)),
    }
}

fn response_static(constant: &Ident, response: &Response, patterns: &mut Patterns) -> TokenStream {
    let status = Literal::u16_unsuffixed(response.status);
    let description = &response.description;
    let headers: Vec<TokenStream> = response
        .headers
        .iter()
        .map(|header| {
            let name = &header.name;
            let header = header_constant(header).map_or_else(
                || {
                    let body = header_body(header, patterns);
                    quote!(&#body)
                },
                |constant| quote!(&#constant),
            );
            quote!((#name, #header))
        })
        .collect();
    let media_types = media_types(&response.media_types, patterns);
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

fn header_static(constant: &Ident, header: &Header, patterns: &mut Patterns) -> TokenStream {
    let doc = format!("The header `{}`.", header.name);
    let body = header_body(header, patterns);
    quote! {
        #[doc = #doc]
        pub static #constant: Header = #body;
    }
}

fn header_body(header: &Header, patterns: &mut Patterns) -> TokenStream {
    let Header {
        description,
        required,
        deprecated,
        schema,
        ..
    } = header;
    let description = optional_text(description.as_deref());
    let node = node(schema, patterns, &quote!(schemas::));
    quote!(Header { description: #description, required: #required, deprecated: #deprecated, node: #node })
}

fn input(operation: &Operation) -> TokenStream {
    let name = format_ident!("{}Input", names::camel(&operation.id));
    let fields = operation.parameters.iter().map(|parameter| {
        let field = names::snake(&parameter.name);
        let doc = doc(parameter.description.as_deref().unwrap_or(&parameter.name));
        let value = types::of(&parameter.schema, &quote!(models::));
        if parameter.required || parameter.schema.default.is_some() {
            quote!(#doc pub #field: #value)
        } else {
            quote!(#doc pub #field: Option<#value>)
        }
    });
    let body = operation
        .body
        .as_ref()
        .and_then(|body| body.media_types.first())
        .map(|media_type| {
            let value = types::of(&media_type.schema, &quote!(models::));
            quote!(/** The body. */ pub body: #value,)
        });
    let negotiated = negotiates(operation)
        .then(|| quote!(/** Which media type the client wants most. */ pub accept: &'static str,));
    let doc = format!("What a request to `{}` carries.", operation.id);
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone)]
        pub struct #name { #(#fields,)* #body #negotiated }
    }
}

/// Whether a handler must know what the client accepts.
pub(super) fn negotiates(operation: &Operation) -> bool {
    operation
        .responses
        .iter()
        .any(|response| response.status < 300 && response.media_types.len() > 1)
}

fn response_enum(operation: &Operation) -> TokenStream {
    let name = format_ident!("{}Response", names::camel(&operation.id));
    let constant = names::constant(&operation.id);
    let mut variants = Vec::new();
    let mut arms = Vec::new();
    for response in operation
        .responses
        .iter()
        .filter(|response| response.status < 400)
    {
        if response.media_types.is_empty() {
            let (variant, arm) = response_variant(response, None, false);
            variants.push(variant);
            arms.push(arm);
        }
        for media_type in &response.media_types {
            let (variant, arm) = response_variant(response, Some(media_type), response.media_types.len() > 1);
            variants.push(variant);
            arms.push(arm);
        }
    }
    let doc = format!("What `{}` may answer, problems apart.", operation.id);
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
    response: &Response,
    media_type: Option<&MediaType>,
    several: bool,
) -> (TokenStream, TokenStream) {
    let status = Literal::u16_unsuffixed(response.status);
    let variant = variant(response.status, media_type.filter(|_| several));
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
        let value = types::of(&header.schema, &quote!(models::));
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
            let body = types::of(&media_type.schema, &quote!(models::));
            (
                quote!(#doc #variant { #(#header_fields,)* /** The body. */ body: #body }),
                quote!(Self::#variant { #(#header_idents,)* body } => Reply::new(#status).json(#name, &body) #(#header_calls)*),
            )
        }
    }
}

fn problem_enum(operation: &Operation) -> TokenStream {
    let name = format_ident!("{}Problem", names::camel(&operation.id));
    let mut slugs: Vec<&String> = Vec::new();
    for slug in operation
        .responses
        .iter()
        .flat_map(|response| &response.problem_types)
    {
        if !slugs.contains(&slug) {
            slugs.push(slug);
        }
    }
    let variants: Vec<Ident> = slugs.iter().map(|slug| names::camel(slug)).collect();
    let constants: Vec<Ident> = slugs.iter().map(|slug| names::constant(slug)).collect();
    let operation_constant = names::constant(&operation.id);
    let doc = format!("The problems that `{}` declares.", operation.id);
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum #name { #(#variants),* }

        impl contract_runtime::ProblemSet for #name {
            fn kind(&self) -> &'static contract_runtime::ProblemType {
                match self { #(Self::#variants => &problems::#constants),* }
            }

            fn operation() -> &'static Operation {
                &#operation_constant
            }
        }
    }
}

fn event_set(operation: &Operation) -> Option<TokenStream> {
    if operation.emits.is_empty() {
        return None;
    }
    let name = format_ident!("{}Events", names::camel(&operation.id));
    let fields: Vec<Ident> = operation
        .emits
        .iter()
        .map(|message| names::snake(message))
        .collect();
    let types: Vec<Ident> = operation
        .emits
        .iter()
        .map(|message| names::camel(message))
        .collect();
    let docs = operation
        .emits
        .iter()
        .map(|message| format!("The event `{message}`."));
    let doc = format!("Exactly the events that `{}` emits.", operation.id);
    Some(quote! {
        #[doc = #doc]
        #[derive(Debug, Clone)]
        pub struct #name { #(#[doc = #docs] pub #fields: contract_runtime::Subject<super::events::#types>),* }

        impl contract_runtime::EventSet for #name {
            fn into_pending(self) -> Vec<Box<dyn contract_runtime::PendingEvent>> {
                vec![#(Box::new(self.#fields)),*]
            }
        }
    })
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
