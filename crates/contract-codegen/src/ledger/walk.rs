//! The walk along the grammar, which classifies every value in the order of the document.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::enforced::asserts;
use super::held::{Held, is_ignored_header};
use super::reach::Reach;
use super::{Class, Ledger, REMARKS_MAX};
use crate::grammar::{self, Content, Fate, Field, Grammar, Shape};
use crate::source::escape;
use crate::{Language, Source};

/// Walks a contract whose root is a `root`.
pub(super) fn walk(source: &Source, grammar: Grammar, root: Shape, reach: Reach) -> Ledger {
    let mut walk = Walk {
        source,
        grammar,
        reach,
        pointer: String::new(),
        taken_for: HashMap::new(),
        referenced: HashSet::new(),
        references: Vec::new(),
        told: (0, 0),
        ledger: Ledger::default(),
    };
    walk.object(source.root(), root, Class::Documented, Held::default());
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
    /// Where the walk is.
    pub(super) pointer: String,
    /// As what the values to which references lead were walked.
    pub(super) taken_for: HashMap<usize, Shape>,
    pub(super) references: Vec<Reference>,
    /// The values to which references lead.
    pub(super) referenced: HashSet<usize>,
    /// How many refusals and warnings there were.
    told: (usize, usize),
    pub(super) ledger: Ledger,
}

