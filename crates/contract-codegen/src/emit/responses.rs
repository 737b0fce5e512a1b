//! The responses of the operations: their constants, and for each operation the enum of what it may answer.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::context::{Context, OperationNames, Unique};
use super::inputs::media_type_words;
use super::operations::media_types;
use super::repeated::place_of;
use super::status_names::status_name;
use crate::openapi::ContentForm;
use crate::openapi::{Header, MediaType, Response, Status};
use crate::types::doc;
use crate::{Language, Operation, names};

/// A response that is a component has one constant for all operations that give it the same status.
pub(crate) fn response_constant(operation: &Operation, response: &Response) -> Ident {
    let status = names::constant(&response.key);
    let status = status.to_string().replace("VALUE_", "").to_uppercase();
    match &response.component {
        Some(component) => format_ident!("RESPONSE_{}_{status}", names::constant(component)),
        None => format_ident!("{}_{status}", names::constant(&operation.name)),
    }
}

/// The constant that operations name: that of all responses that are the same, or its own.
pub(super) fn response_name(context: &Context<'_>, operation: &Operation, response: &Response) -> Ident {
    let shared = context.repeated.borrow().name(&place_of(response));
    let shared = shared.filter(|_| response.component.is_none());
    shared.unwrap_or_else(|| context.response_constant(operation, response))
}

pub(super) fn response_static(context: &Context<'_>, constant: &Ident, response: &Response) -> TokenStream {
    let body = response_body(context, response);
    let doc = match response.status {
        Status::Exact(status) => format!("A response of status {status}."),
        Status::Range(_) => format!("A response of a status of {}.", response.key),
        Status::Default => "A response of any other status.".to_owned(),
    };
    quote! {
        #[doc = #doc]
        pub static #constant: Response = #body;
    }
}

