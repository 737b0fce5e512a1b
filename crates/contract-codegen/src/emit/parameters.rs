//! Parameters as constants.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::context::Context;
use crate::openapi::Style;
use crate::{Language, Location, Operation, Parameter, names};

/// What the constant of a parameter wants to be called, where it has one: a component has one for all its operations. In Rollcall's
/// language each has one, since the code of each operation names them.
pub(crate) fn named(operation: &Operation, parameter: &Parameter, language: Language) -> Option<Ident> {
    match (&parameter.component, language) {
        (Some(component), _) => Some(format_ident!("PARAMETER_{}", names::constant(component))),
        (None, Language::Plain) => None,
        (None, Language::Service) => Some(format_ident!(
            "{}_{}",
            names::constant(&operation.name),
            names::constant(&parameter.name)
        )),
    }
}

pub(super) fn parameter_static(
    context: &Context<'_>,
    constant: &Ident,
    parameter: &Parameter,
) -> TokenStream {
    let doc = format!("The parameter `{}`.", parameter.name);
    let expression = parameter_expression(context, parameter);
    quote! {
        #[doc = #doc]
        pub static #constant: Parameter = #expression;
    }
}

pub(super) fn parameter_expression(context: &Context<'_>, parameter: &Parameter) -> TokenStream {
    let name = &parameter.name;
    let mut fields = vec![quote!(name: #name)];
    if let Some(description) = &parameter.description {
        fields.push(quote!(description: Some(#description)));
    }
    // A path parameter is always required, whether the contract says so or not.
    if parameter.required && parameter.location != Location::Path {
        fields.push(quote!(required: true));
    }
    let flags = [
        ("deprecated", parameter.deprecated),
        ("allow_reserved", parameter.allow_reserved),
        ("allow_empty_value", parameter.allow_empty_value),
        ("ignored", parameter.is_ignored()),
    ];
    for (name, _) in flags.into_iter().filter(|(_, flag)| *flag) {
        let name = format_ident!("{name}");
        fields.push(quote!(#name: true));
    }
    if parameter.style != parameter.location.default_style() {
        let style = style(parameter.style);
        fields.push(quote!(style: #style));
    }
    let explode = parameter.explode;
    if explode != (parameter.location.default_style() == Style::Form) {
        fields.push(quote!(explode: #explode));
    }
    if let Some(content) = &parameter.content {
        fields.push(quote!(content: Some(#content)));
    }
    if parameter.schema.is_some() {
        let schema = context.schema(parameter.schema.as_deref());
        fields.push(quote!(schema: #schema));
    }
    let problem = &parameter.problem;
    if problem != "malformed-request" {
        fields.push(quote!(problem: #problem));
    }
    let base = match parameter.location {
        Location::Path => quote!(PATH),
        Location::Query => quote!(QUERY),
        Location::Header => quote!(HEADER),
        Location::Cookie => quote!(COOKIE),
    };
    quote!(Parameter { #(#fields,)* ..Parameter::#base })
}

pub(super) fn location(location: Location) -> TokenStream {
    match location {
        Location::Path => quote!(Location::Path),
        Location::Query => quote!(Location::Query),
        Location::Header => quote!(Location::Header),
        Location::Cookie => quote!(Location::Cookie),
    }
}

pub(super) fn style(style: Style) -> TokenStream {
    match style {
        Style::Matrix => quote!(Style::Matrix),
        Style::Label => quote!(Style::Label),
        Style::Simple => quote!(Style::Simple),
        Style::Form => quote!(Style::Form),
        Style::SpaceDelimited => quote!(Style::SpaceDelimited),
        Style::PipeDelimited => quote!(Style::PipeDelimited),
        Style::DeepObject => quote!(Style::DeepObject),
    }
}
