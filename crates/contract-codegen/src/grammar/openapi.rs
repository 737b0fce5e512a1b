//! OpenAPI 3.0.x and 3.1.x, and the extensions of Rollcall's own contract language.

use super::Content::{Count, Flag, Free, List, Map, One, Patterned, Text, TextMap, Texts, Word, Words};
use super::{Field, Shape, asserts, overlaid, overlaid_assertion, shows};

pub(super) const OPENAPI: &[Field] = &[
    overlaid("openapi", Text),
    shows("info", One(Shape::Info)),
    shows("servers", List(Shape::Server)),
    shows("security", List(Shape::SecurityRequirement)),
    // The registry sorts its tags; the contract's order is the order of the pages.
    overlaid("tags", List(Shape::Tag)),
    shows("paths", Patterned(Shape::PathItem)),
    shows("components", One(Shape::Components)),
    overlaid("externalDocs", One(Shape::ExternalDocs)),
];

pub(super) const OPENAPI_31: &[Field] = &[
    overlaid("jsonSchemaDialect", Text),
    overlaid("webhooks", Map(Shape::PathItem)),
];

pub(super) const OPENAPI_SERVICE: &[Field] = &[overlaid("x-problems", Map(Shape::ProblemType))];

pub(super) const INFO: &[Field] = &[
    shows("title", Text),
    shows("version", Text),
    shows("description", Text),
    shows("contact", One(Shape::Contact)),
    shows("license", One(Shape::License)),
    overlaid("termsOfService", Text),
];

pub(super) const INFO_31: &[Field] = &[overlaid("summary", Text)];

pub(super) const CONTACT: &[Field] = &[shows("name", Text), shows("url", Text), overlaid("email", Text)];

pub(super) const LICENSE: &[Field] = &[shows("name", Text), shows("url", Text)];

pub(super) const LICENSE_31: &[Field] = &[overlaid("identifier", Text)];

pub(super) const SERVER: &[Field] = &[
    shows("url", Text),
    shows("description", Text),
    overlaid("variables", Map(Shape::ServerVariable)),
];

pub(super) const SERVER_VARIABLE: &[Field] = &[
    overlaid("enum", Words),
    overlaid("default", Word),
    overlaid("description", Text),
];

pub(super) const TAG: &[Field] = &[
    shows("name", Text),
    shows("description", Text),
    overlaid("externalDocs", One(Shape::ExternalDocs)),
];

pub(super) const EXTERNAL_DOCS: &[Field] = &[overlaid("description", Text), overlaid("url", Text)];

pub(super) const PATH_ITEM: &[Field] = &[
    overlaid("summary", Text),
    overlaid("description", Text),
    overlaid("servers", List(Shape::Server)),
    shows("parameters", List(Shape::Parameter)),
    shows("get", One(Shape::Operation)),
    shows("put", One(Shape::Operation)),
    shows("post", One(Shape::Operation)),
    shows("delete", One(Shape::Operation)),
    shows("options", One(Shape::Operation)),
    shows("head", One(Shape::Operation)),
    shows("patch", One(Shape::Operation)),
    shows("trace", One(Shape::Operation)),
];

pub(super) const OPERATION: &[Field] = &[
    shows("operationId", Text),
    shows("tags", Texts),
    shows("summary", Text),
    shows("description", Text),
    shows("deprecated", Flag),
    shows("parameters", List(Shape::Parameter)),
    shows("requestBody", One(Shape::RequestBody)),
    shows("responses", Patterned(Shape::Response)),
    shows("security", List(Shape::SecurityRequirement)),
    overlaid("externalDocs", One(Shape::ExternalDocs)),
    overlaid("callbacks", Map(Shape::Callback)),
    overlaid("servers", List(Shape::Server)),
];

pub(super) const OPERATION_SERVICE: &[Field] = &[
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
    shows("allowEmptyValue", Flag),
    shows("style", Text),
    shows("explode", Flag),
    shows("allowReserved", Flag),
    shows("schema", One(Shape::Schema)),
    shows("content", Map(Shape::MediaType)),
    overlaid("example", Free),
    overlaid("examples", Map(Shape::Example)),
];

pub(super) const PARAMETER_SERVICE: &[Field] = &[overlaid("x-problem", Text)];

