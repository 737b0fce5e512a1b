//! What the constants say of a contract, all of it, as the contract would write it.

use serde_json::{Map, Value, json};

use crate::{Api, Header, Keyword, MediaType, Named, Operation, Parameter, Response, Schema};

impl Schema {
    /// The schema as a contract writes it.
    #[must_use]
    pub fn to_value(self) -> Value {
        if let [Keyword::Never] = self.0 {
            return Value::Bool(false);
        }
        let members = self
            .0
            .iter()
            .filter_map(|keyword| keyword.to_member(&Self::to_value));
        Value::Object(members.map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// How schemas inside of a keyword are written.
type Write<'a> = dyn Fn(Schema) -> Value + 'a;

fn values(schemas: &[Schema], write: &Write<'_>) -> Value {
    schemas.iter().map(|schema| write(*schema)).collect()
}

fn named(members: &[Named], write: &Write<'_>) -> Value {
    let members = members
        .iter()
        .map(|member| (member.name.to_owned(), write(member.schema)));
    Value::Object(members.collect())
}

impl Keyword {
    /// The keyword as a member of a schema; none for what only tells the check how to read another one.
    pub(crate) fn to_member(self, write: &Write<'_>) -> Option<(&'static str, Value)> {
        Some(match self {
            Self::Ref { reference, .. } => ("$ref", json!(reference)),
            Self::Annotation(name, literal) => (name, literal.to_value()),
            Self::Type([kind]) => ("type", json!(kind.name())),
            Self::Type(kinds) => ("type", kinds.iter().map(|kind| kind.name()).collect()),
            Self::Nullable => ("nullable", json!(true)),
            Self::Format(format, _) => ("format", json!(format)),
            Self::Title(text) => ("title", json!(text)),
            Self::Description(text) => ("description", json!(text)),
            Self::Default(literal) => ("default", literal.to_value()),
            Self::Example(literal) => ("example", literal.to_value()),
            Self::Deprecated => ("deprecated", json!(true)),
            Self::ReadOnly => ("readOnly", json!(true)),
            Self::WriteOnly => ("writeOnly", json!(true)),
            Self::Enum(literals) => (
                "enum",
                literals.iter().map(|literal| literal.to_value()).collect(),
            ),
            Self::Const(literal) => ("const", literal.to_value()),
            Self::Discriminator { property, .. } => ("discriminator", json!({ "propertyName": property })),
            Self::Never | Self::NotRequiredIn(..) => return None,
            other => return other.to_assertion().or_else(|| other.to_applicator(write)),
        })
    }

    fn to_assertion(self) -> Option<(&'static str, Value)> {
        Some(match self {
            Self::MultipleOf(literal) => ("multipleOf", literal.to_value()),
            Self::Minimum(literal) => ("minimum", literal.to_value()),
            Self::Maximum(literal) => ("maximum", literal.to_value()),
            Self::MinimumIsExclusive => ("exclusiveMinimum", json!(true)),
            Self::MaximumIsExclusive => ("exclusiveMaximum", json!(true)),
            Self::ExclusiveMinimum(literal) => ("exclusiveMinimum", literal.to_value()),
            Self::ExclusiveMaximum(literal) => ("exclusiveMaximum", literal.to_value()),
            Self::MinLength(count) => ("minLength", json!(count)),
            Self::MaxLength(count) => ("maxLength", json!(count)),
            Self::Pattern(pattern) => ("pattern", json!(pattern.source())),
            Self::KeyPattern(pattern) => ("x-key-pattern", json!(pattern.source())),
            Self::MinContains(count) => ("minContains", json!(count)),
            Self::MaxContains(count) => ("maxContains", json!(count)),
            Self::MinItems(count) => ("minItems", json!(count)),
            Self::MaxItems(count) => ("maxItems", json!(count)),
            Self::UniqueItems => ("uniqueItems", json!(true)),
            Self::Required(names) => ("required", json!(names)),
            Self::MinProperties(count) => ("minProperties", json!(count)),
            Self::MaxProperties(count) => ("maxProperties", json!(count)),
            Self::DependentRequired(members) => {
                let members = members
                    .iter()
                    .map(|(name, names)| ((*name).to_owned(), json!(names)));
                ("dependentRequired", Value::Object(members.collect()))
            }
            _ => return None,
        })
    }

    fn to_applicator(self, write: &Write<'_>) -> Option<(&'static str, Value)> {
        Some(match self {
            Self::Items(schema) => ("items", write(schema)),
            Self::PrefixItems(schemas) => ("prefixItems", values(schemas, write)),
            Self::AdditionalItems(schema) => ("additionalItems", write(schema)),
            Self::UnevaluatedItems(schema) => ("unevaluatedItems", write(schema)),
            Self::Contains(schema) => ("contains", write(schema)),
            Self::Properties(members) => ("properties", named(members, write)),
            Self::AdditionalProperties(schema) => ("additionalProperties", write(schema)),
            Self::PatternProperties(members) => {
                let members = members.iter();
                let members = members.map(|(pattern, schema)| (pattern.source().to_owned(), write(*schema)));
                ("patternProperties", Value::Object(members.collect()))
            }
            Self::PropertyNames(schema) => ("propertyNames", write(schema)),
            Self::DependentSchemas(members) => ("dependentSchemas", named(members, write)),
            Self::UnevaluatedProperties(schema) => ("unevaluatedProperties", write(schema)),
            Self::AllOf(schemas) => ("allOf", values(schemas, write)),
            Self::AnyOf(schemas) => ("anyOf", values(schemas, write)),
            Self::OneOf(schemas) => ("oneOf", values(schemas, write)),
            Self::Not(schema) => ("not", write(schema)),
            Self::If(schema) => ("if", write(schema)),
            Self::Then(schema) => ("then", write(schema)),
            Self::Else(schema) => ("else", write(schema)),
            _ => return None,
        })
    }
}

/// The members of an object that are not said where they say nothing.
struct Said(Map<String, Value>);

impl Said {
    fn new() -> Self {
        Self(Map::new())
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    fn with_flag(self, name: &str, flag: bool) -> Self {
        if flag { self.with(name, json!(true)) } else { self }
    }

    /// `schema`, or the media type of `content` with it. The schema without keywords is left to the overlay, where the contract has it.
    fn with_schema(self, schema: Schema, content: Option<&str>) -> Self {
        match (content, schema.0.is_empty()) {
            (None, true) => self,
            (None, false) => self.with("schema", schema.to_value()),
            (Some(name), _) => {
                let media_type = Self::new().with_schema(schema, None).done();
                self.with("content", json!({ name: media_type }))
            }
        }
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn contents(media_types: &[MediaType]) -> Value {
    let media_types = media_types.iter();
    let members = media_types.map(|one| {
        (
            one.name.to_owned(),
            Said::new().with_schema(one.schema, None).done(),
        )
    });
    Value::Object(members.collect())
}

impl Parameter {
    fn said(&self) -> Value {
        let explodes_by_default = self.style == crate::Style::Form;
        let said = Said::new()
            .with_flag("required", self.required)
            .with_flag("deprecated", self.deprecated)
            .with_flag("allowReserved", self.allow_reserved)
            .with_flag("allowEmptyValue", self.allow_empty_value)
            .with_schema(self.schema, self.content);
        if self.explode != explodes_by_default && self.content.is_none() {
            said.with("explode", json!(self.explode)).done()
        } else {
            said.done()
        }
    }
}

impl Header {
    fn said(&self) -> Value {
        Said::new()
            .with_flag("required", self.required)
            .with_flag("deprecated", self.deprecated)
            .with_flag("explode", self.explode)
            .with_schema(self.schema, self.content)
            .done()
    }
}

impl Response {
    fn said(&self) -> Value {
        let mut said = Said::new();
        if !self.headers.is_empty() {
            let headers = self
                .headers
                .iter()
                .map(|(name, header)| ((*name).to_owned(), header.said()));
            said = said.with("headers", Value::Object(headers.collect()));
        }
        if !self.media_types.is_empty() {
            said = said.with("content", contents(self.media_types));
        }
        said.done()
    }
}

impl Operation {
    fn said(&self) -> Value {
        let mut said = Said::new();
        if !self.parameters.is_empty() {
            said = said.with(
                "parameters",
                self.parameters.iter().map(|parameter| parameter.said()).collect(),
            );
        }
        if let Some(body) = self.body {
            let mut body_said = Said::new().with_flag("required", body.required);
            if !body.media_types.is_empty() {
                body_said = body_said.with("content", contents(body.media_types));
            }
            said = said.with("requestBody", body_said.done());
        }
        let responses = self
            .responses
            .iter()
            .map(|response| (response.key.to_owned(), response.said()));
        match self.responses {
            [] => said.done(),
            _ => said.with("responses", Value::Object(responses.collect())).done(),
        }
    }
}

impl Api {
    /// What the constants say beyond texts, which the registry holds all: schemas, and whatever is enforced of an operation.
    pub(super) fn said(&self, schemas: &[(&str, &Schema)]) -> Value {
        let mut paths = Map::new();
        for operation in self.operations {
            let method = operation.method.as_str().to_ascii_lowercase();
            let item = paths.entry(operation.path).or_insert_with(|| json!({}));
            if let Some(item) = item.as_object_mut() {
                item.insert(method, operation.said());
            }
        }
        let schemas = schemas
            .iter()
            .map(|(name, schema)| ((*name).to_owned(), schema.to_value()));
        let schemas: Map<String, Value> = schemas.collect();
        let mut components = Said::new();
        if !schemas.is_empty() {
            components = components.with("schemas", Value::Object(schemas));
        }
        json!({ "paths": paths, "components": components.done() })
    }
}
