//! The kinds of objects of the specifications.

use super::{Content, Field, Grammar, asyncapi, openapi, schema};
use crate::{Dialect, Language};

/// A kind of object of the specifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    ServerVariable,
    Tag,
    ExternalDocs,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    MediaType,
    Encoding,
    Example,
    Response,
    Link,
    Header,
    Callback,
    Schema,
    Xml,
    Discriminator,
    Components,
    SecurityScheme,
    SecurityRequirement,
    OAuthFlows,
    OAuthFlow,
    ProblemType,
    AsyncApi,
    AsyncInfo,
    AsyncServer,
    Channel,
    ChannelParameter,
    AsyncOperation,
    OperationTrait,
    Reply,
    ReplyAddress,
    Message,
    MessageTrait,
    MessageExample,
    MultiFormatSchema,
    AsyncComponents,
    CorrelationId,
    ServerBindings,
    ChannelBindings,
    OperationBindings,
    MessageBindings,
    Binding,
}

const NONE: &[Field] = &[];

impl Shape {
    /// The shape of a whole contract.
    #[must_use]
    pub fn of_root(dialect: Dialect) -> Self {
        if dialect.is_openapi() {
            Self::OpenApi
        } else {
            Self::AsyncApi
        }
    }

    /// The tables of its fields, those of Rollcall's own language last.
    pub(super) fn tables(self, grammar: Grammar) -> [&'static [Field]; 4] {
        let service = if grammar.language == Language::Service {
            self.service_table()
        } else {
            NONE
        };
        if self == Self::Schema {
            let [first, second] = match grammar.dialect {
                Dialect::OpenApi30 => [schema::OPENAPI_30, NONE],
                Dialect::OpenApi31 => [schema::JSON_SCHEMA, schema::OPENAPI_31],
                Dialect::AsyncApi30 | Dialect::AsyncApi31 => [schema::JSON_SCHEMA, schema::ASYNCAPI],
            };
            return [schema::COMMON, first, second, service];
        }
        let (own, of_dialect) = self.table();
        let is_later = grammar.dialect != Dialect::OpenApi30;
        [own, if is_later { of_dialect } else { NONE }, NONE, service]
    }

    /// Its fields, and those that OpenAPI 3.0 does not have.
    fn table(self) -> (&'static [Field], &'static [Field]) {
        match self {
            Self::OpenApi => (openapi::OPENAPI, openapi::OPENAPI_31),
            Self::Info => (openapi::INFO, openapi::INFO_31),
            Self::Contact => (openapi::CONTACT, NONE),
            Self::License => (openapi::LICENSE, openapi::LICENSE_31),
            Self::Server => (openapi::SERVER, NONE),
            Self::ServerVariable => (openapi::SERVER_VARIABLE, asyncapi::SERVER_VARIABLE),
            Self::Tag => (openapi::TAG, NONE),
            Self::ExternalDocs => (openapi::EXTERNAL_DOCS, NONE),
            Self::PathItem => (openapi::PATH_ITEM, NONE),
            Self::Operation => (openapi::OPERATION, NONE),
            Self::Parameter => (openapi::PARAMETER, NONE),
            Self::RequestBody => (openapi::REQUEST_BODY, NONE),
            Self::MediaType => (openapi::MEDIA_TYPE, NONE),
            Self::Encoding => (openapi::ENCODING, NONE),
            Self::Example => (openapi::EXAMPLE, NONE),
            Self::Response => (openapi::RESPONSE, NONE),
            Self::Link => (openapi::LINK, NONE),
            Self::Header => (openapi::HEADER, NONE),
            Self::Xml => (openapi::XML, NONE),
            Self::Discriminator => (openapi::DISCRIMINATOR, NONE),
            Self::Components => (openapi::COMPONENTS, openapi::COMPONENTS_31),
            Self::SecurityScheme => (openapi::SECURITY_SCHEME, asyncapi::SECURITY_SCHEME),
            Self::OAuthFlows => (openapi::OAUTH_FLOWS, NONE),
            Self::OAuthFlow => (openapi::OAUTH_FLOW, asyncapi::OAUTH_FLOW),
            Self::ProblemType => (openapi::PROBLEM_TYPE, NONE),
            Self::AsyncApi => (asyncapi::ASYNCAPI, NONE),
            Self::AsyncInfo => (asyncapi::INFO, NONE),
            Self::AsyncServer => (asyncapi::SERVER, NONE),
            Self::Channel => (asyncapi::CHANNEL, NONE),
            Self::ChannelParameter => (asyncapi::CHANNEL_PARAMETER, NONE),
            Self::AsyncOperation => (asyncapi::OPERATION, asyncapi::OPERATION_TRAIT),
            Self::OperationTrait => (asyncapi::OPERATION_TRAIT, NONE),
            Self::Reply => (asyncapi::REPLY, NONE),
            Self::ReplyAddress => (asyncapi::REPLY_ADDRESS, NONE),
            Self::Message => (asyncapi::MESSAGE, asyncapi::MESSAGE_TRAIT),
            Self::MessageTrait => (asyncapi::MESSAGE_TRAIT, NONE),
            Self::MessageExample => (asyncapi::MESSAGE_EXAMPLE, NONE),
            Self::MultiFormatSchema => (schema::MULTI_FORMAT, NONE),
            Self::AsyncComponents => (asyncapi::COMPONENTS, NONE),
            Self::CorrelationId => (asyncapi::CORRELATION_ID, NONE),
            // Their fields have names that the contract chooses; schemas have tables of their own.
            Self::Schema
            | Self::Callback
            | Self::SecurityRequirement
            | Self::ServerBindings
            | Self::ChannelBindings
            | Self::OperationBindings
            | Self::MessageBindings
            | Self::Binding => (NONE, NONE),
        }
    }

