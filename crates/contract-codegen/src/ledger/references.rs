//! References: where they lead, and whether what stands there fits.

use serde_json::{Map, Value};

use super::Class;
use super::held::Held;
use super::walk::{Reference, Walk};
use crate::grammar::Shape;
use crate::source::child;

/// How many references may lie between one and what it leads to in the end: whoever asks follows them one by one.
const CHAIN_MAX: usize = 100;

/// What enforces nothing wherever it stands.
const ANNOTATIONS: &[&str] = &[
    "deprecated",
    "description",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "title",
];

impl<'a> Walk<'a> {
    /// A reference and what stands beside it.
    pub(super) fn beside(
        &mut self,
        members: &'a Map<String, Value>,
        reference: &'a Value,
        shape: Shape,
        held: Held,
    ) {
        let counts = self.grammar.reads_beside_references(shape);
        let stands_alone = members.len() == 1 || counts;
        for (name, member) in members {
            if name == "$ref" {
                self.below(name, |walk| walk.reference(reference, shape, stands_alone));
            } else if counts {
                self.below(name, |walk| walk.member(name, member, members, shape, held));
            } else {
                self.below(name, |walk| walk.ignored(name, member));
            }
        }
    }

    /// What the specification ignores beside a reference.
    fn ignored(&mut self, name: &str, value: &'a Value) {
        // What would only be shown anywhere is shown here: nobody expects more of it.
        let is_told = !ANNOTATIONS.contains(&name) && !name.starts_with("x-");
        if !self.is_service() && is_told {
            let reason = format!(
                "{} ignores what stands beside a `$ref`; it is shown, and nothing else",
                self.grammar.dialect.name()
            );
            self.warn(self.next(), reason);
        }
        self.plain(value, Class::Documented);
    }

    /// The `$ref` at the present place, in the place of a `shape`.
    fn reference(&mut self, reference: &'a Value, shape: Shape, stands_alone: bool) {
        let text = reference.as_str().unwrap_or_default();
        let Some((target, value)) = self.numbers.follow(text) else {
            return self.refuse(leads_nowhere(reference));
        };
        if self.is_service() {
            let pointer = text.strip_prefix('#').unwrap_or_default();
            if let Some(reason) = self.breaks_service_rules(pointer, value, shape, stands_alone) {
                return self.refuse(reason);
            }
        } else if !shape.can_be_referred_to(self.grammar.dialect) {
            return self.refuse(format!("no reference can stand here ({shape:?})"));
        }
        match self.numbers.chain(text) {
            None => return self.refuse("the references lead in a circle, or nowhere in the end"),
            Some(chain) if chain > CHAIN_MAX => {
                return self.refuse(format!(
                    "more than {CHAIN_MAX} references lie between this and what it leads to"
                ));
            }
            Some(_) => {}
        }
        self.note_reference(target, shape);
        self.enter(Class::Documented);
    }

    fn breaks_service_rules(
        &self,
        target: &str,
        value: &Value,
        shape: Shape,
        stands_alone: bool,
    ) -> Option<String> {
        let section = shape.component_section(self.grammar.dialect);
        let parent = section.map(|section| format!("/components/{section}"));
        if !stands_alone {
            return Some(
                "a reference must stand alone: OpenAPI 3.0.3 §4.7.23 ignores what stands beside it"
                    .to_owned(),
            );
        }
        if parent.as_deref() != target.rsplit_once('/').map(|(parent, _)| parent) {
            let expected = section.map_or("no reference".to_owned(), |section| {
                format!("a reference to #/components/{section}")
            });
            return Some(format!("{expected} can stand here ({shape:?})"));
        }
        let is_reference = value.get("$ref").is_some();
        is_reference.then(|| "leads to another reference; refer to the component itself".to_owned())
    }

    fn note_reference(&mut self, target: usize, shape: Shape) {
        self.references.push(Reference {
            number: self.next(),
            pointer: self.pointer.clone(),
            target,
            shape,
        });
    }

    /// The mapping of a discriminator: names of components, or references. One that leads nowhere chooses nothing, but never decides
    /// what is accepted.
    pub(super) fn mapping(&mut self, value: &'a Value) {
        let number = self.next();
        self.plain(value, Class::Documented);
        self.tell_of_mapping(number, value);
    }

