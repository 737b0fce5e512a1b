//! From a schema as the contract writes it to the runtime's keywords, one for one.

use serde_json::{Map, Value};

use super::forms::{self, Form};
use super::tree::{Argument, KeywordTree, Reference, SchemaTree};
use crate::schema::SchemaAt;
use crate::{Dialect, Source};

/// The keywords of the schema that stands at `pointer`. A place without a schema accepts everything.
pub fn transliterate(source: &Source, pointer: &str) -> SchemaTree {
    source
        .schema(pointer)
        .map_or_else(SchemaTree::default, transliterate_at)
}

fn transliterate_at(schema: SchemaAt<'_>) -> SchemaTree {
    if schema.is_never() {
        return SchemaTree::never();
    }
    let Some(members) = schema.value().as_object() else {
        return SchemaTree::default();
    };
    let dialect = schema.source().dialect();
    let mut keywords = Vec::new();
    for name in members.keys() {
        if let Some((variant, form)) = forms::form(dialect, name)
            && let Some(value) = schema.keyword(name)
        {
            keywords.extend(keyword(schema, name, value, variant, form));
        }
    }
    if dialect == Dialect::OpenApi30 {
        keywords.extend(super::direction::waived(schema));
    }
    SchemaTree(keywords)
}

fn keyword(
    schema: SchemaAt<'_>,
    name: &str,
    value: &Value,
    variant: &'static str,
    form: Form,
) -> Vec<KeywordTree> {
    let argument = match form {
        Form::Items if value.is_array() => {
            return vec![KeywordTree {
                variant: "PrefixItems",
                argument: Argument::Schemas(schema.list(name).into_iter().map(transliterate_at).collect()),
            }];
        }
        // Without a list of `items` before it, it says nothing (draft-07 validation §6.4.2).
        Form::Schema
            if name == "additionalItems" && !schema.keyword("items").is_some_and(Value::is_array) =>
        {
            return Vec::new();
        }
        Form::Dependencies => return dependencies(schema, value),
        Form::Schema | Form::Items => schema.at(name).map(|at| Argument::Schema(transliterate_at(at))),
        Form::Schemas => {
            let members = schema.list(name).into_iter().map(transliterate_at);
            Some(Argument::Schemas(members.collect()))
        }
        Form::Named => Some(Argument::Named(named(schema, name))),
        Form::Patterns => Some(Argument::Patterns(patterns(schema, name))),
        Form::Reference => reference(schema.source(), value).map(Argument::Reference),
        Form::DynamicReference => reference(schema.source(), value).map(Argument::Reference),
        Form::Discriminator => discriminator(schema),
        _ => plain(value, form),
    };
    let keyword = |argument| KeywordTree { variant, argument };
    argument.map(keyword).into_iter().collect()
}

/// Whether a member of a schema becomes a keyword, all of it but for what stands in the schemas below. What does not is in the overlay.
pub(crate) fn takes(schema: SchemaAt<'_>, name: &str) -> bool {
    let known = forms::form(schema.source().dialect(), name);
    let (Some((_, form)), Some(value)) = (known, schema.keyword(name)) else {
        return false;
    };
    match form {
        Form::Schemas => value.is_array(),
        Form::Named | Form::Patterns | Form::Dependencies => value.is_object(),
        Form::Schema | Form::Items => schema.at(name).is_some() || value.is_array(),
        Form::Reference | Form::DynamicReference => reference(schema.source(), value).is_some(),
        Form::Discriminator => schema.discriminator().is_some(),
        Form::Types => {
            let words = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            words
                .iter()
                .all(|word| word.as_str().and_then(forms::kind).is_some())
        }
        Form::Texts => value
            .as_array()
            .is_some_and(|texts| texts.iter().all(Value::is_string)),
        _ => plain(value, form).is_some(),
    }
}

/// Whether a regular expression is one of ECMA 262, and so checked.
pub(crate) fn is_checked_pattern(pattern: &str) -> bool {
    compiling(pattern).is_some()
}

