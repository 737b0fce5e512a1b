//! The grammar of both formats, as tables: which fields an object may have, what is in them, and what becomes of them.
//!
//! A field that is not listed is refused: that is how nothing is dropped in silence. Taking on another feature of the
//! format means to add its row here, then to read and emit it.

mod asyncapi;
mod openapi;

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
    /// Any JSON, which is only shown.
    Free,
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number from 0.
    Count,
    /// A number.
    Number,
    /// A list of texts, none of them twice.
    Texts,
    /// A list of scalars, none of them twice, each an assertion of its own.
    Each,
    /// A reference, or a list of them, to what the generator does not read; they must lead somewhere.
    Links,
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

const fn field(name: &'static str, content: Content, fate: Fate, held: bool) -> Field {
    Field {
        name,
        content,
        fate,
        held,
    }
}

const fn shows(name: &'static str, content: Content) -> Field {
    field(name, content, Fate::Shows, true)
}

const fn asserts(name: &'static str, content: Content) -> Field {
    field(name, content, Fate::Asserts, true)
}

const fn overlaid(name: &'static str, content: Content) -> Field {
    field(name, content, Fate::Shows, false)
}

const fn overlaid_assertion(name: &'static str, content: Content) -> Field {
    field(name, content, Fate::Asserts, false)
}

impl Shape {
    /// The fields that an object of this shape may have.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::OpenApi => openapi::OPENAPI,
            Self::Info => openapi::INFO,
            Self::Contact => openapi::CONTACT,
            Self::License => openapi::LICENSE,
            Self::Server => openapi::SERVER,
            Self::Tag => openapi::TAG,
            Self::PathItem => openapi::PATH_ITEM,
            Self::Operation => openapi::OPERATION,
            Self::Parameter => openapi::PARAMETER,
            Self::RequestBody => openapi::REQUEST_BODY,
            Self::MediaType => openapi::MEDIA_TYPE,
            Self::Response => openapi::RESPONSE,
            Self::Header => openapi::HEADER,
            Self::Schema => openapi::SCHEMA,
            Self::Components => openapi::COMPONENTS,
            Self::SecurityScheme => openapi::SECURITY_SCHEME,
            // Its fields are the names of security schemes.
            Self::SecurityRequirement => &[],
            Self::ProblemType => openapi::PROBLEM_TYPE,
            Self::AsyncApi => asyncapi::ASYNCAPI,
            Self::AsyncInfo => asyncapi::INFO,
            Self::AsyncServer => asyncapi::SERVER,
            Self::Channel => asyncapi::CHANNEL,
            Self::ChannelParameter => asyncapi::CHANNEL_PARAMETER,
            Self::AsyncOperation => asyncapi::OPERATION,
            Self::Message => asyncapi::MESSAGE,
            Self::AsyncComponents => asyncapi::COMPONENTS,
            Self::CorrelationId => asyncapi::CORRELATION_ID,
            Self::EventSchema => asyncapi::EVENT_SCHEMA,
        }
    }

    /// The fields without which an object of this shape says nothing that could be taken over.
    #[must_use]
    pub fn needed(self) -> &'static [&'static str] {
        match self {
            Self::OpenApi => &["openapi", "info", "paths"],
            Self::Info | Self::AsyncInfo => &["title", "version"],
            Self::License | Self::Tag => &["name"],
            Self::Server => &["url"],
            Self::Operation => &["responses"],
            Self::Parameter => &["name", "in", "schema"],
            Self::RequestBody => &["content"],
            Self::MediaType | Self::Header => &["schema"],
            Self::Response => &["description"],
            Self::SecurityScheme => &["type", "scheme"],
            Self::ProblemType => &["status", "title", "description"],
            Self::AsyncApi => &["asyncapi", "info"],
            Self::AsyncServer => &["host", "protocol"],
            Self::AsyncOperation => &["action", "channel"],
            Self::Message => &["name", "payload", "x-schema-version"],
            Self::CorrelationId => &["location"],
            Self::Contact
            | Self::PathItem
            | Self::Schema
            | Self::Components
            | Self::SecurityRequirement
            | Self::Channel
            | Self::ChannelParameter
            | Self::AsyncComponents
            | Self::EventSchema => &[],
        }
    }

    /// The section of `/components` to which a reference in the place of such an object may lead; `None` where the
    /// generator follows none.
    #[must_use]
    pub fn component_section(self) -> Option<&'static str> {
        match self {
            Self::Parameter => Some("parameters"),
            Self::RequestBody => Some("requestBodies"),
            Self::Response => Some("responses"),
            Self::Header => Some("headers"),
            Self::Schema | Self::EventSchema => Some("schemas"),
            Self::Message => Some("messages"),
            Self::CorrelationId => Some("correlationIds"),
            _ => None,
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
