//! What the keywords say that apply other schemas to the same value.

use serde_json::Value;

use super::seen::Seen;
use super::{Checker, Mode};
use crate::{Keyword, Literal, Schema};

/// The most bytes that a message spends on the values of an enumeration.
const LISTED_LENGTH_MAX: usize = 2048;

impl Checker {
    pub(super) fn keyword(
        &mut self,
        keyword: Keyword,
        schema: Schema,
        value: &Value,
        mut seen: Option<&mut Seen>,
    ) {
        match keyword {
            Keyword::Never => self.report("false", || "must not be there".to_owned()),
            Keyword::DynamicScope(anchors) => self.references.enter(anchors),
            Keyword::Ref { schema, .. } => self.referenced(*schema, value, seen),
            Keyword::Late(schema) => {
                self.referenced(schema.get().copied().unwrap_or(Schema::ANY), value, seen);
            }
            Keyword::DynamicRef { anchor, schema, .. } => {
                let schema = self.references.outermost(anchor).unwrap_or(*schema);
                self.referenced(schema, value, seen);
            }
            Keyword::Enum(literals) if !literals.iter().any(|literal| literal.equals(value)) => {
                self.report("enum", || format!("must be one of {}", listed(literals)));
            }
            Keyword::Const(literal) if !literal.equals(value) => {
                self.report("const", || format!("must be {}", literal.to_value()));
            }
            Keyword::AllOf(schemas) => {
                for schema in schemas {
                    self.schema(*schema, value, seen.as_deref_mut());
                }
            }
            Keyword::AnyOf(schemas) => self.any_of(schemas, schema, value, seen),
            Keyword::OneOf(schemas) => self.one_of(schemas, schema, value, seen),
            Keyword::Not(unwanted) if self.tries(unwanted, value, None) => {
                self.report("not", || "must not be what `not` describes".to_owned());
            }
            Keyword::If(condition) => self.if_then_else(condition, schema, value, seen),
            Keyword::DependentSchemas(dependencies) => {
                for dependency in dependencies.iter().filter(|one| value.get(one.name).is_some()) {
                    self.schema(dependency.schema, value, seen.as_deref_mut());
                }
            }
            _ => {}
        }
    }

    /// Whether `schema` accepts `value`; nothing is told of it.
    pub(super) fn tries(&mut self, schema: Schema, value: &Value, seen: Option<&mut Seen>) -> bool {
        self.counted(Mode::Trying, schema, value, seen) == 0
    }

    /// How many violations are seen in `mode`.
    pub(super) fn counted(
        &mut self,
        mode: Mode,
        schema: Schema,
        value: &Value,
        seen: Option<&mut Seen>,
    ) -> usize {
        let before = (self.count, self.mode);
        (self.count, self.mode) = (0, mode);
        self.schema(schema, value, seen);
        let count = self.count;
        (self.count, self.mode) = before;
        count
    }

    /// Which of `schemas` accept `value`. What they have seen counts if they do.
    fn accepting(&mut self, schemas: &[Schema], value: &Value, mut seen: Option<&mut Seen>) -> Vec<usize> {
        let mut accepting = Vec::new();
        for (index, schema) in schemas.iter().enumerate() {
            let mut own = seen.is_some().then(Seen::default);
            if self.tries(*schema, value, own.as_mut()) {
                accepting.push(index);
                if let (Some(seen), Some(own)) = (seen.as_deref_mut(), own) {
                    seen.add(own);
                } else if self.mode == Mode::Trying && seen.is_none() && accepting.len() > 1 {
                    break;
                }
            }
        }
        accepting
    }

    fn any_of(&mut self, schemas: &[Schema], schema: Schema, value: &Value, seen: Option<&mut Seen>) {
        if self.accepting(schemas, value, seen).is_empty() {
            self.none_accepts("anyOf", schemas, schema, value);
        }
    }

    fn one_of(&mut self, schemas: &[Schema], schema: Schema, value: &Value, seen: Option<&mut Seen>) {
        match *self.accepting(schemas, value, seen) {
            [_] => {}
            [] => self.none_accepts("oneOf", schemas, schema, value),
            [first, second, ..] => self.report("oneOf", || {
                let name = |index: usize| {
                    schemas
                        .get(index)
                        .map_or_else(String::new, |one| one.label(index))
                };
                format!(
                    "must match exactly one alternative, but matches {} and {}",
                    name(first),
                    name(second)
                )
            }),
        }
    }

    fn if_then_else(
        &mut self,
        condition: Schema,
        schema: Schema,
        value: &Value,
        mut seen: Option<&mut Seen>,
    ) {
        let mut own = seen.is_some().then(Seen::default);
        let holds = self.tries(condition, value, own.as_mut());
        if let (Some(seen), Some(own), true) = (seen.as_deref_mut(), own, holds) {
            seen.add(own);
        }
        let consequence = schema.find(|keyword| match keyword {
            Keyword::Then(schema) if holds => Some(schema),
            Keyword::Else(schema) if !holds => Some(schema),
            _ => None,
        });
        if let Some(consequence) = consequence {
            self.schema(consequence, value, seen);
        }
    }

    /// What no other keyword of `schema` has looked at.
    pub(super) fn unevaluated(&mut self, schema: Schema, value: &Value, seen: &mut Seen) {
        for keyword in schema.0 {
            match (keyword, value) {
                (Keyword::UnevaluatedProperties(rest), Value::Object(members)) => {
                    for (name, member) in members {
                        if seen.names.insert(name.clone()) {
                            self.below(name, |checker| {
                                checker.rest("unevaluatedProperties", *rest, member);
                            });
                        }
                    }
                }
                (Keyword::UnevaluatedItems(rest), Value::Array(items)) => {
                    for (index, item) in items.iter().enumerate() {
                        if !seen.has_item(index) {
                            self.below(&index.to_string(), |checker| {
                                checker.rest("unevaluatedItems", *rest, item);
                            });
                        }
                    }
                    seen.items_before = items.len();
                }
                _ => {}
            }
        }
    }

    fn rest(&mut self, keyword: &'static str, schema: Schema, value: &Value) {
        match schema {
            Schema([Keyword::Never]) if keyword == "unevaluatedItems" => {
                self.report(keyword, || "is not an item of this array".to_owned());
            }
            Schema([Keyword::Never]) => {
                self.report(keyword, || "is not a property of this object".to_owned());
            }
            schema => self.part(schema, value),
        }
    }
}

fn listed(literals: &[Literal]) -> String {
    let mut text = String::new();
    for literal in literals {
        if text.len() > LISTED_LENGTH_MAX {
            text.push_str(", …");
            break;
        }
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&literal.to_value().to_string());
    }
    text
}
