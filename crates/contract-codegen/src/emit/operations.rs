//! The operations: their constants, inputs, responses and problems.

use indexmap::IndexMap;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::context::Context;
use super::parameters::{parameter_expression, parameter_static};
use super::responses::{header_static, response_enum, response_name, response_static};
use super::{optional_text, repeated};
use crate::openapi::{Body, Condition, Encoding, MediaType, SecurityKind, Style};
use crate::{Language, Operation, names};

pub(super) fn emit(context: &Context<'_>) -> TokenStream {
    repeated::read(context);
    let mut shared: IndexMap<String, TokenStream> = IndexMap::new();
    let mut add = |name: Option<Ident>, text: &dyn Fn(&Ident) -> TokenStream| {
        if let Some(name) = name {
            shared.entry(name.to_string()).or_insert_with(|| text(&name));
        }
    };
    for operation in &context.api.operations {
        for parameter in &operation.parameters {
            let name = context.parameter_constant(operation, parameter);
            add(name, &|name| parameter_static(context, name, parameter));
        }
    }
    for operation in &context.api.operations {
        for response in &operation.responses {
            let place = repeated::place_of(response);
            let is_shared = context.repeated.borrow().name(&place).is_some();
            let name = response_name(context, operation, response);
            let own = response.component.is_some() || !is_shared;
            add(own.then_some(name), &|name| {
                response_static(context, name, response)
            });
            for header in &response.headers {
                add(context.header_constant(header), &|name| {
                    header_static(context, name, header)
                });
            }
        }
    }
    let shared: Vec<TokenStream> = shared.into_values().collect();
    let schemes = security_schemes(context);
    let repeated = context.repeated.borrow();
    let repeated = repeated.statics();
    let operations: Vec<TokenStream> = context
        .api
        .operations
        .iter()
        .zip(&context.conditions)
        .map(|(operation, conditions)| self::operation(context, operation, conditions))
        .collect();
    let imports = match context.language {
        Language::Service => quote!(
            use super::{models, patterns, problems, schemas};
        ),
        Language::Plain => quote! {
            use contract_runtime::export::{bytes::Bytes, poem};
            use super::{models, patterns, schemas};
        },
    };
    quote! {
        //! The operations of the contract.

        use contract_runtime::{
            Answer, Body, Condition, Content, ContentForm, Direction, Encoding, Format, Header, Input, Keyword, Kind, Literal,
            Location, MediaType, Multipart, Named, Operation, Parameter, Parts, Payload, Problem, Reply, Response,
            ResponseStatus, Schema, SecurityKind, SecurityRequirement, SecurityScheme, Style,
        };
        #imports

        #schemes
        #(#repeated)*
        #(#shared)*
        #(#operations)*
    }
}

