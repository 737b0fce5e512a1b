//! Which rule makes the type of a schema.

use std::collections::HashSet;

use super::literals::{self, Listed};
use super::model::{Core, Use};
use super::parts;
use crate::{JsonKind, Kinds, SchemaAt};

/// Which rule a schema falls under.
pub(super) enum Form<'a> {
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

pub(super) fn form<'a>(schema: SchemaAt<'a>, parts: &[SchemaAt<'a>]) -> Form<'a> {
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
            let own: HashSet<&str> = own.iter().map(|(name, _)| *name).collect();
            properties.iter().all(|(name, _)| own.contains(name))
        })
}

/// The keyword of a union that shapes the type, and does not only ask for this property or that.
pub(super) fn union_of(schema: SchemaAt<'_>) -> Option<&'static str> {
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
pub(super) fn needs_name(schema: SchemaAt<'_>) -> bool {
    matches!(
        form(schema, &parts::of(schema)),
        Form::Words(_) | Form::Listed(_) | Form::Union(..) | Form::Kinds(_) | Form::Struct(_)
    )
}

pub(super) fn is_object(schema: SchemaAt<'_>) -> bool {
    schema.kinds().are(Kinds::one(JsonKind::Object))
}

/// What a use adds to the type of a schema.
pub(super) fn around(schema: SchemaAt<'_>, core: Core) -> Use {
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
