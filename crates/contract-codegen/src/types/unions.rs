//! Types of values of several kinds: unions and enumerations.

use proc_macro2::Ident;

use super::allocate::Allocator;
use super::build::{Builder, Shape};
use super::literals::{self, Listed};
use super::model::{Constant, Kind, Selector, Use, Variant};
use super::{parts, place, scalars};
use crate::{JsonKind, Kinds, SchemaAt, names};

impl<'a> Builder<'a> {
    pub(super) fn union(&mut self, holder: SchemaAt<'a>, keyword: &'static str, name: &str) -> Shape<'a> {
        let list = holder.list(keyword);
        let indices = parts::members(&list);
        let members: Vec<(usize, SchemaAt<'a>)> = indices
            .into_iter()
            .filter_map(|index| Some((index, *list.get(index)?)))
            .collect();
        let mut scope = Allocator::default();
        let kinds: Vec<Kinds> = members
            .iter()
            .map(|(_, member)| member.kinds().without_null())
            .collect();
        let labels: Vec<String> = members
            .iter()
            .enumerate()
            .map(|(position, (_, member))| label(*member, position, &kinds))
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
                selector: if disjoint {
                    Selector::Kinds(kind_names(member.kinds().without_null()))
                } else {
                    Selector::Index(*index)
                },
            });
        Shape::Item(Kind::Union {
            variants: variants.collect(),
            holder: (!disjoint).then_some((holder, keyword)),
        })
    }

    /// A union of the types of JSON values that a schema names.
    pub(super) fn by_kind(&mut self, parts: &[SchemaAt<'a>], kinds: Kinds, name: &str) -> Shape<'a> {
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

pub(super) fn enumeration(values: Vec<Listed<'_>>, open: bool) -> Kind<'_> {
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
fn label(member: SchemaAt<'_>, position: usize, of_members: &[Kinds]) -> String {
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
    // Two that hold these kinds are enough to know.
    let mut holding = of_members.iter().filter(|other| other.and(kinds) == kinds);
    let alone = holding.nth(1).is_none();
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
