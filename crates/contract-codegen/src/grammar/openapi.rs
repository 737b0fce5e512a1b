//! OpenAPI 3.0.3, as far as it is taken over, and the extensions of the contract language.

use super::Content::{Count, Each, Flag, Free, List, Map, Number, One, SchemaOrBool, Text, Texts};
use super::{Fate, Field, Shape, asserts, field, overlaid, overlaid_assertion, shows};

pub(super) const OPENAPI: &[Field] = &[
    overlaid("openapi", Text),
    shows("info", One(Shape::Info)),
    shows("servers", List(Shape::Server)),
    shows("security", List(Shape::SecurityRequirement)),
    // The registry sorts its tags; the contract's order is the order of the pages.
    overlaid("tags", List(Shape::Tag)),
    shows("paths", Map(Shape::PathItem)),
    shows("components", One(Shape::Components)),
    overlaid("x-problems", Map(Shape::ProblemType)),
];

pub(super) const INFO: &[Field] = &[
    shows("title", Text),
    shows("version", Text),
    shows("description", Text),
    shows("contact", One(Shape::Contact)),
    shows("license", One(Shape::License)),
];

pub(super) const CONTACT: &[Field] = &[shows("name", Text), shows("url", Text), shows("email", Text)];

pub(super) const LICENSE: &[Field] = &[shows("name", Text), shows("url", Text)];

pub(super) const SERVER: &[Field] = &[shows("url", Text), shows("description", Text)];

pub(super) const TAG: &[Field] = &[shows("name", Text), shows("description", Text)];

pub(super) const PATH_ITEM: &[Field] = &[
    shows("get", One(Shape::Operation)),
    shows("put", One(Shape::Operation)),
    shows("post", One(Shape::Operation)),
    shows("delete", One(Shape::Operation)),
    shows("patch", One(Shape::Operation)),
];

pub(super) const OPERATION: &[Field] = &[
    shows("operationId", Text),
    shows("tags", Texts),
    shows("summary", Text),
    shows("description", Text),
    shows("deprecated", Flag),
    shows("parameters", List(Shape::Parameter)),
    shows("requestBody", One(Shape::RequestBody)),
    shows("responses", Map(Shape::Response)),
    shows("security", List(Shape::SecurityRequirement)),
    overlaid_assertion("x-scope", Text),
    overlaid_assertion("x-tenant", Text),
    overlaid_assertion("x-idempotency", Text),
    overlaid_assertion("x-body-limit", Text),
    overlaid("x-audit", Text),
    overlaid("x-emits", Texts),
];

pub(super) const PARAMETER: &[Field] = &[
    shows("name", Text),
    shows("in", Text),
    shows("description", Text),
    asserts("required", Flag),
    shows("deprecated", Flag),
    shows("schema", One(Shape::Schema)),
    overlaid("example", Free),
    overlaid("x-problem", Text),
];

pub(super) const REQUEST_BODY: &[Field] = &[
    shows("description", Text),
    asserts("required", Flag),
    shows("content", Map(Shape::MediaType)),
];

pub(super) const MEDIA_TYPE: &[Field] = &[
    shows("schema", One(Shape::Schema)),
    overlaid("example", Free),
    overlaid("examples", Free),
];

pub(super) const RESPONSE: &[Field] = &[
    shows("description", Text),
    shows("headers", Map(Shape::Header)),
    shows("content", Map(Shape::MediaType)),
    overlaid("x-problem-types", Texts),
];

pub(super) const HEADER: &[Field] = &[
    shows("description", Text),
    shows("required", Flag),
    shows("deprecated", Flag),
    shows("schema", One(Shape::Schema)),
    overlaid("example", Free),
    overlaid("x-source", Text),
];

pub(super) const SCHEMA: &[Field] = &[
    asserts("type", Text),
    asserts("format", Text),
    shows("title", Text),
    shows("description", Text),
    shows("deprecated", Flag),
    shows("readOnly", Flag),
    shows("default", Free),
    shows("example", Free),
    asserts("enum", Each),
    asserts("minimum", Number),
    asserts("maximum", Number),
    asserts("exclusiveMinimum", Flag),
    asserts("exclusiveMaximum", Flag),
    asserts("multipleOf", Number),
    asserts("minLength", Count),
    asserts("maxLength", Count),
    asserts("pattern", Text),
    shows("items", One(Shape::Schema)),
    asserts("minItems", Count),
    asserts("maxItems", Count),
    asserts("uniqueItems", Flag),
    shows("properties", Map(Shape::Schema)),
    shows("required", Each),
    // The registry holds a schema here, but not `false`; the walk tells the two apart.
    field(
        "additionalProperties",
        SchemaOrBool(Shape::Schema),
        Fate::Asserts,
        true,
    ),
    overlaid_assertion("x-key-pattern", Text),
    asserts("minProperties", Count),
    asserts("maxProperties", Count),
];

pub(super) const COMPONENTS: &[Field] = &[
    shows("schemas", Map(Shape::Schema)),
    shows("parameters", Map(Shape::Parameter)),
    shows("headers", Map(Shape::Header)),
    shows("responses", Map(Shape::Response)),
    shows("requestBodies", Map(Shape::RequestBody)),
    shows("securitySchemes", Map(Shape::SecurityScheme)),
];

pub(super) const SECURITY_SCHEME: &[Field] = &[
    shows("type", Text),
    shows("scheme", Text),
    shows("bearerFormat", Text),
    shows("description", Text),
];

pub(super) const PROBLEM_TYPE: &[Field] = &[
    shows("status", Count),
    shows("title", Text),
    shows("description", Text),
];
