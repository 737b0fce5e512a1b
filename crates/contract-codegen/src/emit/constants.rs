//! What the constants of operations, parameters, headers, responses and security schemes are called.
//!
//! They stand in one module, and two names of a contract may be one in Rust: the components `page-size` and `pageSize`, or the operation
//! `get_200` and the response 200 of `get`. Whoever comes second gets a number, operations before all others.

use std::collections::HashMap;

use proc_macro2::Ident;
use quote::format_ident;

use super::responses::response_constant;
use crate::openapi::{Header, Parameter, Response, SecurityScheme};
use crate::types::Allocator;
use crate::{Language, OpenApi, Operation, names};

/// What a constant is of. Components have one for all who refer to them.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Of {
    Operation(String),
    Scheme(String),
    Parameter(Owner),
    Header(String),
    Response(Owner, String),
}

/// Whose something is: a component, or something that stands in an operation alone.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Owner {
    Component(String),
    Operation(String, String),
}

/// The names that are taken in the module.
#[derive(Debug)]
pub(crate) struct Constants {
    language: Language,
    taken: Allocator,
    names: HashMap<Of, Ident>,
}

impl Constants {
    pub(super) fn new(api: &OpenApi, language: Language) -> Self {
        let mut constants = Self {
            language,
            // What the module of the trait calls its own, which imports all of these.
            taken: Allocator::reserving(&["API", "OVERLAY"]),
            names: HashMap::new(),
        };
        for operation in &api.operations {
            constants.of_operation(operation);
        }
        constants
    }

    pub(super) fn of_operation(&mut self, operation: &Operation) -> Ident {
        let wanted = names::constant(&operation.name);
        self.name(Of::Operation(operation.name.clone()), &wanted)
    }

    pub(super) fn of_scheme(&mut self, scheme: &SecurityScheme) -> Ident {
        let wanted = format_ident!("SECURITY_{}", names::constant(&scheme.name));
        self.name(Of::Scheme(scheme.name.clone()), &wanted)
    }

    /// A parameter that is no component stands in place, but in Rollcall's language, where the code of each operation names it.
    pub(super) fn of_parameter(&mut self, operation: &Operation, parameter: &Parameter) -> Option<Ident> {
        let wanted = super::parameters::named(operation, parameter, self.language)?;
        let owner = Owner::new(parameter.component.as_ref(), operation, &parameter.name);
        Some(self.name(Of::Parameter(owner), &wanted))
    }

    /// A header that is no component stands in place.
    pub(super) fn of_header(&mut self, header: &Header) -> Option<Ident> {
        let wanted = super::responses::header_constant(header)?;
        let component = header.component.clone()?;
        Some(self.name(Of::Header(component), &wanted))
    }

    /// A response that is a component has one constant for all operations that give it the same status.
    pub(super) fn of_response(&mut self, operation: &Operation, response: &Response) -> Ident {
        let owner = Owner::new(response.component.as_ref(), operation, "");
        let wanted = response_constant(operation, response);
        self.name(Of::Response(owner, response.key.clone()), &wanted)
    }

    /// A name for what stands at several places.
    pub(super) fn of_repeated(&mut self, wanted: &Ident) -> Ident {
        self.taken.claim(wanted)
    }

    fn name(&mut self, of: Of, wanted: &Ident) -> Ident {
        let name = self.names.entry(of);
        name.or_insert_with(|| self.taken.claim(wanted)).clone()
    }
}

impl Owner {
    fn new(component: Option<&String>, operation: &Operation, name: &str) -> Self {
        component.map_or_else(
            || Self::Operation(operation.name.clone(), name.to_owned()),
            |component| Self::Component(component.clone()),
        )
    }
}
