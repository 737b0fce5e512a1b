//! Schemas as constants: one for each component and for each other schema that a reference leads to, the rest in place.
//!
//! A schema is transliterated: each keyword that the dialect of its document knows becomes the runtime's keyword of the same
//! name. The tree between the two texts can be made into a schema at run time as well, which is how validation is held
//! against an independent validator without compiling thousands of contracts.

mod direction;
mod forms;
mod print;
mod scopes;
mod transliterate;
mod tree;

use indexmap::IndexMap;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::context::Unique;
use crate::{SchemaAt, Source, names};
pub(crate) use forms::{has_foreigners, has_keyword};
pub(crate) use scopes::Scopes;
pub use transliterate::Transliterator;
pub(crate) use transliterate::takes;
pub use tree::{Argument, KeywordTree, Reference, SchemaTree};

/// The patterns of a contract, each compiled once however often it occurs.
#[derive(Debug, Default)]
struct Patterns {
    names: IndexMap<String, Ident>,
}

impl Patterns {
    fn name(&mut self, pattern: &str) -> Ident {
        let next = format_ident!("PATTERN_{}", self.names.len() + 1);
        self.names.entry(pattern.to_owned()).or_insert(next).clone()
    }
}

/// The schemas of a document as constants. Those that are used are asked for one by one; the rest follows from them.
#[derive(Debug)]
pub(crate) struct SchemaStatics<'a> {
    transliterator: Transliterator<'a>,
    patterns: Patterns,
    /// The constants by the pointers of their schemas, in the order in which they were asked for.
    constants: IndexMap<String, Ident>,
    taken: Unique,
}

impl<'a> SchemaStatics<'a> {
    /// The schemas of `source`; each component has a constant.
    pub(crate) fn new(source: &'a Source) -> Self {
        let mut statics = Self {
            transliterator: Transliterator::new(source),
            patterns: Patterns::default(),
            constants: IndexMap::new(),
            taken: Unique::default(),
        };
        for (_, schema) in source.component_schemas() {
            statics.constant(schema.pointer());
        }
        statics
    }

    /// The constant of the schema at `pointer`.
    pub(crate) fn constant(&mut self, pointer: &str) -> Ident {
        if let Some(known) = self.constants.get(pointer) {
            return known.clone();
        }
        let component = self
            .transliterator
            .source()
            .schema(pointer)
            .and_then(SchemaAt::component);
        let wanted = component.unwrap_or(pointer);
        let ident = self.taken.first(&[wanted.to_owned()], names::constant);
        self.constants.insert(pointer.to_owned(), ident.clone());
        ident
    }

    /// The schema that is written at `pointer`, as an expression for a module beside that of the constants.
    pub(crate) fn of(&mut self, pointer: &str) -> TokenStream {
        let tree = self.transliterator.of(pointer);
        self.schema(&tree, &quote!(schemas::))
    }

    /// The module of the constants. Whatever uses schemas must have asked for them before.
    pub(crate) fn emit(&mut self) -> TokenStream {
        let mut statics = Vec::new();
        // What is written may refer to further schemas, which are appended while this goes on.
        while let Some((pointer, constant)) = self.constants.get_index(statics.len()) {
            let (pointer, constant) = (pointer.clone(), constant.clone());
            let component = self
                .transliterator
                .source()
                .schema(&pointer)
                .and_then(SchemaAt::component);
            let doc = format!(" The schema `{}`.", component.unwrap_or(&pointer));
            let body = self.schema(&self.transliterator.of(&pointer), &quote!());
            statics.push(quote! {
                #[doc = #doc]
                pub static #constant: Schema = #body;
            });
        }
        quote! {
            //! The schemas of the contract: what is checked and what is shown.

            use contract_runtime::{Direction, Format, Keyword, Kind, Literal, Named, Schema};
            use super::patterns;

            #(#statics)*
        }
    }

    /// The module of the patterns, complete after [`SchemaStatics::emit`].
    pub(crate) fn emit_patterns(&self) -> TokenStream {
        let statics = self.patterns.names.iter().map(|(pattern, name)| {
            quote! { pub(super) static #name: Pattern = Pattern::new(#pattern); }
        });
        quote! {
            //! The regular expressions of the contract (ECMA 262).

            use contract_runtime::Pattern;

            #(#statics)*
        }
    }
}
