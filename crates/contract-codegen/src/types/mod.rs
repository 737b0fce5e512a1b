//! Which schemas become Rust types, what these are called, and what they are.
//!
//! The invariant: whatever a schema accepts, its type reads, and writes again as an equal value. Numbers are equal by value, UUIDs
//! ignoring case, and an absent member with a default is written with it. Members that a contract does not name are kept.
//! In [`Language::Service`] they are not: there, what is not named is refused in requests, and nobody sends it back.

mod allocate;
mod boxes;
mod build;
mod circles;
mod docs;
mod emit;
mod fits;
mod form;
mod literals;
mod model;
mod objects;
mod parts;
mod place;
mod print;
mod reach;
mod scalars;
mod unions;

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream};

pub(crate) use allocate::Allocator;
pub(crate) use docs::doc;
pub(crate) use fits::fits;

use crate::emit::SchemaStatics;
use crate::{Dialect, Language, Source, Warning};
use model::{Core, Item, Kind, Use};

/// Which way the values of a schema go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// From the client to the server.
    Request,
    /// From the server to the client.
    Response,
    /// In messages, which nobody answers.
    Message,
}

/// A schema that an operation or a message uses.
#[derive(Debug, Clone)]
pub struct Root {
    /// Where it stands.
    pub pointer: String,
    /// What its type is called, if it needs a name.
    pub name: String,
    /// Which way its values go.
    pub way: Way,
}

/// The types of a document.
#[derive(Debug)]
pub struct Types<'a> {
    language: Language,
    dialect: Dialect,
    items: Vec<Item<'a>>,
    order: Vec<usize>,
    uses: HashMap<&'a str, Use>,
    /// Which items stand in a struct or enum that they contain themselves.
    boxed: boxes::Boxed,
    reached: reach::Reached,
    warnings: Vec<Warning>,
}

impl<'a> Types<'a> {
    /// The types of the components, and of the schemas that these roots name, in their order.
    #[must_use]
    pub fn read(source: &'a Source, roots: &[Root], language: Language) -> Self {
        let mut builder = build::Builder::new(source, language);
        let mut of = HashMap::new();
        let mut places = Vec::new();
        for root in roots {
            let Some(schema) = source.schema(&root.pointer) else {
                continue;
            };
            let begin = builder.items.len();
            let used = builder.of(schema, &root.name);
            builder.order.extend(begin..builder.items.len());
            places.push((root.way, used.clone()));
            of.insert(schema.pointer(), used);
        }
        for (_, component) in source.component_schemas() {
            of.insert(component.pointer(), builder.of(component, ""));
        }
        of.extend(builder.uses);
        circles::break_circles(&mut builder.items);
        Self {
            boxed: boxes::Boxed::of(&builder.items),
            reached: reach::Reached::of(&builder.items, &places),
            language,
            dialect: source.dialect(),
            items: builder.items,
            order: builder.order,
            uses: of,
            warnings: builder.warnings,
        }
    }

    /// The Rust type of the schema at `pointer`, a component or one of the roots or a schema inside of these; `models` is the path of
    /// the module of [`emit`](Self::emit), such as `super::models::`, or nothing.
    #[must_use]
    pub fn of(&self, pointer: &str, models: &TokenStream) -> TokenStream {
        match self.uses.get(pointer) {
            Some(used) => self.print(used, models),
            None => self.print(&Use::json(), models),
        }
    }

    /// The item that the schema at `pointer` has the type of, where that is the item alone and not a list of it, say; and where the
    /// schema stands that the item was made of.
    pub(crate) fn model_of(&self, pointer: &str) -> Option<(&Ident, &'a str)> {
        let used = self.uses.get(pointer)?;
        let item = match used.core {
            Core::Named(index) if !used.nullable && !used.object_or => self.items.get(index)?,
            _ => return None,
        };
        match item.kind {
            Kind::Alias(_) | Kind::Pending => None,
            _ => Some((&item.ident, item.schema.pointer())),
        }
    }

    /// The models: an item for each name. The constants that they need are asked for.
    pub(crate) fn emit(&self, statics: &mut SchemaStatics<'_>) -> TokenStream {
        emit::emit(self, statics)
    }

    /// What is not applied although a reader would expect it.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
