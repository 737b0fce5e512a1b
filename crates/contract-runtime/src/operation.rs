//! An operation of the contract as a constant: what is needed at run time and what poem-openapi's registry must be told. What only
//! documents is in the overlay. What the contract leaves unsaid is in the `NEW` of each part, so that a constant says what the
//! contract says.

use poem::http::Method;

use crate::{Condition, ProblemType, Schema, SecurityRequirement};

/// Where a parameter stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header field.
    Header,
    /// In the header field `Cookie`.
    Cookie,
}

/// How a value is written as text (OpenAPI 3.0.3 §4.7.12.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `;name=a,b`
    Matrix,
    /// `.a.b`
    Label,
    /// `a,b`
    Simple,
    /// `name=a,b`
    Form,
    /// `name=a%20b`
    SpaceDelimited,
    /// `name=a|b`
    PipeDelimited,
    /// `name[key]=a`
    DeepObject,
}

/// A parameter of an operation.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are independent of each other"
)]
pub struct Parameter {
    /// Its name; header names keep the contract's case.
    pub name: &'static str,
    /// Where it stands.
    pub location: Location,
    /// What it is, for a person.
    pub description: Option<&'static str>,
    /// Whether a request without it is refused.
    pub required: bool,
    /// Whether it is on its way out.
    pub deprecated: bool,
    /// How its value is written.
    pub style: Style,
    /// Whether each item or member of its value is written apart.
    pub explode: bool,
    /// Whether a client leaves reserved characters as they are; the server reads both forms.
    pub allow_reserved: bool,
    /// Whether it may come without a value.
    pub allow_empty_value: bool,
    /// The media type of its text, for one that has `content` instead of `schema`.
    pub content: Option<&'static str>,
    /// What its value must be.
    pub schema: Schema,
    /// Whether it is shown only: a header that another part of HTTP rules (OpenAPI 3.0.3 §4.7.12.2).
    pub ignored: bool,
    /// `x-problem`: the problem type that answers a missing, repeated or malformed one.
    pub problem: &'static str,
}

impl Parameter {
    /// A path parameter without more.
    pub const PATH: Self = Self {
        name: "",
        location: Location::Path,
        description: None,
        required: true,
        deprecated: false,
        style: Style::Simple,
        explode: false,
        allow_reserved: false,
        allow_empty_value: false,
        content: None,
        schema: Schema(&[]),
        ignored: false,
        problem: "malformed-request",
    };
    /// A query parameter without more.
    pub const QUERY: Self = Self {
        location: Location::Query,
        required: false,
        style: Style::Form,
        explode: true,
        ..Self::PATH
    };
    /// A header without more.
    pub const HEADER: Self = Self {
        location: Location::Header,
        required: false,
        ..Self::PATH
    };
    /// A cookie without more.
    pub const COOKIE: Self = Self {
        location: Location::Cookie,
        ..Self::QUERY
    };
}

/// How a property of a form is written (OpenAPI 3.0.3 §4.7.15).
#[derive(Debug, Clone, Copy)]
pub struct Encoding {
    /// The property.
    pub property: &'static str,
    /// The media types that it may have in a multipart form, with commas between; the default depends on its schema.
    pub content_type: Option<&'static str>,
    /// The headers of its part.
    pub headers: &'static [(&'static str, &'static Header)],
    /// How it is written in a urlencoded form.
    pub style: Style,
    /// Whether each item or member of its value is written apart.
    pub explode: bool,
}

/// A media type and what is in it.
#[derive(Debug, Clone, Copy)]
pub struct MediaType {
    /// The media type as the contract writes it.
    pub name: &'static str,
    /// How its bytes are read.
    pub form: ContentForm,
    /// What a body of it must be.
    pub schema: Schema,
    /// How the properties of a form are written, as far as the contract says so.
    pub encodings: &'static [Encoding],
}

impl MediaType {
    /// JSON without more.
    pub const JSON: Self = Self {
        name: "application/json",
        form: ContentForm::Json,
        schema: Schema(&[]),
        encodings: &[],
    };
}

/// How the bytes of a body are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentForm {
    /// As JSON, which is checked.
    Json,
    /// As `application/x-www-form-urlencoded`, whose value is checked.
    Form,
    /// As `multipart/form-data`, whose value is checked.
    Multipart,
    /// As a text that is a single value, which is checked.
    Text,
    /// As a text that is not looked into, such as XML.
    Opaque,
    /// As bytes.
    Bytes,
    /// As a stream of events.
    EventStream,
}

/// A request body.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// What it is, for a person.
    pub description: Option<&'static str>,
    /// Whether a request without it is refused.
    pub required: bool,
    /// What it may come as.
    pub media_types: &'static [MediaType],
    /// `x-body-limit`: the most bytes that are read of it.
    pub limit_bytes: usize,
}

impl Body {
    /// The most bytes that are read of a body where the contract does not say: 2 MiB.
    pub const LIMIT_BYTES_DEFAULT: usize = 2 << 20;
}

