//! From schemas to types.
//!
//! Whatever a schema accepts, its type holds. A schema is a conjunction, so the type of any one of its parts would do; the rules
//! here choose the one that says the most, merge the properties of all parts into one struct, and take a wider type
//! where none is right.

use std::collections::{HashMap, HashSet};

use super::allocate::Allocator;
use super::form::{Form, around, form, is_object, needs_name};
use super::model::{Core, Item, Kind, Use};
use super::unions::enumeration;
use super::{parts, place, scalars};
use crate::{JsonKind, Kinds, Language, SchemaAt, Source, Warning, names};

/// Names that generated code takes from the prelude, or imports.
const RESERVED: [&str; 23] = [
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "EventAttributes",
    "Err",
    "Fn",
    "From",
    "Into",
    "Message",
    "MessageDescriptor",
    "None",
    "Ok",
    "OnceLock",
    "Option",
    "PartialEq",
    "Result",
    "Some",
    "String",
    "ToString",
    "Vec",
];

pub(super) struct Builder<'a> {
    pub(super) source: &'a Source,
    pub(super) language: Language,
    pub(super) items: Vec<Item<'a>>,
    pub(super) names: Allocator,
    /// The item of a component, or of another schema that references lead to.
    declared: HashMap<&'a str, usize>,
    /// The type of each schema that was looked at.
    pub(super) uses: HashMap<&'a str, Use>,
    /// Schemas whose type is being made: one that needs itself for it has none of its own.
    open: HashSet<&'a str>,
    /// The order in which the items are written: each component, and what it was needed for.
    pub(super) order: Vec<usize>,
    pub(super) warnings: Vec<Warning>,
    /// The schemas of whose defaults there is a warning.
    pub(super) warned: HashSet<usize>,
}

impl<'a> Builder<'a> {
    /// Every component has a name before anything else gets one.
    pub(super) fn new(source: &'a Source, language: Language) -> Self {
        let mut builder = Self {
            source,
            language,
            items: Vec::new(),
            names: Allocator::reserving(&RESERVED),
            declared: HashMap::new(),
            uses: HashMap::new(),
            open: HashSet::new(),
            order: Vec::new(),
            warnings: Vec::new(),
            warned: HashSet::new(),
        };
        let components = source.component_schemas();
        let idents = builder
            .names
            .claim_all(components.iter().map(|(name, _)| *name), names::camel);
        for ((_, schema), ident) in components.iter().zip(idents) {
            builder.declared.insert(schema.pointer(), builder.items.len());
            builder.items.push(Item {
                ident,
                schema: *schema,
                kind: Kind::Pending,
            });
        }
        for index in 0..components.len() {
            let begin = builder.items.len();
            builder.component(index);
            builder.order.push(index);
            builder.order.extend(begin..builder.items.len());
        }
        builder
    }

    fn component(&mut self, index: usize) {
        let Some(item) = self.items.get(index) else {
            return;
        };
        let (schema, name) = (item.schema, item.ident.to_string());
        let kind = if let Some(target) = schema.reference()
            && !schema.restricts_reference()
        {
            let cyclic = schema.resolved().reference().is_some();
            let used = if cyclic {
                Use::json()
            } else {
                self.of(target, &name)
            };
            Kind::Alias(Use::of(used.core))
        } else {
            self.item_kind(schema, &name)
        };
        self.set(index, kind);
    }

    fn set(&mut self, index: usize, kind: Kind<'a>) {
        if let Some(item) = self.items.get_mut(index) {
            item.kind = kind;
        }
    }

    /// The type of a schema where it is used; `name` is what it is called if it gets a name.
    pub(super) fn of(&mut self, schema: SchemaAt<'a>, name: &str) -> Use {
        if let Some(index) = self.declared.get(schema.pointer()) {
            return around(schema, Core::Named(*index));
        }
        if let Some(used) = self.uses.get(schema.pointer()) {
            return used.clone();
        }
        if !self.open.insert(schema.pointer()) {
            return Use::json();
        }
        let used = self.inline(schema, name);
        self.open.remove(schema.pointer());
        self.uses.insert(schema.pointer(), used.clone());
        used
    }

