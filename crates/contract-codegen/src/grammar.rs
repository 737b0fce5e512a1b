//! The grammar of both formats, as tables: which fields an object may have, what is in them, and what becomes of them.
//!
//! A field that is not listed is refused: that is how nothing is dropped in silence. Taking on another feature of the
//! format means to add its row here, then to read and emit it.

/// A kind of object of the specifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is the object of the same name in the specification"
)]
pub enum Shape {
    OpenApi,
    Info,
    Contact,
    License,
    Server,
    Tag,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    MediaType,
    Response,
    Header,
    Schema,
    Components,
    SecurityScheme,
    SecurityRequirement,
    ProblemType,
    AsyncApi,
    AsyncInfo,
    AsyncServer,
    Channel,
    ChannelParameter,
    AsyncOperation,
    Message,
    AsyncComponents,
    CorrelationId,
    EventSchema,
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is an assertion: where it stands in a request (or an event), what breaks it is refused.
    Asserts,
    /// It is shown, or is structure around assertions.
    Shows,
}

/// What is in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A value without structure of its own: a scalar, a list of scalars, free JSON.
    Plain,
    /// A list of scalars, each an assertion of its own.
    Each,
    /// An object, or a reference to one.
    One(Shape),
    /// A list of objects or references.
    List(Shape),
    /// Objects or references by name.
    Map(Shape),
    /// `true`, `false` or a schema.
    SchemaOrBool(Shape),
}

/// A row of the grammar.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The field's name.
    pub name: &'static str,
    /// What is in it.
    pub content: Content,
    /// What becomes of it.
    pub fate: Fate,
    /// Whether poem-openapi's registry can hold it; what it cannot is in the overlay.
    pub held: bool,
}

const fn shows(name: &'static str, content: Content) -> Field {
    Field {
        name,
        content,
        fate: Fate::Shows,
        held: true,
    }
}

const fn asserts(name: &'static str) -> Field {
    Field {
        name,
        content: Content::Plain,
        fate: Fate::Asserts,
        held: true,
    }
}

const fn overlaid(name: &'static str) -> Field {
    Field {
        name,
        content: Content::Plain,
        fate: Fate::Shows,
        held: false,
    }
}

const fn overlaid_assertion(name: &'static str) -> Field {
    Field {
        name,
        content: Content::Plain,
        fate: Fate::Asserts,
        held: false,
    }
}

use self::Content::{Each, List, Map, One, Plain, SchemaOrBool};

const OPENAPI: &[Field] = &[
    overlaid("openapi"),
    shows("info", One(Shape::Info)),
    shows("servers", List(Shape::Server)),
    shows("security", List(Shape::SecurityRequirement)),
    // The registry sorts its tags; the contract's order is the order of the pages.
    Field {
        name: "tags",
        content: List(Shape::Tag),
        fate: Fate::Shows,
        held: false,
    },
    shows("paths", Map(Shape::PathItem)),
    shows("components", One(Shape::Components)),
    Field {
        name: "x-problems",
        content: Map(Shape::ProblemType),
        fate: Fate::Shows,
        held: false,
    },
];

const INFO: &[Field] = &[
    shows("title", Plain),
    shows("version", Plain),
    shows("description", Plain),
    shows("contact", One(Shape::Contact)),
    shows("license", One(Shape::License)),
];

const OPERATION: &[Field] = &[
    shows("operationId", Plain),
    shows("tags", Plain),
    shows("summary", Plain),
    shows("description", Plain),
    shows("deprecated", Plain),
    shows("parameters", List(Shape::Parameter)),
    shows("requestBody", One(Shape::RequestBody)),
    shows("responses", Map(Shape::Response)),
    shows("security", List(Shape::SecurityRequirement)),
    overlaid_assertion("x-scope"),
    overlaid_assertion("x-tenant"),
    overlaid_assertion("x-idempotency"),
    overlaid_assertion("x-body-limit"),
    overlaid("x-audit"),
    overlaid("x-emits"),
];

