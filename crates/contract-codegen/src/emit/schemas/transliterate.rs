//! From a schema as the contract writes it to the runtime's keywords, one for one.

use contract_scalars::is_pattern;
use serde_json::{Map, Value};

use super::forms::{self, Form};
use super::scopes::Scopes;
use super::tree::{Argument, KeywordTree, Reference, SchemaTree};
use crate::schema::{SchemaAt, count};
use crate::{Dialect, Source};

/// Reads the schemas of a document as the runtime's keywords.
#[derive(Debug)]
pub struct Transliterator<'a> {
    source: &'a Source,
    scopes: Scopes,
}

impl<'a> Transliterator<'a> {
    /// For the schemas of `source`.
    #[must_use]
    pub fn new(source: &'a Source) -> Self {
        Self {
            source,
            scopes: Scopes::of(source),
        }
    }

    /// The document.
    pub(super) fn source(&self) -> &'a Source {
        self.source
    }

    /// The keywords of the schema that stands at `pointer`. A place without a schema accepts everything.
    #[must_use]
    pub fn of(&self, pointer: &str) -> SchemaTree {
        let Some(schema) = self.source.schema(pointer) else {
            return SchemaTree::default();
        };
        let mut tree = self.at(schema);
        if !self.scopes.begins_at(pointer) {
            // A reference leads into the middle of a resource, whose anchors count from here on.
            self.open_scope(pointer, &mut tree);
        }
        tree
    }

    fn open_scope(&self, pointer: &str, tree: &mut SchemaTree) {
        // A schema that accepts everything, or nothing, refers to nothing either, and says nothing but that.
        if tree.0.is_empty() || tree.is_never() {
            return;
        }
        if let Some(anchors) = self.scopes.anchors(pointer) {
            let scope = KeywordTree {
                variant: "DynamicScope",
                argument: Argument::Anchors(anchors.to_vec()),
            };
            tree.0.insert(0, scope);
        }
    }

    fn at(&self, schema: SchemaAt<'_>) -> SchemaTree {
        if schema.is_never() {
            return SchemaTree::never();
        }
        let Some(members) = schema.value().as_object() else {
            return SchemaTree::default();
        };
        let dialect = schema.source().dialect_at(schema.pointer());
        let has_overlay = schema.source().dialect().is_openapi();
        let mut keywords = Vec::new();
        for name in members.keys() {
            let Some(value) = schema.shown(name) else {
                continue;
            };
            let form = forms::form(dialect, name);
            let known = form.map(|(variant, form)| self.keyword(schema, name, value, variant, form));
            match known {
                Some(known) if !known.is_empty() => {
                    keywords.extend(known);
                    // The words that are no types are shown beside those that are.
                    if !has_overlay && matches!(form, Some((_, Form::Types))) && !takes(schema, name) {
                        keywords.push(annotation(name, value));
                    }
                }
                _ if has_overlay || HOLDERS.contains(&name.as_str()) => {}
                _ => keywords.push(annotation(name, value)),
            }
        }
        if dialect == Dialect::OpenApi30 {
            keywords.extend(super::direction::waived(schema));
        }
        let mut tree = SchemaTree(keywords);
        if self.scopes.begins_at(schema.pointer()) {
            self.open_scope(schema.pointer(), &mut tree);
        }
        tree
    }

    fn keyword(
        &self,
        schema: SchemaAt<'_>,
        name: &str,
        value: &Value,
        variant: &'static str,
        form: Form,
    ) -> Vec<KeywordTree> {
        let is_tuple = || schema.keyword("items").is_some_and(Value::is_array);
        let argument = match form {
            Form::Items if value.is_array() => {
                return vec![KeywordTree {
                    variant: "PrefixItems",
                    argument: self.list(schema, name),
                }];
            }
            // Without a list of `items` before it, it says nothing (draft-07 validation §6.4.2).
            Form::Schema if name == "additionalItems" && !is_tuple() => None,
            Form::Dependencies => return self.dependencies(schema, value),
            Form::Schema | Form::Items => schema.at(name).map(|at| Argument::Schema(self.at(at))),
            Form::Schemas => Some(self.list(schema, name)),
            Form::Named => Some(Argument::Named(self.named(schema, name))),
            Form::Patterns => Some(Argument::Patterns(self.patterns(schema, name))),
            Form::Reference => return vec![reference(schema.source(), value)],
            Form::DynamicReference => return self.dynamic_reference(schema, value),
            Form::Discriminator => discriminator(schema),
            _ => plain(value, form),
        };
        let keyword = |argument| KeywordTree { variant, argument };
        argument.map(keyword).into_iter().collect()
    }

    fn list(&self, schema: SchemaAt<'_>, name: &str) -> Argument {
        Argument::Schemas(schema.list(name).into_iter().map(|at| self.at(at)).collect())
    }

    fn named(&self, schema: SchemaAt<'_>, name: &str) -> Vec<(String, SchemaTree)> {
        let members = schema.map(name).into_iter();
        members.map(|(name, at)| (name.to_owned(), self.at(at))).collect()
    }

    fn patterns(&self, schema: SchemaAt<'_>, name: &str) -> Vec<(String, SchemaTree)> {
        let members = schema.map(name).into_iter();
        members
            .filter_map(|(pattern, at)| Some((compiling(pattern)?, self.at(at))))
            .collect()
    }

    /// A reference to what is no dynamic anchor is like any other one.
    fn dynamic_reference(&self, schema: SchemaAt<'_>, value: &Value) -> Vec<KeywordTree> {
        let anchor = value.as_str().and_then(|text| text.strip_prefix('#'));
        let dynamic = anchor.and_then(|anchor| {
            let target = self.scopes.target(schema.pointer(), anchor)?;
            let reference = Reference {
                text: format!("#{anchor}"),
                target: target.to_owned(),
            };
            Some(KeywordTree {
                variant: "DynamicRef",
                argument: Argument::Dynamic(reference, anchor.to_owned()),
            })
        });
        let plain = || {
            let target = self.scopes.plain_target(schema.pointer(), anchor?)?.to_owned();
            let text = format!("#{target}");
            Some(KeywordTree {
                variant: "Ref",
                argument: Argument::Reference(Reference { text, target }),
            })
        };
        vec![
            dynamic
                .or_else(plain)
                .unwrap_or_else(|| reference(schema.source(), value)),
        ]
    }

    /// `dependencies` of draft-07: the names that depend on others, and the schemas.
    fn dependencies(&self, schema: SchemaAt<'_>, value: &Value) -> Vec<KeywordTree> {
        let members = value.as_object().map(Map::iter).into_iter().flatten();
        let lists: Vec<_> = members
            .filter(|(_, dependency)| dependency.is_array())
            .map(|(name, names)| (name.clone(), texts(names)))
            .collect();
        let schemas = self.named(schema, "dependencies");
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
}