impl Walk<'_> {
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
    pub(super) fn plain(&mut self, value: &Value, class: Class) {
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
    pub(super) fn object(&mut self, value: &Value, shape: Shape, class: Class, held: Held) {
        let number = self.next();
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
        if let Some(reference) = members.get("$ref").filter(|_| shape.pattern().is_none()) {
            return self.beside(members, reference, shape, held);
        }
        if self.grammar.is_multi_format(shape, value) {
            return self.multi_format(members, value, held);
        }
        for needed in shape.needed(self.grammar.language) {
            if !members.contains_key(*needed) {
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
        value: &Value,
        members: &Map<String, Value>,
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
            Some(_) => return self.plain(value, Class::Documented),
            None => {}
        }
        let location = members.get("in").and_then(Value::as_str);
        if shape == Shape::Parameter && name == "required" && location == Some("path") {
            // Without it the path is another one; there is nothing that could be refused.
            return self.plain(value, Class::Documented);
        }
        if shape == Shape::Parameter && name == "name" && is_ignored_header(members) && !self.is_service() {
            let reason = "OpenAPI ignores parameters of this name; it is shown, not enforced";
            self.warn(self.next(), reason);
        }
        match self.grammar.field(shape, name) {
            Some(field) => {
                let held = held.of_field(self.grammar, shape, name, members);
                self.field(value, shape, field, held);
            }
            None if is_extension => self.extension(value, shape),
            None => self.unknown(name, value, shape),
        }
    }

    /// An extension that is not part of the language.
    fn extension(&mut self, value: &Value, shape: Shape) {
        if self.is_service() {
            return self.refuse_unknown(shape);
        }
        self.plain(value, Class::Documented);
    }

    fn unknown(&mut self, name: &str, value: &Value, shape: Shape) {
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

    fn multi_format(&mut self, members: &Map<String, Value>, value: &Value, held: Held) {
        let inner = self.grammar.of_multi_format(value);
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

    /// What is in a field that the grammar lists.
    fn field(&mut self, value: &Value, shape: Shape, field: &Field, held: Held) {
        let is_text_type = field.name == "type" && shape.is_schema() && !held.json && value == "string";
        let is_held = held.is_held() && asserts(field, value) && !is_text_type;
        // What an operation of Rollcall's own language asks for beside its parts.
        let is_asked = shape == Shape::Operation && field.fate == Fate::Asserts && held.served;
        let class = if is_held || is_asked {
            Class::Enforced
        } else {
            Class::Documented
        };
        match (field.content, value) {
            (Content::Free | Content::Any, _) => self.plain(value, class),
            (content, _) if is_plain(content, value) => self.plain(value, class),
            (Content::Texts | Content::TextOrTexts, _) if is_texts(value) => {
                self.plain(value, class);
                self.check_repetitions(value);
            }
            (Content::Links(shape), _) => self.links(value, shape),
            (Content::Each, Value::Array(items)) => self.each(items, field, class, held),
            (Content::One(shape) | Content::SchemaOrBool(shape), _) => {
                self.object(value, shape, class, held);
            }
            (Content::List(shape) | Content::OneOrList(shape), Value::Array(items)) => {
                self.enter(class);
                for (index, item) in items.iter().enumerate() {
                    self.below(&index.to_string(), |walk| {
                        walk.object(item, shape, Class::Documented, held);
                    });
                }
            }
            (Content::OneOrList(shape), _) => self.object(value, shape, class, held),
            (Content::Map(_) | Content::Patterned(_) | Content::MapOrTexts(_), Value::Object(members)) => {
                self.enter(class);
                for (name, member) in members {
                    self.below(name, |walk| walk.named(name, member, field.content, held));
                }
            }
            (content, _) => self.refuse(expected(content)),
        }
    }

    /// A member of a map of objects.
    fn named(&mut self, name: &str, value: &Value, content: Content, held: Held) {
        match content {
            Content::Patterned(shape) if name.starts_with("x-") => self.extension(value, shape),
            Content::MapOrTexts(_) if is_texts(value) => self.plain(value, Class::Documented),
            Content::Map(Shape::MediaType) => {
                // The media type itself is held against requests; whether its schema is, depends on it.
                let number = self.next();
                let held_of_schema = held.of_media_type(name);
                self.object(value, Shape::MediaType, Class::Documented, held_of_schema);
                if let Some(class) = self.ledger.classes.get_mut(number)
                    && held.is_held()
                    && *class == Class::Documented
                {
                    *class = Class::Enforced;
                }
            }
            Content::Map(shape) | Content::Patterned(shape) | Content::MapOrTexts(shape) => {
                self.object(value, shape, Class::Documented, held);
            }
            _ => self.plain(value, Class::Documented),
        }
    }

    fn each(&mut self, items: &[Value], field: &Field, class: Class, held: Held) {
        let each = if held.is_held() {
            Class::Enforced
        } else {
            Class::Documented
        };
        if field.name == "required" && !items.iter().all(Value::is_string) {
            return self.refuse("must be a list of texts");
        }
        let number = self.next();
        self.enter(if field.name == "enum" {
            class
        } else {
            Class::Documented
        });
        for (index, item) in items.iter().enumerate() {
            self.below(&index.to_string(), |walk| walk.plain(item, each));
        }
        self.check_repetitions_from(number + 1, items);
    }

    /// After the list that stands at the present place was entered.
    fn check_repetitions(&mut self, value: &Value) {
        if let Value::Array(items) = value {
            self.check_repetitions_from(self.next() - items.len(), items);
        }
    }

    fn check_repetitions_from(&mut self, first: usize, items: &[Value]) {
        let mut seen = HashSet::new();
        let mut number = first;
        for (index, item) in items.iter().enumerate() {
            if !seen.insert(item.to_string()) {
                self.below(&index.to_string(), |walk| walk.repetition(number));
            }
            number += self.source.count(number);
        }
    }

    fn repetition(&mut self, number: usize) {
        if self.is_service() {
            let pointer = self.pointer.clone();
            self.tell_refusal(number, &pointer, "stands here twice");
        } else {
            self.warn(number, "stands here twice");
        }
    }
}

fn is_texts(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|items| items.iter().all(Value::is_string))
}

/// Whether a value has no structure of its own, or one that only holds texts, as its field allows.
fn is_plain(content: Content, value: &Value) -> bool {
    match content {
        Content::Text | Content::TextOrTexts => value.is_string(),
        Content::TextOrNull => value.is_string() || value.is_null(),
        Content::Flag | Content::SchemaOrBool(_) => value.is_boolean(),
        Content::Number => value.is_number(),
        Content::Count => value.is_u64(),
        Content::TextMap => value
            .as_object()
            .is_some_and(|members| members.values().all(Value::is_string)),
        Content::TextsMap => value
            .as_object()
            .is_some_and(|members| members.values().all(is_texts)),
        _ => false,
    }
}

fn expected(content: Content) -> &'static str {
    match content {
        Content::List(_) | Content::Each => "must be a list",
        Content::Map(_) | Content::Patterned(_) | Content::MapOrTexts(_) => "must be an object",
        Content::Text => "must be a text",
        Content::TextOrNull => "must be a text or null",
        Content::Flag => "must be true or false",
        Content::Number => "must be a number",
        Content::Count => "must be a whole number from 0",
        Content::Texts => "must be a list of texts",
        Content::TextOrTexts => "must be a text or a list of texts",
        Content::TextMap => "must be an object whose members are texts",
        Content::TextsMap => "must be an object whose members are lists of texts",
        _ => "is of the wrong kind",
    }
}