    fn inline(&mut self, schema: SchemaAt<'a>, name: &str) -> Use {
        if let Some(only) = parts::alone(schema) {
            let name = match schema.reference() {
                Some(_) => place::name(only),
                None => name.to_owned(),
            };
            let inner = self.of(only, &name);
            let kinds = schema.kinds();
            return Use {
                nullable: !inner.object_or
                    && inner.core != Core::Json
                    && kinds.null()
                    && inner.core != Core::Null,
                object_or: inner.object_or && !kinds.are(Kinds::one(JsonKind::Object)),
                core: inner.core,
            };
        }
        let core = self.core(schema, name);
        around(schema, core)
    }

    /// What stands under the name of a component.
    fn item_kind(&mut self, schema: SchemaAt<'a>, name: &str) -> Kind<'a> {
        if let Some(only) = parts::alone(schema) {
            let used = self.of(only, &format!("{name}Value"));
            // What a use of the component adds is not in the component.
            let outer = around(schema, Core::Json).object_or || is_object(schema);
            return Kind::Newtype(Use {
                nullable: false,
                object_or: used.object_or && !outer,
                core: used.core,
            });
        }
        match self.shape(schema, name) {
            Shape::Item(kind) => kind,
            Shape::Core(core) => Kind::Newtype(Use::of(core)),
        }
    }

    /// The type of a schema that is no component.
    fn core(&mut self, schema: SchemaAt<'a>, name: &str) -> Core {
        if !needs_name(schema) {
            if let Shape::Core(core) = self.shape(schema, name) {
                return core;
            }
            return Core::Json;
        }
        let ident = self.names.claim(&names::camel(name));
        let index = self.items.len();
        let owner = ident.to_string();
        self.items.push(Item {
            ident,
            schema,
            kind: Kind::Pending,
        });
        self.uses
            .insert(schema.pointer(), around(schema, Core::Named(index)));
        let kind = match self.shape(schema, &owner) {
            Shape::Item(kind) => kind,
            Shape::Core(core) => Kind::Alias(Use::of(core)),
        };
        self.set(index, kind);
        Core::Named(index)
    }

    fn shape(&mut self, schema: SchemaAt<'a>, name: &str) -> Shape<'a> {
        let parts = parts::of(schema);
        match form(schema, &parts) {
            Form::Words(known) => Shape::Item(enumeration(known, true)),
            Form::Listed(values) => Shape::Item(enumeration(values, false)),
            Form::Union(holder, keyword) => self.union(holder, keyword, name),
            Form::Kinds(kinds) => self.by_kind(&parts, kinds, name),
            Form::Struct(has_union) => self.structure(&parts, has_union, name),
            Form::One(kind) => Shape::Core(self.one(&parts, kind, name)),
            Form::Number => Shape::Core(scalars::number(&parts, self.language)),
            Form::Null => Shape::Core(Core::Null),
            Form::Any => Shape::Core(Core::Json),
        }
    }

    /// The type of the values of one type of JSON values.
    pub(super) fn one(&mut self, parts: &[SchemaAt<'a>], kind: JsonKind, name: &str) -> Core {
        match kind {
            JsonKind::Null => Core::Null,
            JsonKind::Boolean => Core::Bool,
            JsonKind::Integer => scalars::integer(parts, self.language),
            JsonKind::Fraction => scalars::number(parts, self.language),
            JsonKind::String => scalars::string(parts, self.language),
            JsonKind::Array => self.list(parts, name),
            JsonKind::Object => self.map(parts, name),
        }
    }
}

/// What is made of a schema: a type that there is, or an item of its own.
pub(super) enum Shape<'a> {
    Core(Core),
    Item(Kind<'a>),
}
