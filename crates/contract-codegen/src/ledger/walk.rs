//! The walk along the grammar, which classifies every value in the order of the document.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::composition::Composition;
use super::fields::is_texts;
use super::held::{Held, why_ignored};
use super::numbers::Numbers;
use super::reach::Reach;
use super::{Class, Ledger, REMARKS_MAX};
use crate::emit::schemas::Scopes;
use crate::grammar::{self, Content, Grammar, Shape};
use crate::source::escape;
use crate::{Language, Source};

/// Walks a contract whose root is a `root`.
pub(super) fn walk<'a>(
    source: &'a Source,
    grammar: Grammar,
    root: Shape,
    reach: Reach,
    numbers: Numbers<'a>,
) -> Ledger {
    let mut walk = Walk {
        source,
        grammar,
        reach,
        numbers,
        pointer: String::new(),
        taken_for: HashMap::new(),
        referenced: HashSet::new(),
        references: Vec::new(),
        composition: Composition::default(),
        scopes: None,
        told: (0, 0),
        ledger: Ledger::default(),
    };
    walk.object(source.root(), root, Class::Documented, Held::default());
    walk.tell_circles();
    walk.check_references();
    walk.unused_components();
    walk.tell_the_rest();
    walk.ledger
}

/// A reference, to be held against what turned out to stand where it leads.
pub(super) struct Reference {
    pub(super) number: usize,
    pub(super) pointer: String,
    pub(super) target: usize,
    pub(super) shape: Shape,
}

pub(super) struct Walk<'a> {
    pub(super) source: &'a Source,
    pub(super) grammar: Grammar,
    pub(super) reach: Reach,
    pub(super) numbers: Numbers<'a>,
    /// Where the walk is.
    pub(super) pointer: String,
    /// As what the values to which references lead were walked.
    pub(super) taken_for: HashMap<usize, Shape>,
    pub(super) references: Vec<Reference>,
    /// The values to which references lead.
    pub(super) referenced: HashSet<usize>,
    /// How deep the schemas are composed that were looked at.
    pub(super) composition: Composition,
    /// Where dynamic references lead, once there is one.
    pub(super) scopes: Option<Scopes>,
    /// How many refusals and warnings there were.
    told: (usize, usize),
    pub(super) ledger: Ledger,
}

impl<'a> Walk<'a> {
    pub(super) fn is_service(&self) -> bool {
        self.grammar.language == Language::Service
    }

    /// The number of the value that is classified next.
    pub(super) fn next(&self) -> usize {
        self.ledger.classes.len()
    }

    pub(super) fn enter(&mut self, class: Class) {
        self.ledger.classes.push(class);
    }