    /// Tells of what a mapping, value number `number`, leads to nowhere.
    pub(super) fn tell_of_mapping(&mut self, number: usize, value: &'a Value) {
        let members = value.as_object().into_iter().flatten();
        for (number, (name, target)) in (number + 1..).zip(members) {
            self.ledger.loose.push((number, child(&self.pointer, name)));
            let text = target.as_str().unwrap_or_default();
            let component = child("/components/schemas", text);
            if self.source.at(&component).is_none() && self.numbers.follow(text).is_none() {
                self.below(name, |walk| {
                    walk.remark(
                        number,
                        "leads to no schema of this document; it is shown, and nothing else",
                    );
                });
            }
        }
    }

    /// References to objects that stand elsewhere.
    pub(super) fn links(&mut self, value: &'a Value, shape: Shape) {
        let Value::Array(items) = value else {
            return self.refuse("must be a list of references");
        };
        self.enter(Class::Documented);
        for (index, item) in items.iter().enumerate() {
            self.below(&index.to_string(), |walk| walk.reference_alone(item, shape));
        }
    }

    /// A reference to an object that stands elsewhere.
    pub(super) fn reference_alone(&mut self, value: &'a Value, shape: Shape) {
        let members = value.as_object().filter(|members| members.len() == 1);
        match members.and_then(|members| members.get("$ref")) {
            Some(reference) => {
                self.enter(Class::Documented);
                self.below("$ref", |walk| walk.link(reference, shape));
            }
            None => self.refuse("must be a reference"),
        }
    }

    fn link(&mut self, reference: &'a Value, shape: Shape) {
        match self.numbers.follow(reference.as_str().unwrap_or_default()) {
            Some((target, _)) => {
                self.note_reference(target, shape);
                self.enter(Class::Documented);
            }
            None => self.refuse(leads_nowhere(reference)),
        }
    }

    /// What bindings say at the present place is not read, but what they refer to should be there.
    pub(super) fn tell_of_bindings(&mut self, value: &'a Value) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.below(&index.to_string(), |walk| walk.tell_of_bindings(item));
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str().filter(|_| name == "$ref") {
                        None => self.below(name, |walk| walk.tell_of_bindings(member)),
                        Some(text) if self.numbers.follow(text).is_some() => {}
                        Some(_) => {
                            let reason = format!("{}; it is shown, and nothing else", leads_nowhere(member));
                            let number = self.source.number(&self.pointer);
                            self.warn(number, reason);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether what each reference leads to is what it is taken for.
    pub(super) fn check_references(&mut self) {
        for reference in std::mem::take(&mut self.references) {
            self.ledger.links.push((reference.number, reference.target));
            let found = self.taken_for.get(&reference.target);
            if found.is_none_or(|found| *found == reference.shape) {
                self.referenced.insert(reference.target);
                continue;
            }
            let reason = format!(
                "leads to a {:?}, where a {:?} is wanted",
                found.unwrap_or(&reference.shape),
                reference.shape
            );
            self.tell_refusal(reference.number, &reference.pointer, reason);
            if let Some(class) = self.ledger.classes.get_mut(reference.number) {
                *class = Class::Refused;
            }
        }
    }

    /// Components that nothing refers to are seen by nobody. Schemas of the HTTP contract have a rule of their own, which looks at
    /// where they are used; security schemes are referred to by name, messages from the other contract.
    pub(super) fn unused_components(&mut self) {
        if !self.is_service() {
            return;
        }
        let components = self.source.at("/components").and_then(Value::as_object);
        let mut number = self
            .numbers
            .follow("#/components")
            .map_or(0, |(number, _)| number)
            + 1;
        for (section, members) in components.into_iter().flatten() {
            let elsewhere = matches!(section.as_str(), "securitySchemes" | "messages")
                || (self.grammar.dialect.is_openapi() && section == "schemas");
            let mut member = number + 1;
            for name in members.as_object().into_iter().flat_map(Map::keys) {
                if !elsewhere && !self.referenced.contains(&member) {
                    let pointer = child(&child("/components", section), name);
                    let refusal =
                        self.source
                            .refuse_number(member, &pointer, "nothing refers to this component");
                    self.ledger.unused.push(refusal);
                }
                member += self.source.count(member);
            }
            number += self.source.count(number);
        }
    }
}

fn leads_nowhere(reference: &Value) -> String {
    match reference.as_str() {
        Some(text) if text.contains("://") => {
            format!("{reference} leads to another host; references can only lead to local files")
        }
        _ => format!("leads nowhere in this document: {reference}"),
    }
}
