//! The schemas of each dialect: those of OpenAPI 3.0.3 §4.7.24, JSON Schema 2020-12 with the vocabulary of OpenAPI 3.1, and the
//! superset of JSON Schema draft-07 of AsyncAPI.

use super::Content::{
    Any, Count, Each, Flag, Free, List, Map, MapOrTexts, Number, One, OneOrList, SchemaOrBool, Text,
    TextOrTexts, TextsMap,
};
use super::{Field, Shape, asserts, overlaid, shows};

const SCHEMA: Shape = Shape::Schema;

/// What all dialects have, and mean alike.
pub(super) const COMMON: &[Field] = &[
    asserts("format", Text),
    shows("title", Text),
    shows("description", Text),
    shows("default", Free),
    asserts("enum", Each),
    asserts("minimum", Number),
    asserts("maximum", Number),
    asserts("multipleOf", Number),
    asserts("minLength", Count),
    asserts("maxLength", Count),
    asserts("pattern", Text),
    asserts("minItems", Count),
    asserts("maxItems", Count),
    asserts("uniqueItems", Flag),
    shows("properties", Map(SCHEMA)),
    shows("required", Each),
    asserts("minProperties", Count),
    asserts("maxProperties", Count),
    shows("allOf", List(SCHEMA)),
    asserts("anyOf", List(SCHEMA)),
    asserts("oneOf", List(SCHEMA)),
    asserts("not", One(SCHEMA)),
    shows("readOnly", Flag),
    shows("writeOnly", Flag),
    shows("deprecated", Flag),
    // The registry holds a schema here, but not `false`; the walk tells the two apart.
    asserts("additionalProperties", SchemaOrBool(SCHEMA)),
    overlaid("externalDocs", One(Shape::ExternalDocs)),
];

/// OpenAPI 3.0 alone.
pub(super) const OPENAPI_30: &[Field] = &[
    asserts("type", Text),
    asserts("exclusiveMinimum", Flag),
    asserts("exclusiveMaximum", Flag),
    shows("items", One(SCHEMA)),
    shows("nullable", Flag),
    shows("discriminator", One(Shape::Discriminator)),
    overlaid("xml", One(Shape::Xml)),
    shows("example", Free),
];

/// JSON Schema draft-07 and 2020-12.
pub(super) const JSON_SCHEMA: &[Field] = &[
    asserts("type", TextOrTexts),
    asserts("const", Any),
    asserts("exclusiveMinimum", Number),
    asserts("exclusiveMaximum", Number),
    asserts("contains", One(SCHEMA)),
    shows("patternProperties", Map(SCHEMA)),
    shows("propertyNames", One(SCHEMA)),
    shows("if", One(SCHEMA)),
    shows("then", One(SCHEMA)),
    shows("else", One(SCHEMA)),
    overlaid("examples", Free),
    overlaid("contentEncoding", Text),
    overlaid("contentMediaType", Text),
    overlaid("$id", Text),
    overlaid("$schema", Text),
    overlaid("$comment", Text),
];

/// JSON Schema 2020-12 and what OpenAPI 3.1 adds to it.
pub(super) const OPENAPI_31: &[Field] = &[
    shows("items", One(SCHEMA)),
    shows("prefixItems", List(SCHEMA)),
    asserts("minContains", Count),
    asserts("maxContains", Count),
    asserts("unevaluatedItems", One(SCHEMA)),
    asserts("unevaluatedProperties", One(SCHEMA)),
    shows("dependentSchemas", Map(SCHEMA)),
    asserts("dependentRequired", TextsMap),
    shows("$defs", Map(SCHEMA)),
    overlaid("contentSchema", One(SCHEMA)),
    overlaid("$anchor", Text),
    overlaid("$dynamicAnchor", Text),
    shows("$dynamicRef", Text),
    overlaid("$vocabulary", Free),
    shows("discriminator", One(Shape::Discriminator)),
    overlaid("xml", One(Shape::Xml)),
    shows("example", Free),
];

/// JSON Schema draft-07 and what AsyncAPI adds to it.
pub(super) const ASYNCAPI: &[Field] = &[
    shows("items", OneOrList(SCHEMA)),
    asserts("additionalItems", One(SCHEMA)),
    shows("definitions", Map(SCHEMA)),
    shows("dependencies", MapOrTexts(SCHEMA)),
    // The name of a property. Many contracts write OpenAPI's object, so what is in it is looked at by the walk.
    shows("discriminator", Free),
];

pub(super) const SERVICE: &[Field] = &[asserts("x-key-pattern", Text)];

/// Keywords that some dialect knows: where another one does not, readers may expect that they are enforced.
pub(super) fn is_known_somewhere(name: &str) -> bool {
    let tables = [COMMON, OPENAPI_30, JSON_SCHEMA, OPENAPI_31, ASYNCAPI];
    tables.into_iter().flatten().any(|field| field.name == name) || name == "$recursiveRef"
}

/// The content of a schema in another format than the contract's own.
pub(super) const MULTI_FORMAT: &[Field] = &[overlaid("schemaFormat", Text), shows("schema", Free)];
