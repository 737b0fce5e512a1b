//! What a request to an operation carries: its parameters and its body.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::context::{Context, OperationNames, Unique};
use crate::openapi::ContentForm;
use crate::openapi::{Body, MediaType};
use crate::types::doc;
use crate::{Language, Operation, Parameter, names};

/// The fields of an input that the operation's own parameters leave to the body and to the media type that the client wants.
const OTHERS: [&str; 2] = ["body", "accept"];

/// A parameter as a field.
pub(crate) struct Field<'a> {
    /// Its place among the operation's parameters.
    pub(crate) index: usize,
    pub(crate) name: Ident,
    pub(crate) parameter: &'a Parameter,
    pub(crate) value: TokenStream,
    /// Whether the field is an `Option`.
    pub(crate) is_optional: bool,
}

/// The parameters of an operation that are read. Of two that would have one name, the second has that of its place as well:
/// `id_header`.
pub(crate) fn fields<'a>(context: &Context<'_>, operation: &'a Operation) -> Vec<Field<'a>> {
    let mut taken = Unique::beside(&OTHERS);
    let mut fields = Vec::new();
    for (index, parameter) in operation.parameters.iter().enumerate() {
        if parameter.is_ignored() {
            continue;
        }
        let name = parameter.name.clone();
        let placed = format!("{name} {}", parameter.location.name());
        let pointer = parameter.schema.as_deref();
        let has_value = parameter.required || context.has_default(pointer);
        fields.push(Field {
            index,
            name: taken.first(&[name, placed], names::snake),
            parameter,
            value: context.type_of(pointer),
            is_optional: !has_value || parameter.allow_empty_value,
        });
    }
    fields
}

