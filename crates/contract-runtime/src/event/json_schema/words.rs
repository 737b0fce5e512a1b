//! A constant as JSON Schema, in the words of the draft that is wanted, its references leading to the generator's definitions.

use serde_json::{Map, Value, json};

use super::Definitions;
use crate::{Keyword, Named, Schema};

impl Definitions {
    /// A schema as JSON.
    pub(super) fn written(&self, schema: Schema) -> Value {
        if let [Keyword::Never] = schema.0 {
            return Value::Bool(false);
        }
        let mut members = Map::new();
        let is_tuple = schema
            .0
            .iter()
            .any(|keyword| matches!(keyword, Keyword::PrefixItems(_)));
        for keyword in schema.0 {
            let Some((name, value)) = self.member(*keyword) else {
                continue;
            };
            let name = match (name, is_tuple, self.is_draft_07) {
                ("prefixItems", _, true) | ("additionalItems", _, false) => "items",
                ("items", true, true) => "additionalItems",
                ("dependentRequired" | "dependentSchemas", _, true) => {
                    add(&mut members, "dependencies", value);
                    continue;
                }
                _ => name,
            };
            members.insert(name.to_owned(), value);
        }
        Value::Object(members)
    }

    /// A keyword; none for what only tells the check how to read another one.
    fn member(&self, keyword: Keyword) -> Option<(&'static str, Value)> {
        use Keyword as K;
        if let Some((reference, _)) = keyword.reference() {
            return Some(("$ref", json!(self.local(reference))));
        }
        Some(match keyword {
            K::Type([kind]) => ("type", json!(kind.name())),
            K::Type(kinds) => ("type", kinds.iter().map(|kind| kind.name()).collect()),
            K::Nullable => ("nullable", json!(true)),
            K::Format(format, _) => ("format", json!(format)),
            K::Title(text) => ("title", json!(text)),
            K::Description(text) => ("description", json!(text)),
            K::Default(literal) => ("default", literal.to_value()),
            K::Example(literal) => ("example", literal.to_value()),
            K::Deprecated => ("deprecated", json!(true)),
            K::ReadOnly => ("readOnly", json!(true)),
            K::WriteOnly => ("writeOnly", json!(true)),
            K::Enum(literals) => (
                "enum",
                literals.iter().map(|literal| literal.to_value()).collect(),
            ),
            K::Const(literal) => ("const", literal.to_value()),
            K::Annotation(name, literal) => (name, literal.to_value()),
            other => return assertion(other).or_else(|| self.applicator(other)),
        })
    }

    fn applicator(&self, keyword: Keyword) -> Option<(&'static str, Value)> {
        use Keyword as K;
        Some(match keyword {
            K::Items(schema) => ("items", self.written(schema)),
            K::PrefixItems(schemas) => ("prefixItems", self.all(schemas)),
            K::AdditionalItems(schema) => ("additionalItems", self.written(schema)),
            K::UnevaluatedItems(schema) => ("unevaluatedItems", self.written(schema)),
            K::Contains(schema) => ("contains", self.written(schema)),
            K::Properties(members) => ("properties", self.named(members)),
            K::AdditionalProperties(schema) => ("additionalProperties", self.written(schema)),
            K::PatternProperties(members) => {
                let members = members.iter();
                let members =
                    members.map(|(pattern, schema)| (pattern.source().to_owned(), self.written(*schema)));
                ("patternProperties", Value::Object(members.collect()))
            }
            K::PropertyNames(schema) => ("propertyNames", self.written(schema)),
            K::DependentSchemas(members) => ("dependentSchemas", self.named(members)),
            K::UnevaluatedProperties(schema) => ("unevaluatedProperties", self.written(schema)),
            K::AllOf(schemas) => ("allOf", self.all(schemas)),
            K::AnyOf(schemas) => ("anyOf", self.all(schemas)),
            K::OneOf(schemas) => ("oneOf", self.all(schemas)),
            K::Not(schema) => ("not", self.written(schema)),
            K::If(schema) => ("if", self.written(schema)),
            K::Then(schema) => ("then", self.written(schema)),
            K::Else(schema) => ("else", self.written(schema)),
            _ => return None,
        })
    }

    fn all(&self, schemas: &[Schema]) -> Value {
        schemas.iter().map(|schema| self.written(*schema)).collect()
    }

    fn named(&self, members: &[Named]) -> Value {
        let members = members.iter();
        let members = members.map(|member| (member.name.to_owned(), self.written(member.schema)));
        Value::Object(members.collect())
    }
}

fn assertion(keyword: Keyword) -> Option<(&'static str, Value)> {
    use Keyword as K;
    Some(match keyword {
        K::MultipleOf(literal) => ("multipleOf", literal.to_value()),
        K::Minimum(literal) => ("minimum", literal.to_value()),
        K::Maximum(literal) => ("maximum", literal.to_value()),
        K::MinimumIsExclusive => ("exclusiveMinimum", json!(true)),
        K::MaximumIsExclusive => ("exclusiveMaximum", json!(true)),
        K::ExclusiveMinimum(literal) => ("exclusiveMinimum", literal.to_value()),
        K::ExclusiveMaximum(literal) => ("exclusiveMaximum", literal.to_value()),
        K::MinLength(count) => ("minLength", json!(count)),
        K::MaxLength(count) => ("maxLength", json!(count)),
        K::Pattern(pattern) => ("pattern", json!(pattern.source())),
        K::KeyPattern(pattern) => ("x-key-pattern", json!(pattern.source())),
        K::MinContains(count) => ("minContains", json!(count)),
        K::MaxContains(count) => ("maxContains", json!(count)),
        K::MinItems(count) => ("minItems", json!(count)),
        K::MaxItems(count) => ("maxItems", json!(count)),
        K::UniqueItems => ("uniqueItems", json!(true)),
        K::Required(names) => ("required", json!(names)),
        K::MinProperties(count) => ("minProperties", json!(count)),
        K::MaxProperties(count) => ("maxProperties", json!(count)),
        K::DependentRequired(members) => {
            let members = members.iter();
            let members = members.map(|(name, names)| ((*name).to_owned(), json!(names)));
            ("dependentRequired", Value::Object(members.collect()))
        }
        _ => return None,
    })
}

/// Adds the members of `value` to those that stand under `name`.
fn add(members: &mut Map<String, Value>, name: &str, value: Value) {
    let known = members.entry(name).or_insert_with(|| json!({}));
    if let (Value::Object(known), Value::Object(more)) = (known, value) {
        known.extend(more);
    }
}
