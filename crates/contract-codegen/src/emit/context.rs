//! What every part of the emission needs: the document, the types and the constants of its schemas.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::constants::Constants;
use super::repeated::Repeated;
use super::schemas::SchemaStatics;
use crate::openapi::{Condition, Header, Parameter, Response, SecurityScheme};
use crate::types::{Types, fits};
use crate::{Language, OpenApi, Operation, Source, names};

pub(crate) struct Context<'a> {
    pub(crate) source: &'a Source,
    pub(crate) api: &'a OpenApi,
    pub(crate) language: Language,
    pub(crate) types: Types<'a>,
    pub(crate) statics: RefCell<SchemaStatics<'a>>,
    pub(crate) constants: RefCell<Constants>,
    pub(crate) repeated: RefCell<Repeated>,
    /// For each operation, what tells its requests from those of others with its method and path.
    pub(crate) conditions: Vec<Vec<Condition>>,
}

/// As many references as the runtime follows for a default.
const REFERENCE_COUNT_MAX: usize = 32;

impl Context<'_> {
    /// A schema as a constant expression; one that accepts everything where the contract has none.
    pub(crate) fn schema(&self, pointer: Option<&str>) -> TokenStream {
        pointer.map_or_else(
            || quote!(Schema(&[])),
            |pointer| self.statics.borrow_mut().of(pointer),
        )
    }

    /// Whether a schema has a default that stands for an absent value: one that it accepts itself.
    pub(crate) fn has_default(&self, pointer: Option<&str>) -> bool {
        let schema = pointer.and_then(|pointer| self.source.schema(pointer));
        let mut at = schema;
        // A chain of references is no longer than the document; one that is a circle has been refused.
        for _ in 0..REFERENCE_COUNT_MAX {
            let Some(place) = at else { break };
            if let Some(default) = place.keyword("default") {
                return schema.is_some_and(|schema| fits(default, schema));
            }
            at = place.reference();
        }
        false
    }

    /// What the constant of an operation is called.
    pub(crate) fn operation_constant(&self, operation: &Operation) -> Ident {
        self.constants.borrow_mut().of_operation(operation)
    }

    /// What the constant of a security scheme is called.
    pub(crate) fn security_constant(&self, scheme: &SecurityScheme) -> Ident {
        self.constants.borrow_mut().of_scheme(scheme)
    }

    /// What the constant of a parameter is called, where it has one.
    pub(crate) fn parameter_constant(&self, operation: &Operation, parameter: &Parameter) -> Option<Ident> {
        self.constants.borrow_mut().of_parameter(operation, parameter)
    }

    /// What the constant of a header is called, where it has one.
    pub(crate) fn header_constant(&self, header: &Header) -> Option<Ident> {
        self.constants.borrow_mut().of_header(header)
    }

    /// What the constant of a response is called.
    pub(crate) fn response_constant(&self, operation: &Operation, response: &Response) -> Ident {
        self.constants.borrow_mut().of_response(operation, response)
    }

    /// The Rust type of a schema, for a module beside that of the models.
    pub(crate) fn type_of(&self, pointer: Option<&str>) -> TokenStream {
        self.types.of(pointer.unwrap_or_default(), &quote!(models::))
    }
}

/// What is named after an operation.
pub(crate) struct OperationNames {
    pub(crate) method: Ident,
    pub(crate) input: Ident,
    pub(crate) body: Ident,
    pub(crate) response: Ident,
}

impl OperationNames {
    pub(crate) fn of(operation: &Operation) -> Self {
        let camel = names::camel(&operation.name);
        Self {
            method: names::snake(&operation.name),
            input: format_ident!("{camel}Input"),
            body: format_ident!("{camel}Body"),
            response: format_ident!("{camel}Response"),
        }
    }
}

/// Names in one place, each once: the second of a name gets a 2.
#[derive(Debug, Default)]
pub(crate) struct Unique {
    taken: HashSet<String>,
    /// The least number that may still be free beside a name that was wanted before.
    numbers: HashMap<String, u32>,
}

impl Unique {
    /// A place in which some names stand already.
    pub(crate) fn beside(taken: &[&str]) -> Self {
        Self {
            taken: taken.iter().map(|name| (*name).to_owned()).collect(),
            numbers: HashMap::new(),
        }
    }

    /// The first of some names that is free, or the last one with a number.
    pub(crate) fn first(&mut self, wanted: &[String], rust: impl Fn(&str) -> Ident) -> Ident {
        let mut last = format_ident!("empty");
        for name in wanted {
            last = rust(name);
            if self.taken.insert(last.to_string()) {
                return last;
            }
        }
        // Names that are one in Rust count on together, whatever each was called.
        let number = self.numbers.entry(last.to_string()).or_insert(2);
        let name = wanted.last().map_or("", String::as_str);
        loop {
            let ident = rust(&format!("{name} {number}"));
            *number += 1;
            if self.taken.insert(ident.to_string()) {
                return ident;
            }
        }
    }
}