    /// Does something at a child of the present place.
    pub(super) fn below(&mut self, token: &str, act: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(token));
        act(self);
        self.pointer.truncate(length);
    }

    /// Tells why value number `number` is refused.
    pub(super) fn tell_refusal(&mut self, number: usize, pointer: &str, reason: impl Into<String>) {
        self.told.0 += 1;
        if self.told.0 <= REMARKS_MAX {
            let refusal = self.source.refuse_number(number, pointer, reason);
            self.ledger.refusals.push(refusal);
        }
    }

    /// Warns of value number `number` at the present place.
    pub(super) fn warn(&mut self, number: usize, reason: impl Into<String>) {
        self.told.1 += 1;
        if self.told.1 <= REMARKS_MAX {
            let warning = self.source.refuse_number(number, &self.pointer, reason).into();
            self.ledger.warnings.push(warning);
        }
    }

    fn tell_the_rest(&mut self) {
        let more = |told: usize| told.checked_sub(REMARKS_MAX).filter(|more| *more > 0);
        if let Some(more) = more(self.told.0) {
            let refusal = self
                .source
                .refuse_number(0, "", format!("{more} more places are refused"));
            self.ledger.refusals.push(refusal);
        }
        if let Some(more) = more(self.told.1) {
            let refusal = self
                .source
                .refuse_number(0, "", format!("there are {more} more warnings"));
            self.ledger.warnings.push(refusal.into());
        }
    }

    /// Refuses the value at the present place with all that is in it.
    pub(super) fn refuse(&mut self, reason: impl Into<String>) {
        let number = self.next();
        let pointer = self.pointer.clone();
        self.tell_refusal(number, &pointer, reason);
        for _ in 0..self.source.count(number) {
            self.enter(Class::Refused);
        }
    }

    /// A value that is taken over as it is, with all that is in it, and only shown.
    pub(super) fn plain(&mut self, value: &'a Value, class: Class) {
        if let Some(reached) = self.reach.get(&self.next()).copied() {
            // A reference leads here, so that it is more than an example or an extension.
            return self.object(value, reached.shape, class, Held::default());
        }
        self.enter(class);
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.below(&index.to_string(), |walk| walk.plain(item, Class::Documented));
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    self.below(name, |walk| walk.plain(member, Class::Documented));
                }
            }
            _ => {}
        }
    }

    /// An object or a reference to one; `class` is that of its own pointer.
    pub(super) fn object(&mut self, value: &'a Value, shape: Shape, class: Class, held: Held) {
        let number = self.next();
        if shape == Shape::Link {
            self.ledger.loose.push((number, self.pointer.clone()));
        }
        if shape.is_schema() && value.is_boolean() && self.grammar.has_boolean_schemas() {
            let breaks = held.is_held() && *value == Value::Bool(false);
            return self.enter(if breaks { Class::Enforced } else { class });
        }
        let Some(members) = value.as_object() else {
            return self.refuse(format!("must be an object ({shape:?})"));
        };
        let reached = self.reach.get(&number).copied();
        if reached.is_some() {
            self.taken_for.insert(number, shape);
        }
        let held = reached.map_or(held, |reached| held.and(reached.held));
        let is_request_media_type = shape == Shape::MediaType && held.is_held();
        self.enter(if is_request_media_type {
            Class::Enforced
        } else {
            class
        });
        if let Some(reference) = members
            .get("$ref")
            .filter(|_| shape != Shape::SecurityRequirement)
        {
            return self.beside(members, reference, shape, held);
        }
        if self.grammar.is_multi_format(shape, value) {
            return self.multi_format(number, members, value, held);
        }
        let own = self.grammar;
        self.grammar = self.grammar_here(shape);
        self.members(number, members, shape, held);
        self.grammar = own;
    }

    /// A schema may be of another format because of who refers to it.
    fn grammar_here(&self, shape: Shape) -> Grammar {
        let is_other = shape.is_schema() && !self.grammar.dialect.is_openapi();
        let dialect = is_other.then(|| self.source.format_by_reference(&self.pointer));
        Grammar {
            dialect: dialect.flatten().unwrap_or(self.grammar.dialect),
            ..self.grammar
        }
    }

    fn members(&mut self, number: usize, members: &'a Map<String, Value>, shape: Shape, held: Held) {
        for needed in shape.needed(self.grammar.language) {
            if members.contains_key(*needed) {
                continue;
            }
            if shape == Shape::Response && !self.is_service() {
                // What it would say changes nothing of what is accepted or answered.
                let dialect = self.grammar.dialect.name();
                self.warn(
                    number,
                    format!("there is no `{needed}`, which {dialect} asks for; it is shown without"),
                );
            } else {
                let pointer = self.pointer.clone();
                self.tell_refusal(number, &pointer, format!("{shape:?} needs `{needed}`"));
            }
        }
        for (name, member) in members {
            self.below(name, |walk| walk.member(name, member, members, shape, held));
        }
    }

    /// The field `name` of an object with these members.
    pub(super) fn member(
        &mut self,
        name: &str,
        value: &'a Value,
        members: &'a Map<String, Value>,
        shape: Shape,
        held: Held,
    ) {
        let is_extension = name.starts_with("x-");
        match shape.pattern() {
            Some(_) if is_extension && shape == Shape::Callback => return self.extension(value, shape),
            Some(Content::One(inner)) => return self.object(value, inner, Class::Documented, held),
            Some(Content::Texts) if !is_texts(value) => return self.refuse("must be a list of texts"),
            Some(Content::Texts) => {
                let class = if held.served || self.is_service() {
                    Class::Enforced
                } else {
                    Class::Documented
                };
                return self.plain(value, class);
            }
            Some(_) => {
                if shape.is_bindings() && !is_extension {
                    self.tell_of_bindings(value);
                }
                return self.plain(value, Class::Documented);
            }
            None => {}
        }
        let location = members.get("in").and_then(Value::as_str);
        if shape == Shape::Parameter && name == "required" && location == Some("path") {
            // Without it the path is another one; there is nothing that could be refused.
            return self.plain(value, Class::Documented);
        }
        if shape == Shape::Parameter
            && name == "name"
            && let Some(reason) = why_ignored(members).filter(|_| !self.is_service())
        {
            self.warn(self.next(), reason);
        }
        if shape.is_schema() {
            self.tell_of_keyword(name, value, members);
        }
        if self.pointer == "/info/version" && self.source.version_was_number {
            self.remark(
                self.next(),
                &format!("is no text; it is taken for the text {value}"),
            );
        }
        match self.grammar.field(shape, name) {
            Some(field) => {
                if matches!(name, "jsonSchemaDialect" | "$schema") && !self.grammar.reads_schemas_as(value) {
                    let dialect = self.grammar.dialect.name();
                    let reason = format!("schemas are read as those of {dialect}, whatever this says");
                    self.remark(self.next(), &reason);
                }
                let held = held.of_field(self.grammar, shape, name, members);
                self.field(value, shape, field, held);
            }
            None if is_extension => self.extension(value, shape),
            None => self.unknown(name, value, shape),
        }
    }

    /// An extension that is not part of the language.
    pub(super) fn extension(&mut self, value: &'a Value, shape: Shape) {
        if self.is_service() {
            return self.refuse_unknown(shape);
        }
        self.plain(value, Class::Documented);
    }

    fn unknown(&mut self, name: &str, value: &'a Value, shape: Shape) {
        if self.is_service() {
            return self.refuse_unknown(shape);
        }
        let dialect = self.grammar.dialect.name();
        let reason = if grammar::is_keyword_somewhere(shape, name) {
            format!("{dialect} has no `{name}`; it is shown, not enforced")
        } else {
            format!("{dialect} has no `{name}` here ({shape:?}); it is shown, and nothing else")
        };
        self.warn(self.next(), reason);
        self.plain(value, Class::Documented);
    }

    fn refuse_unknown(&mut self, shape: Shape) {
        let name = self.pointer.rsplit('/').next().unwrap_or_default().to_owned();
        self.refuse(format!(
            "{shape:?} has no field `{name}` that Rollcall's generator can take over"
        ));
    }

    fn multi_format(&mut self, number: usize, members: &'a Map<String, Value>, value: &'a Value, held: Held) {
        let inner = self.grammar.of_multi_format(value);
        if !members.contains_key("schema") {
            let pointer = self.pointer.clone();
            self.tell_refusal(number, &pointer, "a schema that says its format needs `schema`");
        }
        if !members.contains_key("schemaFormat") {
            let dialect = self.grammar.dialect.name();
            self.warn(
                number,
                format!("there is no `schemaFormat`; the schema is read as one of {dialect}"),
            );
        }
        for (name, member) in members {
            self.below(name, |walk| match (name.as_str(), inner) {
                ("schemaFormat", None) => {
                    walk.refuse(format!("a schema of the format {member} cannot be taken over"));
                }
                ("schema", Some(grammar)) => {
                    let own = std::mem::replace(&mut walk.grammar, grammar);
                    walk.object(member, Shape::Schema, Class::Documented, held);
                    walk.grammar = own;
                }
                ("schema", None) => walk.plain(member, Class::Documented),
                _ => walk.member(name, member, members, Shape::MultiFormatSchema, held),
            });
        }
    }

    /// What stops the generation in Rollcall's own language, and is only said in any other.
    pub(super) fn remark(&mut self, number: usize, reason: &str) {
        if self.is_service() {
            let pointer = self.pointer.clone();
            self.tell_refusal(number, &pointer, reason);
        } else {
            self.warn(number, reason);
        }
    }
}