/// The struct of what a request carries and, for any contract, how it is taken from the request's parts; after it, the enum of a body
/// that may come as several media types.
pub(super) fn input(context: &Context<'_>, operation: &Operation) -> TokenStream {
    let OperationNames { input, .. } = OperationNames::of(operation);
    let fields = fields(context, operation);
    let declared = fields.iter().map(|field| {
        let Field {
            name,
            value,
            parameter,
            ..
        } = field;
        let doc = doc(parameter.description.as_deref().unwrap_or(&parameter.name));
        if field.is_optional {
            quote!(#doc pub #name: Option<#value>)
        } else {
            quote!(#doc pub #name: #value)
        }
    });
    let body = operation
        .body
        .as_ref()
        .and_then(|body| BodyType::of(context, operation, body));
    let body_field = body.as_ref().map(|body| {
        let value = &body.value;
        let doc = doc(body.description.unwrap_or("The body."));
        if body.is_optional {
            quote!(#doc pub body: Option<#value>,)
        } else {
            quote!(#doc pub body: #value,)
        }
    });
    let negotiated = negotiates(operation)
        .then(|| quote!(/** Which media type the client wants most. */ pub accept: &'static str,));
    let doc = format!("What a request to `{}` carries.", operation.name);
    let plain = (context.language == Language::Plain).then(|| reading(operation, &fields, body.as_ref()));
    let body_enum = body.as_ref().and_then(|body| body.item.clone());
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone)]
        pub struct #input { #(#declared,)* #body_field #negotiated }

        #plain
        #body_enum
    }
}

fn reading(operation: &Operation, fields: &[Field<'_>], body: Option<&BodyType<'_>>) -> TokenStream {
    let OperationNames { input, .. } = OperationNames::of(operation);
    let members = fields.iter().map(|field| {
        let name = &field.name;
        let index = Literal::usize_unsuffixed(field.index);
        quote!(#name: parts.parameter(#index)?)
    });
    let body = body.map(|body| {
        let read = &body.read;
        if body.is_optional {
            quote!(body: parts.optional_body(|content| #read)?,)
        } else {
            quote!(body: parts.body().and_then(|content| #read)?,)
        }
    });
    let accept = negotiates(operation).then(|| quote!(accept: parts.accept(),));
    let is_empty = fields.is_empty() && body.is_none() && accept.is_none();
    let parts = format_ident!("{}", if is_empty { "_parts" } else { "parts" });
    quote! {
        impl Input for #input {
            fn read(#parts: &mut Parts) -> Result<Self, Problem> {
                Ok(Self { #(#members,)* #body #accept })
            }
        }
    }
}

/// Whether a handler must know what the client accepts.
pub(super) fn negotiates(operation: &Operation) -> bool {
    let mut successful = operation
        .responses
        .iter()
        .filter(|response| response.status.least() < 300);
    successful.any(|response| response.media_types.len() > 1)
}

/// The type of a body.
pub(crate) struct BodyType<'a> {
    description: Option<&'a str>,
    pub(crate) value: TokenStream,
    is_optional: bool,
    /// How it is made of `content`.
    read: TokenStream,
    /// The enum of several media types.
    item: Option<TokenStream>,
}

impl<'a> BodyType<'a> {
    /// The type of a body that comes as one media type at least.
    pub(crate) fn of(context: &Context<'_>, operation: &Operation, body: &'a Body) -> Option<Self> {
        let of_one = |media_type: &MediaType| Self {
            description: body.description.as_deref(),
            value: body_type(context, media_type),
            is_optional: !body.required,
            read: body_reading(context, media_type),
            item: None,
        };
        match body.media_types.as_slice() {
            [] => None,
            [media_type] => Some(of_one(media_type)),
            several => {
                let name = OperationNames::of(operation).body;
                Some(Self {
                    value: quote!(#name),
                    read: quote!(#name::read(content)),
                    item: Some(body_enum(context, operation, several)),
                    description: body.description.as_deref(),
                    is_optional: !body.required,
                })
            }
        }
    }
}

/// What a media type is called among others.
pub(crate) fn media_type_words(media_type: &MediaType) -> String {
    let essence = media_type.essence();
    match essence.split_once('/') {
        Some(("*", _)) => "any".to_owned(),
        Some((kind, "*")) => kind.to_owned(),
        Some((_, subtype)) => subtype.to_owned(),
        None => essence,
    }
}

fn body_enum(context: &Context<'_>, operation: &Operation, media_types: &[MediaType]) -> TokenStream {
    let OperationNames { body, .. } = OperationNames::of(operation);
    let mut taken = Unique::default();
    let mut variants = Vec::new();
    let mut arms = Vec::new();
    for (index, media_type) in media_types.iter().enumerate() {
        let essence = media_type.essence();
        let variant = taken.first(&[media_type_words(media_type), essence], names::camel);
        let value = body_type(context, media_type);
        let doc = format!(" `{}`", media_type.name);
        variants.push(quote!(#[doc = #doc] #variant(#value)));
        let read = body_reading(context, media_type);
        let arm = quote!(#read.map(Self::#variant));
        let index = Literal::usize_unsuffixed(index);
        // The last arm is for the last media type: there are no others.
        arms.push(if variants.len() == media_types.len() {
            quote!(_ => #arm)
        } else {
            quote!(#index => #arm)
        });
    }
    let doc = format!(
        "The body of a request to `{}`, by its media type.",
        operation.name
    );
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone)]
        pub enum #body { #(#variants),* }

        impl #body {
            fn read(content: Content) -> Result<Self, Problem> {
                match content.index() { #(#arms),* }
            }
        }
    }
}

fn body_type(context: &Context<'_>, media_type: &MediaType) -> TokenStream {
    match media_type.form(context.source) {
        ContentForm::Json | ContentForm::Form | ContentForm::Text => {
            context.type_of(media_type.schema.as_deref())
        }
        ContentForm::Multipart => {
            let value = context.type_of(media_type.schema.as_deref());
            quote!(Multipart<#value>)
        }
        ContentForm::Opaque | ContentForm::EventStream => quote!(String),
        ContentForm::Bytes if media_type.is_range() => quote!(Payload),
        ContentForm::Bytes => quote!(Bytes),
    }
}

fn body_reading(context: &Context<'_>, media_type: &MediaType) -> TokenStream {
    match media_type.form(context.source) {
        ContentForm::Json | ContentForm::Form | ContentForm::Text => quote!(content.value()),
        ContentForm::Multipart => quote!(content.multipart()),
        ContentForm::Opaque | ContentForm::EventStream => quote!(content.text()),
        ContentForm::Bytes if media_type.is_range() => quote!(content.payload()),
        ContentForm::Bytes => quote!(content.bytes()),
    }
}