fn operation(context: &Context<'_>, operation: &Operation, conditions: &[Condition]) -> TokenStream {
    let constant = constant_of(context, operation, conditions);
    let input = super::inputs::input(context, operation);
    let response = response_enum(context, operation);
    let service = (context.language == Language::Service).then(|| {
        let problem = problem_enum(operation);
        let events = event_set(operation);
        quote!(#problem #events)
    });
    quote! {
        #constant
        #input
        #response
        #service
    }
}

/// A field and its value, where it is not what `NEW` says.
fn set(fields: &mut Vec<TokenStream>, name: &str, value: Option<TokenStream>) {
    if let Some(value) = value {
        let name = format_ident!("{name}");
        fields.push(quote!(#name: #value));
    }
}

fn texts(texts: &[String]) -> Option<TokenStream> {
    (!texts.is_empty()).then(|| quote!(&[#(#texts),*]))
}

pub(super) fn some_text(text: Option<&String>) -> Option<TokenStream> {
    text.map(|text| quote!(Some(#text)))
}

fn constant_of(context: &Context<'_>, operation: &Operation, conditions: &[Condition]) -> TokenStream {
    let Operation { name, path, .. } = operation;
    let constant = context.operation_constant(operation);
    let method = format_ident!("{}", operation.method);
    let id = operation.id.as_ref().unwrap_or(name);
    let mut fields = vec![quote!(id: #id)];
    set(
        &mut fields,
        "id_is_declared",
        operation.id.is_none().then(|| quote!(false)),
    );
    fields.push(quote!(method: &poem::http::Method::#method));
    fields.push(quote!(path: #path));
    let conditions = conditions.iter().map(condition);
    set(
        &mut fields,
        "conditions",
        (conditions.len() > 0).then(|| quote!(&[#(#conditions),*])),
    );
    set(&mut fields, "tags", texts(&operation.tags));
    set(&mut fields, "summary", some_text(operation.summary.as_ref()));
    set(
        &mut fields,
        "description",
        some_text(operation.description.as_ref()),
    );
    set(
        &mut fields,
        "deprecated",
        operation.deprecated.then(|| quote!(true)),
    );
    let parameters = operation.parameters.iter().map(|parameter| {
        let shared = || context.repeated.borrow().name(&parameter.pointer);
        let constant = context.parameter_constant(operation, parameter);
        constant.or_else(shared).map_or_else(
            || parameter_expression(context, parameter),
            |constant| quote!(#constant),
        )
    });
    let parameters: Vec<TokenStream> = parameters.collect();
    set(
        &mut fields,
        "parameters",
        (!parameters.is_empty()).then(|| quote!(&[#(&#parameters),*])),
    );
    let body = operation.body.as_ref().map(|body| self::body(context, body));
    set(&mut fields, "body", body);
    let responses = operation
        .responses
        .iter()
        .map(|response| response_name(context, operation, response));
    fields.push(quote!(responses: &[#(&#responses),*]));
    set(&mut fields, "security", security(context, operation));
    set(&mut fields, "scope", some_text(operation.scope.as_ref()));
    set(&mut fields, "tenant", some_text(operation.tenant.as_ref()));
    set(
        &mut fields,
        "idempotent",
        operation.idempotent.then(|| quote!(true)),
    );
    set(&mut fields, "audit", some_text(operation.audit.as_ref()));
    set(&mut fields, "emits", texts(&operation.emits));
    let problems = context.language == Language::Service;
    set(&mut fields, "problems", problems.then(|| quote!(problems::ALL)));
    let doc = format!("`{} {path}`", operation.method);
    quote! {
        #[doc = #doc]
        pub static #constant: Operation = Operation { #(#fields,)* ..Operation::NEW };
    }
}

fn condition(condition: &Condition) -> TokenStream {
    let name = &condition.name;
    let location = super::parameters::location(condition.location);
    let value = optional_text(condition.value.as_deref());
    quote!(Condition { location: #location, name: #name, value: #value })
}

fn security(context: &Context<'_>, operation: &Operation) -> Option<TokenStream> {
    let requirement = |requirement: &crate::openapi::SecurityRequirement| {
        let schemes = requirement.schemes.iter().filter_map(|(name, scopes)| {
            let known = context
                .api
                .security_schemes
                .iter()
                .find(|scheme| scheme.name == *name)?;
            let constant = context.security_constant(known);
            Some(quote!((&#constant, &[#(#scopes),*])))
        });
        quote!(SecurityRequirement(&[#(#schemes),*]))
    };
    let requirements = operation.security.iter().map(requirement);
    (!operation.security.is_empty()).then(|| quote!(&[#(#requirements),*]))
}

fn security_schemes(context: &Context<'_>) -> TokenStream {
    let schemes = context.api.security_schemes.iter().map(|scheme| {
        let constant = context.security_constant(scheme);
        let name = &scheme.name;
        let description = optional_text(scheme.description.as_deref());
        let kind = match &scheme.kind {
            SecurityKind::ApiKey { location, name } => {
                let location = super::parameters::location(*location);
                quote!(ApiKey { location: #location, name: #name })
            }
            SecurityKind::Http {
                scheme,
                bearer_format,
            } => {
                let bearer_format = optional_text(bearer_format.as_deref());
                quote!(Http { scheme: #scheme, bearer_format: #bearer_format })
            }
            SecurityKind::OAuth2 { .. } => quote!(OAuth2),
            SecurityKind::OpenIdConnect { url } => quote!(OpenIdConnect { url: #url }),
            SecurityKind::MutualTls => quote!(MutualTls),
        };
        let doc = format!("The security scheme `{name}`.");
        quote! {
            #[doc = #doc]
            pub static #constant: SecurityScheme =
                SecurityScheme { name: #name, description: #description, kind: SecurityKind::#kind };
        }
    });
    quote!(#(#schemes)*)
}

pub(super) fn media_types(context: &Context<'_>, declared: &[MediaType]) -> TokenStream {
    let declared = declared.iter().map(|media_type| {
        let name = &media_type.name;
        let mut fields = Vec::new();
        set(
            &mut fields,
            "name",
            (name != "application/json").then(|| quote!(#name)),
        );
        let form = media_type.form(context.source).name();
        let constant = format_ident!("{form}");
        set(
            &mut fields,
            "form",
            (form != "Json").then(|| quote!(ContentForm::#constant)),
        );
        let schema = media_type
            .schema
            .as_deref()
            .map(|pointer| context.schema(Some(pointer)));
        set(&mut fields, "schema", schema);
        let encodings = media_type.encodings.iter().map(|one| encoding(context, one));
        let encodings: Vec<TokenStream> = encodings.collect();
        let encodings = (!encodings.is_empty()).then(|| quote!(&[#(#encodings),*]));
        set(&mut fields, "encodings", encodings);
        quote!(MediaType { #(#fields,)* ..MediaType::JSON })
    });
    quote!(&[#(#declared),*])
}

fn encoding(context: &Context<'_>, encoding: &Encoding) -> TokenStream {
    let property = &encoding.property;
    let content_type = optional_text(encoding.content_type.as_deref());
    let style = encoding.style.unwrap_or(Style::Form);
    let explode = encoding.explode.unwrap_or(style == Style::Form);
    let style = super::parameters::style(style);
    let headers = super::responses::headers(context, &encoding.headers);
    quote! {
        Encoding { property: #property, content_type: #content_type, headers: #headers, style: #style, explode: #explode }
    }
}

fn body(context: &Context<'_>, body: &Body) -> TokenStream {
    let description = optional_text(body.description.as_deref());
    let required = body.required;
    let media_types = media_types(context, &body.media_types);
    let limit = body.limit_bytes.map_or_else(
        || quote!(Body::LIMIT_BYTES_DEFAULT),
        |bytes| {
            let bytes = Literal::u64_unsuffixed(bytes);
            quote!(#bytes)
        },
    );
    quote!(Some(Body { description: #description, required: #required, media_types: #media_types, limit_bytes: #limit }))
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