pub(super) const REQUEST_BODY: &[Field] = &[
    shows("description", Text),
    asserts("required", Flag),
    shows("content", Map(Shape::MediaType)),
];

pub(super) const MEDIA_TYPE: &[Field] = &[
    shows("schema", One(Shape::Schema)),
    overlaid("example", Free),
    overlaid("examples", Map(Shape::Example)),
    overlaid("encoding", Map(Shape::Encoding)),
];

pub(super) const ENCODING: &[Field] = &[
    overlaid("contentType", Text),
    overlaid("headers", Map(Shape::Header)),
    overlaid("style", Text),
    overlaid("explode", Flag),
    overlaid("allowReserved", Flag),
];

pub(super) const EXAMPLE: &[Field] = &[
    overlaid("summary", Text),
    overlaid("description", Text),
    overlaid("value", Free),
    overlaid("externalValue", Text),
];

pub(super) const RESPONSE: &[Field] = &[
    shows("description", Text),
    shows("headers", Map(Shape::Header)),
    shows("content", Map(Shape::MediaType)),
    overlaid("links", Map(Shape::Link)),
];

pub(super) const RESPONSE_SERVICE: &[Field] = &[overlaid("x-problem-types", Texts)];

pub(super) const LINK: &[Field] = &[
    overlaid("operationRef", Text),
    overlaid("operationId", Text),
    overlaid("parameters", Free),
    overlaid("requestBody", Free),
    overlaid("description", Text),
    overlaid("server", One(Shape::Server)),
];

pub(super) const HEADER: &[Field] = &[
    shows("description", Text),
    shows("required", Flag),
    shows("deprecated", Flag),
    overlaid("allowEmptyValue", Flag),
    overlaid("style", Text),
    shows("explode", Flag),
    overlaid("allowReserved", Flag),
    shows("schema", One(Shape::Schema)),
    shows("content", Map(Shape::MediaType)),
    overlaid("example", Free),
    overlaid("examples", Map(Shape::Example)),
];

pub(super) const HEADER_SERVICE: &[Field] = &[overlaid("x-source", Text)];

pub(super) const COMPONENTS: &[Field] = &[
    shows("schemas", Map(Shape::Schema)),
    shows("parameters", Map(Shape::Parameter)),
    shows("headers", Map(Shape::Header)),
    shows("responses", Map(Shape::Response)),
    shows("requestBodies", Map(Shape::RequestBody)),
    shows("securitySchemes", Map(Shape::SecurityScheme)),
    overlaid("examples", Map(Shape::Example)),
    overlaid("links", Map(Shape::Link)),
    overlaid("callbacks", Map(Shape::Callback)),
];

pub(super) const COMPONENTS_31: &[Field] = &[overlaid("pathItems", Map(Shape::PathItem))];

pub(super) const SECURITY_SCHEME: &[Field] = &[
    shows("type", Text),
    shows("scheme", Text),
    shows("bearerFormat", Text),
    shows("description", Text),
    shows("name", Text),
    shows("in", Text),
    overlaid("flows", One(Shape::OAuthFlows)),
    shows("openIdConnectUrl", Text),
];

pub(super) const OAUTH_FLOWS: &[Field] = &[
    shows("implicit", One(Shape::OAuthFlow)),
    shows("password", One(Shape::OAuthFlow)),
    shows("clientCredentials", One(Shape::OAuthFlow)),
    shows("authorizationCode", One(Shape::OAuthFlow)),
];

pub(super) const OAUTH_FLOW: &[Field] = &[
    shows("authorizationUrl", Text),
    shows("tokenUrl", Text),
    shows("refreshUrl", Text),
    shows("scopes", TextMap),
];

pub(super) const XML: &[Field] = &[
    overlaid("name", Text),
    overlaid("namespace", Text),
    overlaid("prefix", Text),
    overlaid("attribute", Flag),
    overlaid("wrapped", Flag),
];

pub(super) const DISCRIMINATOR: &[Field] = &[shows("propertyName", Text), overlaid("mapping", TextMap)];

pub(super) const PROBLEM_TYPE: &[Field] = &[
    shows("status", Count),
    shows("title", Text),
    shows("description", Text),
];
