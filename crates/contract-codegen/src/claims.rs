//! Two names of a contract may be one name in Rust: `tenant-id` and `tenantId` both become `tenant_id`. Whoever comes second is
//! refused here, where the contract can be named, and not by the compiler, which would point at generated code.

use std::collections::HashMap;

use proc_macro2::Ident;

use crate::source::child;
use crate::{Refusal, Schema, Source, names};

/// Types that generated code takes from the prelude, or imports.
const TYPES: &[&str] = &[
    "Box",
    "EventAttributes",
    "Err",
    "Message",
    "MessageDescriptor",
    "None",
    "Ok",
    "OnceLock",
    "Option",
    "Result",
    "Some",
    "String",
    "Vec",
];

/// A place in which each Rust name can stand for one thing only.
pub(crate) struct Scope {
    reserved: &'static [&'static str],
    /// The pointer to which a name belongs.
    taken: HashMap<String, String>,
}

impl Scope {
    /// A scope in which generated code itself uses the names of `reserved`.
    pub(crate) fn new(reserved: &'static [&'static str]) -> Self {
        Self {
            reserved,
            taken: HashMap::new(),
        }
    }

    /// The scope of a module of models.
    pub(crate) fn of_types() -> Self {
        Self::new(TYPES)
    }
}

/// Collects the refusals of names.
pub(crate) struct Claims<'a> {
    source: &'a Source,
    pub(crate) refusals: Vec<Refusal>,
}

impl<'a> Claims<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self {
            source,
            refusals: Vec::new(),
        }
    }

    /// Claims what `rust` makes of `name` for what stands at `pointer`.
    pub(crate) fn claim(
        &mut self,
        scope: &mut Scope,
        pointer: &str,
        name: &str,
        rust: impl FnOnce(&str) -> Ident,
    ) {
        let ident = rust(name).to_string();
        if scope.reserved.contains(&ident.as_str()) {
            let reason = format!("the Rust name `{ident}` of `{name}` is used by the generated code itself");
            return self.refusals.push(self.source.refuse(pointer, reason));
        }
        let owner = scope
            .taken
            .entry(ident.clone())
            .or_insert_with(|| pointer.to_owned());
        if owner != pointer {
            let reason = format!("the Rust name `{ident}` of `{name}` is taken by {owner}");
            self.refusals.push(self.source.refuse(pointer, reason));
        }
    }

    /// The names inside of a named schema: its properties, or the values of its enumeration.
    pub(crate) fn claim_members(&mut self, schema: &Schema) {
        let mut fields = Scope::new(&[]);
        for name in schema.properties.keys() {
            let pointer = child(&child(&schema.pointer, "properties"), name);
            self.claim(&mut fields, &pointer, name, names::snake);
        }
        let mut variants = Scope::new(&[]);
        for (index, value) in schema.enumeration.iter().enumerate() {
            if let Some(text) = value.as_str() {
                let pointer = child(&child(&schema.pointer, "enum"), index);
                self.claim(&mut variants, &pointer, text, names::camel);
            }
        }
    }
}