/// They hold schemas that others refer to, and say nothing themselves.
const HOLDERS: [&str; 2] = ["definitions", "$defs"];

/// What is only shown. The document of an HTTP contract has an overlay for it; the schema that is derived of a message has not.
fn annotation(name: &str, value: &Value) -> KeywordTree {
    KeywordTree {
        variant: "Annotation",
        argument: Argument::Annotation(name.to_owned(), value.clone()),
    }
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
        Form::Reference => value
            .as_str()
            .is_some_and(|text| schema.source().follow(text).is_some()),
        // What it means depends on the schemas around it; the text is the overlay's.
        Form::DynamicReference => false,
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

/// The argument of a keyword that holds no schema.
fn plain(value: &Value, form: Form) -> Option<Argument> {
    Some(match form {
        Form::Types => {
            let words = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            let kinds: Vec<_> = words
                .iter()
                .filter_map(|word| forms::kind(word.as_str()?))
                .collect();
            // A word that is no type is shown, and rules nothing out; no word at all rules everything out.
            (!kinds.is_empty() || words.is_empty()).then_some(Argument::Kinds(kinds))?
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

/// What is no regular expression of ECMA 262 is shown and not checked.
fn compiling(pattern: &str) -> Option<String> {
    is_pattern(pattern).then(|| pattern.to_owned())
}

/// What leads nowhere accepts nothing: a contract with such a reference is refused before it gets here, and if not, it refuses rather
/// than admits.
fn reference(source: &Source, value: &Value) -> KeywordTree {
    let followed = value.as_str().and_then(|text| {
        let (pointer, _) = source.follow(text)?;
        source.schema(pointer)?;
        Some(Reference {
            text: text.to_owned(),
            target: pointer.to_owned(),
        })
    });
    match followed {
        Some(reference) => KeywordTree {
            variant: "Ref",
            argument: Argument::Reference(reference),
        },
        None => KeywordTree {
            variant: "Never",
            argument: Argument::Nothing,
        },
    }
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