pub(super) fn response_body(context: &Context<'_>, response: &Response) -> TokenStream {
    let (key, description) = (&response.key, &response.description);
    let status = match response.status {
        Status::Exact(status) => {
            let status = Literal::u16_unsuffixed(status);
            quote!(ResponseStatus::Exact(#status))
        }
        Status::Range(hundred) => {
            let hundred = Literal::u16_unsuffixed(hundred);
            quote!(ResponseStatus::Range(#hundred))
        }
        Status::Default => quote!(ResponseStatus::Default),
    };
    let mut fields = vec![
        quote!(key: #key),
        quote!(status: #status),
        quote!(description: #description),
    ];
    if !response.headers.is_empty() {
        let headers = headers(context, &response.headers);
        fields.push(quote!(headers: #headers));
    }
    if !response.media_types.is_empty() {
        let media_types = media_types(context, &response.media_types);
        fields.push(quote!(media_types: #media_types));
    }
    if !response.problem_types.is_empty() {
        let problems = response.problem_types.iter().map(|slug| names::constant(slug));
        fields.push(quote!(problem_types: &[#(&problems::#problems),*]));
    }
    quote!(Response { #(#fields,)* ..Response::NEW })
}

/// Headers by name, as constants.
pub(super) fn headers(context: &Context<'_>, headers: &[Header]) -> TokenStream {
    let headers = headers.iter().map(|header| {
        let name = &header.name;
        let shared = || context.repeated.borrow().name(&header.pointer);
        let header = context
            .header_constant(header)
            .or_else(shared)
            .map_or_else(|| header_body(context, header), |constant| quote!(#constant));
        quote!((#name, &#header))
    });
    quote!(&[#(#headers),*])
}

/// A header that is a component has one constant.
pub(crate) fn header_constant(header: &Header) -> Option<Ident> {
    let component = header.component.as_ref()?;
    Some(format_ident!("HEADER_{}", names::constant(component)))
}

pub(super) fn header_static(context: &Context<'_>, constant: &Ident, header: &Header) -> TokenStream {
    let doc = format!("The header `{}`.", header.name);
    let body = header_body(context, header);
    quote! {
        #[doc = #doc]
        pub static #constant: Header = #body;
    }
}

pub(super) fn header_body(context: &Context<'_>, header: &Header) -> TokenStream {
    let mut fields = Vec::new();
    if let Some(description) = &header.description {
        fields.push(quote!(description: Some(#description)));
    }
    let flags = [
        ("required", header.required),
        ("deprecated", header.deprecated),
        ("explode", header.explode),
    ];
    for (name, _) in flags.into_iter().filter(|(_, flag)| *flag) {
        let name = format_ident!("{name}");
        fields.push(quote!(#name: true));
    }
    if let Some(content) = &header.content {
        fields.push(quote!(content: Some(#content)));
    }
    if header.schema.is_some() {
        let schema = context.schema(header.schema.as_deref());
        fields.push(quote!(schema: #schema));
    }
    quote!(Header { #(#fields,)* ..Header::NEW })
}

/// The enum of what an operation may answer. In Rollcall's language problems are not among it: they are refusals.
pub(super) fn response_enum(context: &Context<'_>, operation: &Operation) -> TokenStream {
    let OperationNames { response: name, .. } = OperationNames::of(operation);
    let constant = context.operation_constant(operation);
    let is_service = context.language == Language::Service;
    let mut taken = Unique::default();
    let mut variants = Vec::new();
    let mut arms = Vec::new();
    let told = operation
        .responses
        .iter()
        .filter(|response| !is_service || response.status.least() < 400);
    for response in told {
        let media_types: Vec<Option<&MediaType>> = match response.media_types.as_slice() {
            [] => vec![None],
            media_types => media_types.iter().map(Some).collect(),
        };
        for media_type in media_types {
            let several = response.media_types.len() > 1;
            let variant = taken.first(
                &variant_names(response.status, media_type.filter(|_| several)),
                names::camel,
            );
            let writer = Variant {
                context,
                response,
                media_type,
                name: &variant,
            };
            let (item, arm) = writer.emit();
            variants.push(item);
            arms.push(arm);
        }
    }
    let doc = if is_service {
        format!("What `{}` may answer, problems apart.", operation.name)
    } else {
        format!(
            "What `{}` may answer; for anything else there are problems.",
            operation.name
        )
    };
    let reply = if is_service {
        quote! {
            impl #name {
                /// The reply.
                #[must_use]
                pub fn into_reply(self) -> Reply {
                    match self { #(#arms),* }
                }
            }

            contract_runtime::responses!(#name, #constant);
        }
    } else {
        quote! {
            impl Answer for #name {
                fn into_reply(self) -> Reply {
                    match self { #(#arms),* }
                }
            }
        }
    };
    quote! {
        #[doc = #doc]
        #[allow(missing_debug_implementations)]
        pub enum #name { #(#variants),* }

        #reply
    }
}

/// What the variant of a status may be called, and of one of its media types where it has several.
pub(crate) fn variant_names(status: Status, media_type: Option<&MediaType>) -> Vec<String> {
    let status = status_name(status);
    match media_type {
        None => vec![status],
        Some(media_type) => vec![
            format!("{status} {}", media_type_words(media_type)),
            format!("{status} {}", media_type.name),
        ],
    }
}

struct Variant<'a, 'c> {
    context: &'a Context<'c>,
    response: &'a Response,
    media_type: Option<&'a MediaType>,
    name: &'a Ident,
}

impl Variant<'_, '_> {
    fn emit(&self) -> (TokenStream, TokenStream) {
        let name = self.name;
        let doc = doc(&self.response.description);
        let mut fields = Vec::new();
        let mut idents: Vec<Ident> = Vec::new();
        let status = match self.response.status {
            Status::Exact(status) => {
                let status = Literal::u16_unsuffixed(status);
                quote!(#status)
            }
            Status::Range(_) | Status::Default => {
                fields.push(quote!(/** The status. */ status: poem::http::StatusCode));
                idents.push(format_ident!("status"));
                quote!(status.as_u16())
            }
        };
        let mut calls = Vec::new();
        self.headers(&mut fields, &mut idents, &mut calls);
        if let Some(media_type) = self.media_type {
            let call = self.body(media_type, &mut fields, &mut idents);
            calls.insert(0, call);
        }
        (
            quote!(#doc #name { #(#fields),* }),
            quote!(Self::#name { #(#idents),* } => Reply::new(#status) #(#calls)*),
        )
    }

    fn headers(&self, fields: &mut Vec<TokenStream>, idents: &mut Vec<Ident>, calls: &mut Vec<TokenStream>) {
        let mut taken = Unique::beside(&["body", "content_type", "status", "stream"]);
        for header in self.response.headers.iter().filter(|header| is_given(header)) {
            let field = taken.first(
                &[header.name.clone(), format!("{} header", header.name)],
                names::header_field,
            );
            let doc = doc(header.description.as_deref().unwrap_or(&header.name));
            let value = self.context.type_of(header.schema.as_deref());
            fields.push(if header.required {
                quote!(#doc #field: #value)
            } else {
                quote!(#doc #field: Option<#value>)
            });
            calls.push(self.header_call(header, &field));
            idents.push(field);
        }
    }

    fn header_call(&self, header: &Header, field: &Ident) -> TokenStream {
        let name = header.name.to_ascii_lowercase();
        let explode = header.explode;
        match (self.context.language, header.required, &header.content) {
            (Language::Service, true, _) => quote!(.header(#name, #field.to_string())),
            (Language::Service, false, _) => quote!(.header_if(#name, #field.map(|value| value.to_string()))),
            (Language::Plain, _, None) => quote!(.header_value(#name, &#field, #explode)),
            (Language::Plain, _, Some(_)) => quote!(.header_json(#name, &#field)),
        }
    }

    fn body(
        &self,
        media_type: &MediaType,
        fields: &mut Vec<TokenStream>,
        idents: &mut Vec<Ident>,
    ) -> TokenStream {
        let form = media_type.form(self.context.source);
        let name = &media_type.name;
        if form == ContentForm::EventStream {
            fields.push(quote!(/** The frames. */ stream: contract_runtime::EventStream));
            idents.push(format_ident!("stream"));
            return quote!(.stream(#name, stream));
        }
        let is_told = media_type.is_range() && !matches!(form, ContentForm::Json);
        let content_type = if is_told {
            fields.push(quote!(/** Its media type. */ content_type: String));
            idents.push(format_ident!("content_type"));
            quote!(&content_type)
        } else if media_type.is_range() {
            quote!("application/json")
        } else {
            quote!(#name)
        };
        let value = self.context.type_of(media_type.schema.as_deref());
        let (body, call) = match form {
            ContentForm::Json => (value, quote!(.json(#content_type, &body))),
            ContentForm::Text => (value, quote!(.value(#content_type, &body))),
            ContentForm::Opaque => (quote!(String), quote!(.text(#content_type, body))),
            _ => (
                quote!(contract_runtime::ReplyBody),
                quote!(.body(#content_type, body)),
            ),
        };
        fields.push(quote!(/** The body. */ body: #body));
        idents.push(format_ident!("body"));
        call
    }
}

/// Whether the handler gives a header. `Content-Type` follows from the body (OpenAPI 3.0.3 §4.7.17.1).
fn is_given(header: &Header) -> bool {
    !header.from_runtime && !header.name.eq_ignore_ascii_case("content-type")
}
