//! What is in the fields that the grammar lists: values, lists and objects, each of its kind.

use std::collections::HashSet;

use contract_scalars::Decimal;
use serde_json::Value;

use super::Class;
use super::enforced::asserts;
use super::held::Held;
use super::walk::Walk;
use crate::grammar::{Content, Fate, Field, Shape};
use crate::header_name::{NO_HEADER_NAME, is_header_name};
use crate::schema::count;

impl<'a> Walk<'a> {
    /// What is in a field that the grammar lists.
    pub(super) fn field(&mut self, value: &'a Value, shape: Shape, field: &Field, held: Held) {
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
            (Content::TextMap, _) if shape == Shape::Discriminator && is_plain(field.content, value) => {
                self.mapping(value);
            }
            (Content::Free | Content::Any, _) => self.plain(value, class),
            (content, _) if is_plain(content, value) => self.plain(value, class),
            (Content::Texts | Content::TextOrTexts, _) if is_texts(value) => {
                self.plain(value, class);
                self.check_repetitions(value);
            }
            (Content::Word, _) if is_word(value) => {
                self.tell_of_word(self.next(), value);
                self.plain(value, class);
            }
            (Content::Words, Value::Array(items)) if items.iter().all(is_word) => {
                for (index, (number, item)) in (self.next() + 1..).zip(items).enumerate() {
                    self.below(&index.to_string(), |walk| walk.tell_of_word(number, item));
                }
                self.plain(value, class);
                self.check_repetitions(value);
            }
            (Content::Link(shape), _) => self.reference_alone(value, shape),
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
            (content, value) => self.refuse(expected(content, value)),
        }
    }

    /// Tells of a number or a truth value where the specification wants a text.
    fn tell_of_word(&mut self, number: usize, value: &Value) {
        if !value.is_string() {
            self.remark(number, &format!("is no text; it is taken for the text `{value}`"));
        }
    }

    /// A member of a map of objects.
    fn named(&mut self, name: &str, value: &'a Value, content: Content, held: Held) {
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
                let is_component = self.pointer.starts_with("/components/headers/");
                if shape == Shape::Header && !is_component && !is_header_name(name) {
                    self.remark(self.next(), NO_HEADER_NAME);
                }
                self.object(value, shape, Class::Documented, held);
            }
            _ => self.plain(value, Class::Documented),
        }
    }

    fn each(&mut self, items: &'a [Value], field: &Field, class: Class, held: Held) {
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
    fn check_repetitions(&mut self, value: &'a Value) {
        if let Value::Array(items) = value {
            self.check_repetitions_from(self.next() - items.len(), items);
        }
    }

    fn check_repetitions_from(&mut self, first: usize, items: &'a [Value]) {
        let mut seen = HashSet::new();
        let mut number = first;
        for (index, item) in items.iter().enumerate() {
            if !seen.insert(item.to_string()) {
                self.below(&index.to_string(), |walk| {
                    walk.remark(number, "stands here twice");
                });
            }
            number += self.source.count(number);
        }
    }
}

/// Whether a value is a text, or what many write for one.
fn is_word(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

pub(super) fn is_texts(value: &Value) -> bool {
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
        Content::Count => count(value).is_some(),
        Content::TextMap => value
            .as_object()
            .is_some_and(|members| members.values().all(Value::is_string)),
        Content::TextsMap => value
            .as_object()
            .is_some_and(|members| members.values().all(is_texts)),
        _ => false,
    }
}

/// Whether a number counts more than anybody has.
fn is_wide(value: &Value) -> bool {
    let number = value.as_number().and_then(Decimal::of);
    number.is_some_and(|number| number.is_whole() && Decimal::parse("18446744073709551615") < Some(number))
}

fn expected(content: Content, value: &Value) -> &'static str {
    match content {
        Content::List(_) | Content::Each => "must be a list",
        Content::Map(_) | Content::Patterned(_) | Content::MapOrTexts(_) => "must be an object",
        Content::Text | Content::Word if value.is_null() => "must be a text, and nothing is written here",
        Content::Text | Content::Word if value.is_number() || value.is_boolean() => {
            "must be a text: write it in quotation marks"
        }
        Content::Text | Content::Word => "must be a text",
        Content::TextOrNull => "must be a text or null",
        Content::Flag => "must be true or false",
        Content::Number => "must be a number",
        Content::Count if is_wide(value) => "must be a whole number that 64 bits hold",
        Content::Count => "must be a whole number from 0",
        Content::Texts | Content::Words => "must be a list of texts",
        Content::TextOrTexts => "must be a text or a list of texts",
        Content::TextMap => "must be an object whose members are texts",
        Content::TextsMap => "must be an object whose members are lists of texts",
        _ => "is of the wrong kind",
    }
}