    /// The extensions of Rollcall's own language.
    fn service_table(self) -> &'static [Field] {
        match self {
            Self::OpenApi => openapi::OPENAPI_SERVICE,
            Self::Operation => openapi::OPERATION_SERVICE,
            Self::Parameter => openapi::PARAMETER_SERVICE,
            Self::Response => openapi::RESPONSE_SERVICE,
            Self::Header => openapi::HEADER_SERVICE,
            Self::Schema => schema::SERVICE,
            Self::Message => asyncapi::MESSAGE_SERVICE,
            _ => NONE,
        }
    }

    /// What is in the fields of an object whose fields have names that the contract chooses.
    #[must_use]
    pub fn pattern(self) -> Option<Content> {
        match self {
            Self::Callback => Some(Content::One(Self::PathItem)),
            Self::SecurityRequirement => Some(Content::Texts),
            Self::ServerBindings
            | Self::ChannelBindings
            | Self::OperationBindings
            | Self::MessageBindings
            | Self::Binding => Some(Content::Free),
            _ => None,
        }
    }

    /// The fields without which an object of this shape says nothing that could be taken over.
    #[must_use]
    pub fn needed(self, language: Language) -> &'static [&'static str] {
        let is_service = language == Language::Service;
        match self {
            Self::OpenApi if is_service => &["openapi", "info", "paths"],
            Self::OpenApi => &["openapi", "info"],
            Self::Info | Self::AsyncInfo => &["title", "version"],
            Self::License | Self::Tag => &["name"],
            Self::Server | Self::ExternalDocs => &["url"],
            Self::Operation if is_service => &["responses"],
            Self::Parameter if is_service => &["name", "in", "schema"],
            Self::Parameter => &["name", "in"],
            Self::RequestBody => &["content"],
            Self::MediaType | Self::Header if is_service => &["schema"],
            Self::Response => &["description"],
            Self::SecurityScheme if is_service => &["type", "scheme"],
            Self::SecurityScheme => &["type"],
            Self::Discriminator => &["propertyName"],
            Self::ProblemType => &["status", "title", "description"],
            Self::AsyncApi => &["asyncapi", "info"],
            Self::AsyncServer => &["host", "protocol"],
            Self::AsyncOperation => &["action", "channel"],
            Self::Message if is_service => &["name", "payload", "x-schema-version"],
            Self::CorrelationId | Self::ReplyAddress => &["location"],
            Self::MultiFormatSchema => &["schema"],
            _ => &[],
        }
    }

    /// The section of `/components` that holds objects of this shape, where there is one.
    #[must_use]
    pub fn component_section(self, dialect: Dialect) -> Option<&'static str> {
        let is_openapi = dialect.is_openapi();
        match self {
            Self::Schema => Some("schemas"),
            Self::SecurityScheme => Some("securitySchemes"),
            Self::Parameter | Self::ChannelParameter => Some("parameters"),
            Self::RequestBody => Some("requestBodies"),
            Self::Response => Some("responses"),
            Self::Header => Some("headers"),
            Self::Example => Some("examples"),
            Self::Link => Some("links"),
            Self::Callback => Some("callbacks"),
            Self::PathItem if dialect == Dialect::OpenApi31 => Some("pathItems"),
            Self::AsyncServer => Some("servers"),
            Self::ServerVariable if !is_openapi => Some("serverVariables"),
            Self::Tag if !is_openapi => Some("tags"),
            Self::ExternalDocs if !is_openapi => Some("externalDocs"),
            Self::Channel => Some("channels"),
            Self::AsyncOperation => Some("operations"),
            Self::OperationTrait => Some("operationTraits"),
            Self::Reply => Some("replies"),
            Self::ReplyAddress => Some("replyAddresses"),
            Self::Message => Some("messages"),
            Self::MessageTrait => Some("messageTraits"),
            Self::CorrelationId => Some("correlationIds"),
            Self::ServerBindings => Some("serverBindings"),
            Self::ChannelBindings => Some("channelBindings"),
            Self::OperationBindings => Some("operationBindings"),
            Self::MessageBindings => Some("messageBindings"),
            _ => None,
        }
    }

    /// Whether a reference may stand in the place of such an object.
    #[must_use]
    pub fn can_be_referred_to(self, dialect: Dialect) -> bool {
        self == Self::PathItem || self.component_section(dialect).is_some()
    }

    /// Whether it holds what a protocol says, which the grammar does not look into.
    #[must_use]
    pub fn is_bindings(self) -> bool {
        matches!(
            self,
            Self::ServerBindings
                | Self::ChannelBindings
                | Self::OperationBindings
                | Self::MessageBindings
                | Self::Binding
        )
    }

    /// Whether references to this shape stay in the derived document; all others are resolved in it.
    #[must_use]
    pub fn is_schema(self) -> bool {
        self == Self::Schema
    }
}