/// A response header.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// What it is, for a person.
    pub description: Option<&'static str>,
    /// Whether every such response has it.
    pub required: bool,
    /// Whether it is on its way out.
    pub deprecated: bool,
    /// Whether each member of its value is written as `key=value`.
    pub explode: bool,
    /// The media type of its text, for one that has `content` instead of `schema`.
    pub content: Option<&'static str>,
    /// What its value is.
    pub schema: Schema,
}

impl Header {
    /// A header without more.
    pub const NEW: Self = Self {
        description: None,
        required: false,
        deprecated: false,
        explode: false,
        content: None,
        schema: Schema(&[]),
    };
}

/// Which statuses a response is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseStatus {
    /// A single one.
    Exact(u16),
    /// The hundred that begins with this digit: `4XX`.
    Range(u16),
    /// Every one that has no other response.
    Default,
}

impl ResponseStatus {
    /// Whether `status` is one of them.
    #[must_use]
    pub fn includes(self, status: u16) -> bool {
        match self {
            Self::Exact(exact) => exact == status,
            Self::Range(hundred) => status / 100 == hundred,
            Self::Default => true,
        }
    }

    /// Whether it is for answers that a client hopes for.
    #[must_use]
    pub fn is_success(self) -> bool {
        match self {
            Self::Exact(status) => status < 300,
            Self::Range(hundred) => hundred < 3,
            Self::Default => false,
        }
    }
}

/// A declared response.
#[derive(Debug, Clone, Copy)]
pub struct Response {
    /// Its key among the responses, as the contract writes it.
    pub key: &'static str,
    /// Its statuses.
    pub status: ResponseStatus,
    /// What it means, for a person.
    pub description: &'static str,
    /// Its headers by name, in the contract's case.
    pub headers: &'static [(&'static str, &'static Header)],
    /// What it may come as; nothing for a response without a body.
    pub media_types: &'static [MediaType],
    /// `x-problem-types`: the problems that it may carry.
    pub problem_types: &'static [&'static ProblemType],
}

impl Response {
    /// A response without more.
    pub const NEW: Self = Self {
        key: "default",
        status: ResponseStatus::Default,
        description: "",
        headers: &[],
        media_types: &[],
        problem_types: &[],
    };
}

/// An operation: what a request to it must look like, what it may answer, what it does beside.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The operationId, or a name made of method and path where the contract has none.
    pub id: &'static str,
    /// Whether `id` is the contract's.
    pub id_is_declared: bool,
    /// The HTTP method.
    pub method: &'static Method,
    /// The path template as the contract has it.
    pub path: &'static str,
    /// What a request must have beside method and path, where other operations have the same.
    pub conditions: &'static [Condition],
    /// Its tags.
    pub tags: &'static [&'static str],
    /// One line about it.
    pub summary: Option<&'static str>,
    /// All about it.
    pub description: Option<&'static str>,
    /// Whether it is on its way out.
    pub deprecated: bool,
    /// Its parameters in the contract's order.
    pub parameters: &'static [&'static Parameter],
    /// Its request body.
    pub body: Option<Body>,
    /// Its responses in the contract's order.
    pub responses: &'static [&'static Response],
    /// The requirements, each of which suffices.
    pub security: &'static [SecurityRequirement],
    /// `x-scope`: the scope that a token must have.
    pub scope: Option<&'static str>,
    /// `x-tenant`: the path parameter that names the tenant.
    pub tenant: Option<&'static str>,
    /// `x-idempotency: required`
    pub idempotent: bool,
    /// `x-audit`: the action of the audit record.
    pub audit: Option<&'static str>,
    /// `x-emits`: the messages of the AsyncAPI contract that it emits.
    pub emits: &'static [&'static str],
    /// All problem types of the contract.
    pub problems: &'static [&'static ProblemType],
}

impl Operation {
    /// `GET /` without more.
    pub const NEW: Self = Self {
        id: "",
        id_is_declared: true,
        method: &Method::GET,
        path: "/",
        conditions: &[],
        tags: &[],
        summary: None,
        description: None,
        deprecated: false,
        parameters: &[],
        body: None,
        responses: &[],
        security: &[],
        scope: None,
        tenant: None,
        idempotent: false,
        audit: None,
        emits: &[],
        problems: &[],
    };

    /// The media types of its successful responses.
    pub(crate) fn offered(&self) -> impl Iterator<Item = &'static str> {
        let successful = self
            .responses
            .iter()
            .filter(|response| response.status.is_success());
        successful
            .flat_map(|response| response.media_types)
            .map(|media_type| media_type.name)
    }

    /// The response that is declared for `status`: the one for it alone, the one for its range, or the default.
    #[must_use]
    pub fn response(&self, status: u16) -> Option<&'static Response> {
        let rank = |response: &&Response| match response.status {
            ResponseStatus::Exact(_) => 0,
            ResponseStatus::Range(_) => 1,
            ResponseStatus::Default => 2,
        };
        let matching = self.responses.iter().copied();
        matching
            .filter(|response| response.status.includes(status))
            .min_by_key(rank)
    }
}