/// The argument of a keyword that holds no schema.
fn plain(value: &Value, form: Form) -> Option<Argument> {
    Some(match form {
        Form::Types => {
            let words = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            let kinds = words.iter().filter_map(|word| forms::kind(word.as_str()?));
            Argument::Kinds(kinds.collect())
        }
        Form::Format => {
            let format = value.as_str()?;
            Argument::Format(format.to_owned(), forms::checked_format(format))
        }
        Form::Text => Argument::Text(value.as_str()?.to_owned()),
        Form::Texts => Argument::Texts(texts(value)),
        Form::Literal => Argument::Literal(value.clone()),
        Form::Literals => Argument::Literals(value.as_array()?.clone()),
        Form::Bound => Argument::Literal(value.is_number().then(|| value.clone())?),
        Form::Count => Argument::Count(count(value)?),
        Form::Flag => value.as_bool()?.then_some(Argument::Nothing)?,
        Form::Pattern => Argument::Pattern(compiling(value.as_str()?)?),
        Form::TextsUnderNames => {
            let members = value.as_object()?.iter();
            Argument::Dependencies(
                members
                    .map(|(name, names)| (name.clone(), texts(names)))
                    .collect(),
            )
        }
        _ => return None,
    })
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// A count may be written `2.0` (JSON Schema validation §6).
fn count(value: &Value) -> Option<u64> {
    let whole = |float: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, positive, and beyond 64 bits as good as their end"
        )]
        let count = float as u64;
        (float >= 0.0 && float.fract() == 0.0).then_some(count)
    };
    value.as_u64().or_else(|| value.as_f64().and_then(whole))
}

/// What is no regular expression of ECMA 262 is shown and not checked.
fn compiling(pattern: &str) -> Option<String> {
    let compiled = regress::Regex::with_flags(pattern, "u");
    compiled.is_ok().then(|| pattern.to_owned())
}

fn named(schema: SchemaAt<'_>, name: &str) -> Vec<(String, SchemaTree)> {
    let members = schema.map(name).into_iter();
    members
        .map(|(name, at)| (name.to_owned(), transliterate_at(at)))
        .collect()
}

fn patterns(schema: SchemaAt<'_>, name: &str) -> Vec<(String, SchemaTree)> {
    let members = schema.map(name).into_iter();
    members
        .filter_map(|(pattern, at)| Some((compiling(pattern)?, transliterate_at(at))))
        .collect()
}

fn reference(source: &Source, value: &Value) -> Option<Reference> {
    let text = value.as_str()?;
    let (pointer, _) = source.follow(text)?;
    source.schema(pointer)?;
    Some(Reference {
        text: text.to_owned(),
        target: pointer.to_owned(),
    })
}

fn discriminator(schema: SchemaAt<'_>) -> Option<Argument> {
    let said = schema.discriminator()?;
    let mapping = said.mapping.into_iter();
    Some(Argument::Discriminator(
        said.property.to_owned(),
        mapping
            .map(|(value, at)| (value.to_owned(), at.pointer().to_owned()))
            .collect(),
    ))
}

/// `dependencies` of draft-07: the names that depend on others, and the schemas.
fn dependencies(schema: SchemaAt<'_>, value: &Value) -> Vec<KeywordTree> {
    let members = value.as_object().map(Map::iter).into_iter().flatten();
    let lists: Vec<_> = members
        .filter(|(_, dependency)| dependency.is_array())
        .map(|(name, names)| (name.clone(), texts(names)))
        .collect();
    let schemas = named(schema, "dependencies");
    let mut keywords = Vec::new();
    if !lists.is_empty() {
        keywords.push(KeywordTree {
            variant: "DependentRequired",
            argument: Argument::Dependencies(lists),
        });
    }
    if !schemas.is_empty() {
        keywords.push(KeywordTree {
            variant: "DependentSchemas",
            argument: Argument::Named(schemas),
        });
    }
    keywords
}
