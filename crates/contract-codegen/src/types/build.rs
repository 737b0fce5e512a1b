//! From schemas to types.
//!
//! Whatever a schema accepts, its type holds. A schema is a conjunction, so the type of any one of its parts would do; the rules
//! here choose the one that says the most, merge the properties of all parts into one struct, and take a wider type
//! where none is right.

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;

use super::allocate::Allocator;
use super::literals::{self, Listed};
use super::model::{Constant, Core, Field, Item, Kind, Rest, Selector, Use, Variant};
use super::parts::{self, Others};
use super::{place, scalars};
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

/// Tuples have at most this many items; a longer one is a list.
const TUPLE_MAX: usize = 12;

pub(super) struct Builder<'a> {
    source: &'a Source,
    language: Language,
    pub(super) items: Vec<Item<'a>>,
    names: Allocator,
    /// The item of a component, or of another schema that references lead to.
    declared: HashMap<&'a str, usize>,
    /// The type of each schema that was looked at.
    pub(super) uses: HashMap<&'a str, Use>,
    /// Schemas whose type is being made: one that needs itself for it has none of its own.
    open: HashSet<&'a str>,
    /// The order in which the items are written: each component, and what it was needed for.
    pub(super) order: Vec<usize>,
    pub(super) warnings: Vec<Warning>,
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
    fn one(&mut self, parts: &[SchemaAt<'a>], kind: JsonKind, name: &str) -> Core {
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

    fn list(&mut self, parts: &[SchemaAt<'a>], name: &str) -> Core {
        let tuple = parts
            .iter()
            .map(|part| part.prefix_items())
            .find(|items| !items.is_empty());
        if let Some(items) = tuple {
            if is_exact(parts, items.len()) {
                let uses = items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| self.of(item, &format!("{name}Item{}", index + 1)));
                return Core::Tuple(uses.collect());
            }
            return Core::List(Box::new(Use::json()));
        }
        let items = parts::best(parts.iter().filter_map(|part| part.items()).collect());
        let used = items.map_or_else(Use::json, |items| self.of(items, &format!("{name}Item")));
        Core::List(Box::new(used))
    }

    fn map(&mut self, parts: &[SchemaAt<'a>], name: &str) -> Core {
        let others = parts::others(parts, parts.iter().any(|part| union_of(*part).is_some()));
        match others {
            Others::Of(values) => Core::Map(Box::new(self.of(values, &format!("{name}Value")))),
            Others::Any | Others::None => match single_pattern(parts) {
                Some(values) => Core::Map(Box::new(self.of(values, &format!("{name}Value")))),
                None => Core::JsonObject,
            },
        }
    }

    fn structure(&mut self, parts: &[SchemaAt<'a>], has_union: bool, name: &str) -> Shape<'a> {
        let required: HashSet<&str> = parts.iter().flat_map(|part| part.required()).collect();
        let properties: Vec<_> = parts::properties(parts)
            .into_iter()
            .filter(|(_, schemas)| !schemas.iter().any(|schema| schema.is_never()))
            .collect();
        let mut scope = Allocator::default();
        let idents = scope.claim_all(properties.iter().map(|(name, _)| *name), names::snake);
        let mut fields = Vec::new();
        for ((property, schemas), ident) in properties.into_iter().zip(idents) {
            let nullable = schemas.iter().all(|schema| schema.kinds().null());
            let read_only = schemas.iter().any(|schema| said(*schema, "readOnly"));
            let write_only = schemas.iter().any(|schema| said(*schema, "writeOnly"));
            let Some(best) = parts::best(schemas) else {
                continue;
            };
            let mut used = self.of(best, &format!("{name}{}", names::camel_text(property)));
            used.nullable &= nullable;
            let required = required.contains(property);
            fields.push(Field {
                ident,
                name: property,
                schema: best,
                used,
                required,
                read_only,
                write_only,
                default: if required { None } else { self.default(best) },
            });
        }
        let rest = self.rest(parts, has_union, name, &mut scope);
        Shape::Item(Kind::Struct { fields, rest })
    }

    fn rest(
        &mut self,
        parts: &[SchemaAt<'a>],
        has_union: bool,
        name: &str,
        scope: &mut Allocator,
    ) -> Option<Rest> {
        let values = match parts::others(parts, has_union) {
            Others::None => return None,
            Others::Any if self.language == Language::Service => return None,
            Others::Any => None,
            Others::Of(_) if has_union => None,
            Others::Of(values) => Some(self.of(values, &format!("{name}Value"))),
        };
        Some(Rest {
            ident: scope.claim(&names::snake("additional_properties")),
            values,
        })
    }

    /// A default that its schema accepts.
    fn default(&mut self, schema: SchemaAt<'a>) -> Option<&'a serde_json::Value> {
        let holder = [schema, schema.resolved()]
            .into_iter()
            .find(|holder| holder.keyword("default").is_some())?;
        let value = holder.keyword("default")?;
        if super::fits::fits(value, schema) {
            return Some(value);
        }
        let pointer = format!("{}/default", holder.pointer());
        let reason = "this default is not applied: the schema does not accept it";
        let warning = self.source.warn(&pointer, reason);
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
        None
    }

    fn union(&mut self, holder: SchemaAt<'a>, keyword: &'static str, name: &str) -> Shape<'a> {
        let list = holder.list(keyword);
        let indices = parts::members(&list);
        let members: Vec<(usize, SchemaAt<'a>)> = indices
            .into_iter()
            .filter_map(|index| Some((index, *list.get(index)?)))
            .collect();
        let mut scope = Allocator::default();
        let labels: Vec<String> = members
            .iter()
            .enumerate()
            .map(|(position, (_, member))| label(*member, position, &members))
            .collect();
        let idents = scope.claim_all(labels.iter().map(String::as_str), names::camel);
        let uses: Vec<Use> = members
            .iter()
            .zip(&idents)
            .map(|((_, member), ident)| Use {
                nullable: false,
                ..self.of(*member, &format!("{name}{ident}"))
            })
            .collect();
        if let Some((first, others)) = uses.split_first()
            && others.iter().all(|other| other == first)
            && !first.object_or
        {
            return Shape::Core(first.core.clone());
        }
        let disjoint = are_disjoint(&members);
        let variants = members
            .iter()
            .zip(idents)
            .zip(uses)
            .map(|(((index, member), ident), used)| Variant {
                ident,
                used,
                doc: member.text("description").or_else(|| member.text("title")),
                selector: match disjoint {
                    true => Selector::Kinds(kind_names(member.kinds().without_null())),
                    false => Selector::Index(*index),
                },
            });
        Shape::Item(Kind::Union {
            variants: variants.collect(),
            holder: (!disjoint).then_some((holder, keyword)),
        })
    }

    /// A union of the types of JSON values that a schema names.
    fn by_kind(&mut self, parts: &[SchemaAt<'a>], kinds: Kinds, name: &str) -> Shape<'a> {
        let mut variants = Vec::new();
        for kind in kinds.without_null().iter() {
            if kind == JsonKind::Fraction && kinds.contains(JsonKind::Integer) {
                continue;
            }
            let number = kind == JsonKind::Integer && kinds.contains(JsonKind::Fraction);
            let (label, core) = match kind {
                _ if number => ("Number", scalars::number(parts, self.language)),
                _ => (kind_label(kind), self.one(parts, kind, name)),
            };
            variants.push(Variant {
                ident: Ident::new(label, proc_macro2::Span::call_site()),
                used: Use::of(core),
                doc: None,
                selector: Selector::Kinds(vec![label]),
            });
        }
        Shape::Item(Kind::Union {
            variants,
            holder: None,
        })
    }
}

/// What is made of a schema: a type that there is, or an item of its own.
enum Shape<'a> {
    Core(Core),
    Item(Kind<'a>),
}

/// Which rule a schema falls under.
enum Form<'a> {
    Words(Vec<Listed<'a>>),
    Listed(Vec<Listed<'a>>),
    Union(SchemaAt<'a>, &'static str),
    Kinds(Kinds),
    Struct(bool),
    One(JsonKind),
    Number,
    Null,
    Any,
}

fn form<'a>(schema: SchemaAt<'a>, parts: &[SchemaAt<'a>]) -> Form<'a> {
    let kinds = schema.kinds();
    let values = kinds.without_null();
    if values.is_empty() {
        return if kinds.null() { Form::Null } else { Form::Any };
    }
    if let Some(listed) = literals::of(parts) {
        let accepted: Vec<_> = listed
            .into_iter()
            .filter(|one| !kinds.and(Kinds::of_value(one.value)).is_empty())
            .collect();
        return if accepted.is_empty() {
            Form::Any
        } else {
            Form::Listed(accepted)
        };
    }
    if values == Kinds::one(JsonKind::String)
        && let Some(known) = literals::known(parts)
    {
        return Form::Words(known);
    }
    let union = parts.iter().find_map(|part| Some((*part, union_of(*part)?)));
    let properties = parts::properties(parts);
    let object_like = values == Kinds::one(JsonKind::Object) || kinds == Kinds::ALL;
    if let Some((holder, keyword)) = union
        && (properties.is_empty() || !object_like || each_has(holder, keyword, &properties))
    {
        return Form::Union(holder, keyword);
    }
    if object_like && !properties.is_empty() {
        return Form::Struct(union.is_some());
    }
    if values == Kinds::NUMBER {
        return Form::Number;
    }
    let all: Vec<JsonKind> = values.iter().collect();
    match all.as_slice() {
        [kind] => Form::One(*kind),
        _ if values == Kinds::ALL.without_null() => Form::Any,
        _ if properties.is_empty() || !values.contains(JsonKind::Object) => Form::Kinds(values),
        _ => Form::Any,
    }
}

/// Whether every member of a union has these properties itself, so that the union alone tells everything.
fn each_has(holder: SchemaAt<'_>, keyword: &str, properties: &[(&str, Vec<SchemaAt<'_>>)]) -> bool {
    let list = holder.list(keyword);
    parts::members(&list)
        .into_iter()
        .filter_map(|index| list.get(index))
        .all(|member| {
            let own = parts::properties(&parts::of(*member));
            properties
                .iter()
                .all(|(name, _)| own.iter().any(|(other, _)| other == name))
        })
}

/// The keyword of a union that shapes the type, and does not only ask for this property or that.
fn union_of(schema: SchemaAt<'_>) -> Option<&'static str> {
    const SHAPELESS: [&str; 5] = ["required", "not", "description", "title", "type"];
    ["oneOf", "anyOf"].into_iter().find(|keyword| {
        let list = schema.list(keyword);
        let shapes = |member: &SchemaAt<'_>| {
            let members = member.value().as_object();
            members.is_some_and(|members| members.keys().any(|name| !SHAPELESS.contains(&name.as_str())))
                || (member.keyword("type").is_some() && schema.keyword("type").is_none())
        };
        !parts::members(&list).is_empty() && list.iter().any(shapes)
    })
}

/// Whether the type of a schema has a name of its own.
fn needs_name(schema: SchemaAt<'_>) -> bool {
    matches!(
        form(schema, &parts::of(schema)),
        Form::Words(_) | Form::Listed(_) | Form::Union(..) | Form::Kinds(_) | Form::Struct(_)
    )
}

fn is_object(schema: SchemaAt<'_>) -> bool {
    schema.kinds().are(Kinds::one(JsonKind::Object))
}

/// What a use adds to the type of a schema.
fn around(schema: SchemaAt<'_>, core: Core) -> Use {
    let kinds = schema.kinds();
    let end = schema.resolved();
    let is_struct = kinds == Kinds::ALL && matches!(form(end, &parts::of(end)), Form::Struct(_));
    let holds_null = matches!(core, Core::Json | Core::Null) || is_struct;
    Use {
        core,
        nullable: kinds.null() && !holds_null,
        object_or: is_struct,
    }
}

fn said(schema: SchemaAt<'_>, keyword: &str) -> bool {
    schema.flag(keyword) || schema.resolved().flag(keyword)
}

fn enumeration(values: Vec<Listed<'_>>, open: bool) -> Kind<'_> {
    let texts = values.iter().all(|one| one.value.is_string());
    let label = |one: &Listed<'_>| match (one.name, one.value.as_str()) {
        (Some(name), _) => name.to_owned(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => one.value.to_string(),
    };
    let labels: Vec<String> = values.iter().map(label).collect();
    let mut scope = Allocator::default();
    let idents = scope.claim_all(labels.iter().map(String::as_str), names::camel);
    let constants = idents.into_iter().zip(values).map(|(ident, one)| Constant {
        ident,
        value: one.value,
        doc: one.doc,
    });
    let words = constants.collect();
    if texts {
        let other = open.then(|| scope.claim(&names::camel("Other")));
        return Kind::Words { words, other };
    }
    Kind::Values(words)
}

/// What a member of a union is called: its component or title, the word that a constant of it says, or its type of JSON values.
fn label(member: SchemaAt<'_>, position: usize, members: &[(usize, SchemaAt<'_>)]) -> String {
    let target = member.reference().filter(|_| !member.restricts_reference());
    if let Some(name) = target.unwrap_or(member).component() {
        return name.to_owned();
    }
    if let Some(title) = member.text("title") {
        return title.to_owned();
    }
    if let Some(reference) = target {
        return place::name(reference);
    }
    let kinds = member.kinds().without_null();
    let alone = members
        .iter()
        .filter(|(_, other)| other.kinds().and(kinds) == kinds)
        .count()
        == 1;
    let all: Vec<JsonKind> = kinds.iter().collect();
    match all.as_slice() {
        [JsonKind::Integer, JsonKind::Fraction] => "Number".to_owned(),
        [JsonKind::Object] if !alone => {
            constant_word(member).unwrap_or_else(|| format!("Variant{}", position + 1))
        }
        [kind] => kind_label(*kind).to_owned(),
        _ => format!("Variant{}", position + 1),
    }
}

/// The word that a required property of the schema always has.
fn constant_word(schema: SchemaAt<'_>) -> Option<String> {
    let parts = parts::of(schema);
    let required: Vec<&str> = parts.iter().flat_map(|part| part.required()).collect();
    let properties = parts::properties(&parts);
    properties
        .into_iter()
        .filter(|(name, _)| required.contains(name))
        .find_map(|(_, schemas)| match literals::of(&schemas)?.as_slice() {
            [only] => only.value.as_str().map(str::to_owned),
            _ => None,
        })
}

fn kind_label(kind: JsonKind) -> &'static str {
    match kind {
        JsonKind::Null => "Null",
        JsonKind::Boolean => "Boolean",
        JsonKind::Integer => "Integer",
        JsonKind::Fraction => "Number",
        JsonKind::String => "String",
        JsonKind::Array => "Array",
        JsonKind::Object => "Object",
    }
}

fn kind_names(kinds: Kinds) -> Vec<&'static str> {
    let numbers = kinds.contains(JsonKind::Fraction);
    let named = kinds
        .iter()
        .filter(|kind| !(numbers && *kind == JsonKind::Integer));
    named.map(kind_label).collect()
}

fn are_disjoint(members: &[(usize, SchemaAt<'_>)]) -> bool {
    let mut seen = Kinds::NONE;
    members.iter().all(|(_, member)| {
        let kinds = member.kinds().without_null();
        let apart = seen.and(kinds).is_empty();
        seen = seen.or(kinds);
        apart
    })
}

/// Whether an array has just the items of its tuple.
fn is_exact(parts: &[SchemaAt<'_>], length: usize) -> bool {
    let count = |keyword: &str| {
        parts
            .iter()
            .filter_map(|part| part.keyword(keyword)?.as_u64())
            .collect::<Vec<_>>()
    };
    let length_bound = length as u64;
    let closed = parts
        .iter()
        .any(|part| !part.prefix_items().is_empty() && part.items().is_some_and(SchemaAt::is_never));
    let least = count("minItems").into_iter().max().unwrap_or(0);
    let most = count("maxItems").into_iter().min();
    length <= TUPLE_MAX && least >= length_bound && (closed || most.is_some_and(|most| most <= length_bound))
}

/// The schema of a map whose keys must all match one pattern.
fn single_pattern<'a>(parts: &[SchemaAt<'a>]) -> Option<SchemaAt<'a>> {
    let closed = |part: &&SchemaAt<'a>| matches!(part.additional(), crate::AdditionalAt::Closed);
    let part = parts.iter().find(closed)?;
    match part.map("patternProperties").as_slice() {
        [(_, schema)] if part.properties().is_empty() => Some(*schema),
        _ => None,
    }
}
