//! What a contract writes out again and again: the same page parameter at each list, the same headers and the same answer for errors
//! at each operation. What stands there twice becomes one constant with a name of its own.

use std::collections::HashMap;

use indexmap::IndexMap;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::context::Context;
use super::parameters::parameter_expression;
use super::responses::{header_body, response_body};
use crate::openapi::Response;
use crate::{Language, names};

/// The constants of what stands several times, by all the places.
#[derive(Debug, Default)]
pub(crate) struct Repeated {
    names: HashMap<String, Ident>,
    statics: Vec<TokenStream>,
}

impl Repeated {
    /// The constant of what stands at a place, where others are the same.
    pub(super) fn name(&self, place: &str) -> Option<Ident> {
        self.names.get(place).cloned()
    }

    /// The constants themselves.
    pub(super) fn statics(&self) -> &[TokenStream] {
        &self.statics
    }
}

/// Looks for what stands several times. Rollcall's own language has components for that.
pub(super) fn read(context: &Context<'_>) {
    if context.language == Language::Service {
        return;
    }
    name_components(context);
    let operations = &context.api.operations;
    let mut parameters = Places::default();
    let mut headers = Places::default();
    for operation in operations {
        let own = operation.parameters.iter();
        for parameter in own.filter(|one| one.component.is_none()) {
            let expression = parameter_expression(context, parameter);
            parameters.add(&parameter.pointer, &parameter.name, expression);
        }
        for response in &operation.responses {
            let own = response.headers.iter();
            for header in own.filter(|one| one.component.is_none()) {
                headers.add(&header.pointer, &header.name, header_body(context, header));
            }
        }
    }
    parameters.tell(context, "Parameter");
    headers.tell(context, "Header");
    // What the constant of a response says depends on what its headers are called.
    let mut responses = Places::default();
    let all = operations.iter().flat_map(|operation| &operation.responses);
    for response in all.filter(|one| one.component.is_none()) {
        responses.add(
            &place_of(response),
            &response.key,
            response_body(context, response),
        );
    }
    responses.tell(context, "Response");
}

/// Where a response stands and for which statuses: several of an operation's may be references to one.
pub(super) fn place_of(response: &Response) -> String {
    format!("{} {}", response.pointer, response.key)
}

/// What has a constant of its own has its name before what is only repeated.
fn name_components(context: &Context<'_>) {
    for operation in &context.api.operations {
        for parameter in &operation.parameters {
            context.parameter_constant(operation, parameter);
        }
        for response in &operation.responses {
            context.response_constant(operation, response);
            for header in &response.headers {
                context.header_constant(header);
            }
        }
    }
    for scheme in &context.api.security_schemes {
        context.security_constant(scheme);
    }
}

/// Where something stands that is written the same, and what it is called there.
struct Place {
    name: String,
    expression: TokenStream,
    pointers: Vec<String>,
}

/// By the text.
#[derive(Default)]
struct Places(IndexMap<String, Place>);

impl Places {
    fn add(&mut self, pointer: &str, name: &str, expression: TokenStream) {
        let place = self.0.entry(expression.to_string()).or_insert_with(|| Place {
            name: name.to_owned(),
            expression,
            pointers: Vec::new(),
        });
        place.pointers.push(pointer.to_owned());
    }

    /// Gives each that stands several times a constant of this type.
    fn tell(self, context: &Context<'_>, kind: &str) {
        let mut repeated = context.repeated.borrow_mut();
        for place in self.0.into_values().filter(|place| place.pointers.len() > 1) {
            let wanted = names::constant(&format!("{kind} {}", place.name));
            let name = context.constants.borrow_mut().of_repeated(&wanted);
            let (ident, expression) = (format_ident!("{kind}"), &place.expression);
            let doc = format!(
                "The {} `{}`, which is the same at {} places.",
                kind.to_lowercase(),
                place.name,
                place.pointers.len()
            );
            repeated.statics.push(quote! {
                #[doc = #doc]
                pub static #name: #ident = #expression;
            });
            let names = place.pointers.into_iter().map(|pointer| (pointer, name.clone()));
            repeated.names.extend(names);
        }
    }
}