const PARAMETER: &[Field] = &[
    shows("name", Plain),
    shows("in", Plain),
    shows("description", Plain),
    asserts("required"),
    shows("deprecated", Plain),
    shows("schema", One(Shape::Schema)),
    overlaid("example"),
    overlaid("x-problem"),
];

const RESPONSE: &[Field] = &[
    shows("description", Plain),
    shows("headers", Map(Shape::Header)),
    shows("content", Map(Shape::MediaType)),
    overlaid("x-problem-types"),
];

const HEADER: &[Field] = &[
    shows("description", Plain),
    shows("required", Plain),
    shows("deprecated", Plain),
    shows("schema", One(Shape::Schema)),
    overlaid("example"),
    overlaid("x-source"),
];

const SCHEMA: &[Field] = &[
    asserts("type"),
    asserts("format"),
    shows("title", Plain),
    shows("description", Plain),
    shows("deprecated", Plain),
    shows("readOnly", Plain),
    shows("default", Plain),
    shows("example", Plain),
    Field {
        name: "enum",
        content: Each,
        fate: Fate::Asserts,
        held: true,
    },
    asserts("minimum"),
    asserts("maximum"),
    asserts("exclusiveMinimum"),
    asserts("exclusiveMaximum"),
    asserts("multipleOf"),
    asserts("minLength"),
    asserts("maxLength"),
    asserts("pattern"),
    shows("items", One(Shape::Schema)),
    asserts("minItems"),
    asserts("maxItems"),
    asserts("uniqueItems"),
    shows("properties", Map(Shape::Schema)),
    Field {
        name: "required",
        content: Each,
        fate: Fate::Shows,
        held: true,
    },
    // The registry holds a schema here, but not `false`; the walk tells the two apart.
    Field {
        name: "additionalProperties",
        content: SchemaOrBool(Shape::Schema),
        fate: Fate::Asserts,
        held: true,
    },
    overlaid_assertion("x-key-pattern"),
    asserts("minProperties"),
    asserts("maxProperties"),
];

const EVENT_SCHEMA: &[Field] = &[
    asserts("type"),
    asserts("format"),
    asserts("const"),
    shows("title", Plain),
    shows("description", Plain),
    shows("examples", Plain),
    Field {
        name: "enum",
        content: Each,
        fate: Fate::Asserts,
        held: true,
    },
    asserts("minimum"),
    asserts("maximum"),
    asserts("minLength"),
    asserts("maxLength"),
    asserts("pattern"),
    shows("items", One(Shape::EventSchema)),
    asserts("minItems"),
    asserts("maxItems"),
    asserts("uniqueItems"),
    shows("properties", Map(Shape::EventSchema)),
    Field {
        name: "required",
        content: Each,
        fate: Fate::Shows,
        held: true,
    },
    shows("additionalProperties", One(Shape::EventSchema)),
    shows("propertyNames", One(Shape::EventSchema)),
    asserts("minProperties"),
    asserts("maxProperties"),
];

const MESSAGE: &[Field] = &[
    shows("name", Plain),
    shows("title", Plain),
    shows("summary", Plain),
    shows("description", Plain),
    shows("contentType", Plain),
    shows("tags", List(Shape::Tag)),
    shows("correlationId", One(Shape::CorrelationId)),
    shows("headers", One(Shape::EventSchema)),
    shows("payload", One(Shape::EventSchema)),
    shows("examples", Plain),
    shows("x-schema-version", Plain),
];

const ASYNC_INFO: &[Field] = &[
    shows("title", Plain),
    shows("version", Plain),
    shows("description", Plain),
    shows("contact", One(Shape::Contact)),
    shows("license", One(Shape::License)),
    shows("tags", List(Shape::Tag)),
];

const ASYNC_OPERATION: &[Field] = &[
    shows("action", Plain),
    shows("channel", Plain),
    shows("title", Plain),
    shows("summary", Plain),
    shows("description", Plain),
    shows("tags", List(Shape::Tag)),
    shows("messages", Plain),
];

const CHANNEL: &[Field] = &[
    shows("address", Plain),
    shows("title", Plain),
    shows("summary", Plain),
    shows("description", Plain),
    shows("servers", Plain),
    shows("parameters", Map(Shape::ChannelParameter)),
    shows("messages", Map(Shape::Message)),
];

