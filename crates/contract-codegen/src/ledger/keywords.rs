//! Keywords whose values are of the right kind, and still cannot do what their author wants.

use serde_json::{Map, Value};

use super::enforced::unknown_type;
use super::patterns::{Judged, UNLIMITED, WRONG, judged};
use super::walk::Walk;
use crate::Dialect;
use crate::emit::schemas::Scopes;
use crate::source::child;

/// So deep may `allOf` compose a schema: whatever is made of it is made of all its parts.
const COMPOSED_MAX: usize = 100;

impl<'a> Walk<'a> {
    /// Warns of a keyword of a schema that says nothing, and refuses one that nobody could follow.
    pub(super) fn tell_of_keyword(&mut self, name: &str, value: &'a Value, members: &'a Map<String, Value>) {
        let number = self.next();
        match (name, value) {
            ("pattern", Value::String(pattern)) => match judged(pattern) {
                Judged::Wrong if !self.is_service() => {
                    self.warn(number, format!("{WRONG}; it is shown, not enforced"));
                }
                Judged::Unlimited => self.remark(number, UNLIMITED),
                Judged::Wrong | Judged::Bounded => {}
            },
            ("patternProperties", Value::Object(patterns)) => self.tell_of_keys(number, patterns),
            ("nullable", Value::Bool(true)) if self.grammar.dialect == Dialect::OpenApi30 => {
                if let Some(reason) = idle_nullable(members) {
                    self.remark(number, reason);
                }
            }
            ("type", value) if !self.is_service() => {
                if let Some(word) = unknown_type(value) {
                    let reason = format!("`{word}` is no type of JSON values; it is shown, not enforced");
                    self.warn(number, reason);
                }
            }
            ("discriminator", value) if !self.grammar.dialect.is_openapi() && !value.is_string() => {
                let names_property = value.get("propertyName").is_some_and(Value::is_string);
                if names_property && !self.is_service() {
                    let dialect = self.grammar.dialect.name();
                    let reason =
                        format!("{dialect} wants the name of a property here; it is read as in OpenAPI");
                    self.warn(number, reason);
                    if let Some(mapping) = value.get("mapping") {
                        self.below("mapping", |walk| {
                            walk.tell_of_mapping(walk.source.number(&walk.pointer), mapping);
                        });
                    }
                } else {
                    let pointer = self.pointer.clone();
                    self.tell_refusal(number, &pointer, "must be the name of a property");
                }
            }
            ("allOf", Value::Array(parts)) => {
                let mut first = number + 1;
                let deepest = parts.iter().map(|part| {
                    let depth = self
                        .composition
                        .depth(self.source, &mut self.numbers, first, part);
                    first += self.source.count(first);
                    depth
                });
                if deepest.max().is_some_and(|depth| depth >= COMPOSED_MAX) {
                    let pointer = self.pointer.clone();
                    let reason = format!(
                        "more than {COMPOSED_MAX} schemas lie below each other here, by `allOf` and `$ref`"
                    );
                    self.tell_refusal(number, &pointer, reason);
                }
            }
            ("$dynamicRef", Value::String(text)) if self.grammar.dialect == Dialect::OpenApi31 => {
                let scopes = self.scopes.get_or_insert_with(|| Scopes::of(self.source));
                if !scopes.resolves(self.source, &self.pointer, text) {
                    let pointer = self.pointer.clone();
                    self.tell_refusal(number, &pointer, format!("`{text}` leads nowhere"));
                }
            }
            _ => {}
        }
    }
}

impl Walk<'_> {
    /// What does not match a pattern would be held against `additionalProperties`, so none can be left out.
    fn tell_of_keys(&mut self, number: usize, patterns: &Map<String, Value>) {
        let mut is_unlimited = false;
        for pattern in patterns.keys() {
            match judged(pattern) {
                Judged::Wrong => {
                    let pointer = child(&self.pointer, pattern);
                    self.tell_refusal(number, &pointer, WRONG);
                }
                Judged::Unlimited => is_unlimited = true,
                Judged::Bounded => {}
            }
        }
        if is_unlimited {
            self.remark(number, UNLIMITED);
        }
    }
}

/// Why `nullable: true` does not let null in (OpenAPI 3.0.3 §4.7.24.1).
fn idle_nullable(members: &Map<String, Value>) -> Option<&'static str> {
    let lists = |values: &Value| {
        values
            .as_array()
            .is_some_and(|values| !values.contains(&Value::Null))
    };
    if members.get("enum").is_some_and(lists) {
        return Some("`enum` does not list null, so null is refused all the same");
    }
    (!members.contains_key("type")).then_some("says something beside `type` only, and nothing here")
}
