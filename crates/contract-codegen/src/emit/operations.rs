//! The operations: their constants, inputs and problems.

use indexmap::IndexMap;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::models::doc;
use super::responses::{header_constant, header_static, response_constant, response_enum, response_static};
use super::schemas::{Patterns, node};
use super::{optional_text, types};
use crate::openapi::{Body, MediaType};
use crate::{Location, OpenApi, Operation, Parameter, Schema, Source, names};

pub(super) fn emit(source: &Source, api: &OpenApi, patterns: &mut Patterns) -> TokenStream {
    let mut parameters: IndexMap<String, TokenStream> = IndexMap::new();
    for operation in &api.operations {
        for parameter in &operation.parameters {
            let name = parameter_constant(operation, parameter);
            parameters
                .entry(name.to_string())
                .or_insert_with(|| parameter_static(source, &name, parameter, patterns));
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
            .or_insert_with(|| response_static(source, &name, response, patterns));
        for header in &response.headers {
            if let Some(name) = header_constant(header) {
                shared
                    .entry(name.to_string())
                    .or_insert_with(|| header_static(source, &name, header, patterns));
            }
        }
    }
    let shared: Vec<TokenStream> = shared.into_values().collect();
    let operations: Vec<TokenStream> = api
        .operations
        .iter()
        .map(|operation| self::operation(source, operation, patterns))
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
            names::constant(&operation.name),
            names::constant(&parameter.name)
        ),
    }
}

fn parameter_static(
    source: &Source,
    constant: &Ident,
    parameter: &Parameter,
    patterns: &mut Patterns,
) -> TokenStream {
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
        Location::Cookie => quote!(Cookie),
    };
    let description = optional_text(parameter.description.as_deref());
    let node = node(
        &Schema::at(source, parameter.schema.as_deref()),
        patterns,
        &quote!(schemas::),
    );
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

fn operation(source: &Source, operation: &Operation, patterns: &mut Patterns) -> TokenStream {
    let constant = constant_of(source, operation, patterns);
    let input = input(source, operation);
    let response = response_enum(source, operation);
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

fn constant_of(source: &Source, operation: &Operation, patterns: &mut Patterns) -> TokenStream {
    let Operation {
        name: id,
        path,
        tags,
        deprecated,
        idempotent,
        emits,
        ..
    } = operation;
    let security = operation.security.iter().flat_map(|one| &one.schemes);
    let security = security.map(|(name, _)| name);
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
        .map_or_else(|| quote!(None), |body| self::body(source, body, patterns));
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

pub(super) fn media_types(source: &Source, declared: &[MediaType], patterns: &mut Patterns) -> TokenStream {
    let declared: Vec<TokenStream> = declared
        .iter()
        .map(|MediaType { name, schema, .. }| {
            let schema = Schema::at(source, schema.as_deref());
            let node = node(&schema, patterns, &quote!(schemas::));
            quote!(MediaType { name: #name, node: #node })
        })
        .collect();
    quote!(&[#(#declared),*])
}

fn body(source: &Source, body: &Body, patterns: &mut Patterns) -> TokenStream {
    let description = optional_text(body.description.as_deref());
    let required = body.required;
    let media_types = media_types(source, &body.media_types, patterns);
    let limit = Literal::u64_unsuffixed(body.limit_bytes.unwrap_or_default());
    quote!(Some(Body { description: #description, required: #required, media_types: #media_types, limit_bytes: #limit }))
}

fn input(source: &Source, operation: &Operation) -> TokenStream {
    let name = format_ident!("{}Input", names::camel(&operation.name));
    let fields = operation.parameters.iter().map(|parameter| {
        let field = names::snake(&parameter.name);
        let doc = doc(parameter.description.as_deref().unwrap_or(&parameter.name));
        let schema = Schema::at(source, parameter.schema.as_deref());
        let value = types::of(&schema, &quote!(models::));
        if parameter.required || schema.default.is_some() {
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
            let value = types::of(
                &Schema::at(source, media_type.schema.as_deref()),
                &quote!(models::),
            );
            quote!(/** The body. */ pub body: #value,)
        });
    let negotiated = negotiates(operation)
        .then(|| quote!(/** Which media type the client wants most. */ pub accept: &'static str,));
    let doc = format!("What a request to `{}` carries.", operation.name);
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
        .any(|response| response.status.least() < 300 && response.media_types.len() > 1)
}

fn problem_enum(operation: &Operation) -> TokenStream {
    let name = format_ident!("{}Problem", names::camel(&operation.name));
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
    let operation_constant = names::constant(&operation.name);
    let doc = format!("The problems that `{}` declares.", operation.name);
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
    let name = format_ident!("{}Events", names::camel(&operation.name));
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
    let doc = format!("Exactly the events that `{}` emits.", operation.name);
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