impl Shape {
    /// The fields that an object of this shape may have.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::OpenApi => OPENAPI,
            Self::Info => INFO,
            Self::Contact => const { &[shows("name", Plain), shows("url", Plain), shows("email", Plain)] },
            Self::License => const { &[shows("name", Plain), shows("url", Plain)] },
            Self::Server => const { &[shows("url", Plain), shows("description", Plain)] },
            Self::Tag => const { &[shows("name", Plain), shows("description", Plain)] },
            Self::PathItem => {
                const {
                    &[
                        shows("get", One(Shape::Operation)),
                        shows("put", One(Shape::Operation)),
                        shows("post", One(Shape::Operation)),
                        shows("delete", One(Shape::Operation)),
                        shows("patch", One(Shape::Operation)),
                    ]
                }
            }
            Self::Operation => OPERATION,
            Self::Parameter => PARAMETER,
            Self::RequestBody => {
                const {
                    &[
                        shows("description", Plain),
                        asserts("required"),
                        shows("content", Map(Shape::MediaType)),
                    ]
                }
            }
            Self::MediaType => {
                const {
                    &[
                        shows("schema", One(Shape::Schema)),
                        overlaid("example"),
                        overlaid("examples"),
                    ]
                }
            }
            Self::Response => RESPONSE,
            Self::Header => HEADER,
            Self::Schema => SCHEMA,
            Self::Components => {
                const {
                    &[
                        shows("schemas", Map(Shape::Schema)),
                        shows("parameters", Map(Shape::Parameter)),
                        shows("headers", Map(Shape::Header)),
                        shows("responses", Map(Shape::Response)),
                        shows("requestBodies", Map(Shape::RequestBody)),
                        shows("securitySchemes", Map(Shape::SecurityScheme)),
                    ]
                }
            }
            Self::SecurityScheme => {
                const {
                    &[
                        shows("type", Plain),
                        shows("scheme", Plain),
                        shows("bearerFormat", Plain),
                        shows("description", Plain),
                    ]
                }
            }
            // Its fields are the names of security schemes.
            Self::SecurityRequirement => &[],
            Self::ProblemType => {
                const {
                    &[
                        shows("status", Plain),
                        shows("title", Plain),
                        shows("description", Plain),
                    ]
                }
            }
            Self::AsyncApi => {
                const {
                    &[
                        shows("asyncapi", Plain),
                        shows("info", One(Shape::AsyncInfo)),
                        shows("defaultContentType", Plain),
                        shows("servers", Map(Shape::AsyncServer)),
                        shows("channels", Map(Shape::Channel)),
                        shows("operations", Map(Shape::AsyncOperation)),
                        shows("components", One(Shape::AsyncComponents)),
                    ]
                }
            }
            Self::AsyncInfo => ASYNC_INFO,
            Self::AsyncServer => {
                const {
                    &[
                        shows("host", Plain),
                        shows("protocol", Plain),
                        shows("description", Plain),
                        shows("tags", List(Shape::Tag)),
                    ]
                }
            }
            Self::Channel => CHANNEL,
            Self::ChannelParameter => const { &[shows("description", Plain), shows("examples", Plain)] },
            Self::AsyncOperation => ASYNC_OPERATION,
            Self::Message => MESSAGE,
            Self::AsyncComponents => {
                const {
                    &[
                        shows("messages", Map(Shape::Message)),
                        shows("schemas", Map(Shape::EventSchema)),
                        shows("correlationIds", Map(Shape::CorrelationId)),
                    ]
                }
            }
            Self::CorrelationId => const { &[shows("description", Plain), shows("location", Plain)] },
            Self::EventSchema => EVENT_SCHEMA,
        }
    }

    /// The row of a field.
    #[must_use]
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// Whether references to this shape stay in the derived document; all others are resolved in it.
    #[must_use]
    pub fn is_schema(self) -> bool {
        matches!(self, Self::Schema | Self::EventSchema)
    }
}
