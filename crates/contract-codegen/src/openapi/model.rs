//! What an OpenAPI contract says, as far as code is written of it. Schemas stay where they stand: the model holds their pointers, and
//! [`Source::schema`](crate::Source::schema) leads to them.

use super::ExternalDocs;
use crate::header_name::why_ignored;

/// A problem type of `x-problems`.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct ProblemType {
    pub slug: String,
    pub status: u16,
    pub title: String,
    pub description: String,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the place of the same name")]
pub enum Location {
    Path,
    Query,
    Header,
    Cookie,
}

impl Location {
    /// The word of the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }

    /// The style of parameters that say none (OpenAPI 3.0.3 §4.7.12.2).
    #[must_use]
    pub fn default_style(self) -> Style {
        match self {
            Self::Path | Self::Header => Style::Simple,
            Self::Query | Self::Cookie => Style::Form,
        }
    }

    /// The styles that parameters in this place may have (OpenAPI 3.0.3 §4.7.12.3).
    #[must_use]
    pub fn styles(self) -> &'static [Style] {
        match self {
            Self::Path => &[Style::Matrix, Style::Label, Style::Simple],
            Self::Header => &[Style::Simple],
            Self::Cookie => &[Style::Form],
            Self::Query => &[
                Style::Form,
                Style::SpaceDelimited,
                Style::PipeDelimited,
                Style::DeepObject,
            ],
        }
    }
}

/// How a value is written as text (OpenAPI 3.0.3 §4.7.12.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the style of the same name")]
pub enum Style {
    Matrix,
    Label,
    Simple,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
}

impl Style {
    /// Every style with the word of the contract.
    pub(crate) const ALL: [(&'static str, Self); 7] = [
        ("matrix", Self::Matrix),
        ("label", Self::Label),
        ("simple", Self::Simple),
        ("form", Self::Form),
        ("spaceDelimited", Self::SpaceDelimited),
        ("pipeDelimited", Self::PipeDelimited),
        ("deepObject", Self::DeepObject),
    ];
}

/// A parameter of an operation, or of its path.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are independent of each other"
)]
pub struct Parameter {
    /// Where its fields stand.
    pub pointer: String,
    /// The component that it is, where it is one.
    pub component: Option<String>,
    pub name: String,
    pub location: Location,
    pub description: Option<String>,
    pub required: bool,
    pub deprecated: bool,
    pub style: Style,
    pub explode: bool,
    pub allow_reserved: bool,
    pub allow_empty_value: bool,
    /// The media type of `content`, for a parameter that has that instead of `schema`.
    pub content: Option<String>,
    /// Where its schema stands: under `schema`, or in the media type of `content`.
    pub schema: Option<String>,
    /// `x-problem`
    pub problem: String,
}

impl Parameter {
    /// Whether it is a header that HTTP or another part of the contract rules, or one that no request can have: shown, but no parameter
    /// (OpenAPI 3.0.3 §4.7.12.2).
    #[must_use]
    pub fn is_ignored(&self) -> bool {
        self.location == Location::Header && why_ignored(&self.name).is_some()
    }
}

/// How a property of a form is written (OpenAPI 3.0.3 §4.7.15).
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct Encoding {
    /// The property.
    pub property: String,
    pub content_type: Option<String>,
    pub headers: Vec<Header>,
    pub style: Option<Style>,
    pub explode: Option<bool>,
    pub allow_reserved: bool,
}

/// A media type of a body.
#[derive(Debug, Clone)]
pub struct MediaType {
    /// Where it stands.
    pub pointer: String,
    /// As the contract writes it, with its parameters.
    pub name: String,
    /// Where its schema stands, where it has one.
    pub schema: Option<String>,
    /// `encoding`
    pub encodings: Vec<Encoding>,
}

/// A request body.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct Body {
    /// Where its fields stand.
    pub pointer: String,
    /// The component that it is, where it is one.
    pub component: Option<String>,
    pub description: Option<String>,
    pub required: bool,
    pub media_types: Vec<MediaType>,
    /// `x-body-limit`
    pub limit_bytes: Option<u64>,
}

/// A response header.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are independent of each other"
)]
pub struct Header {
    /// Where its fields stand.
    pub pointer: String,
    pub name: String,
    /// The component that it is, where it is one.
    pub component: Option<String>,
    pub description: Option<String>,
    pub required: bool,
    pub deprecated: bool,
    pub explode: bool,
    /// The media type of `content`, for a header that has that instead of `schema`.
    pub content: Option<String>,
    /// Where its schema stands: under `schema`, or in the media type of `content`.
    pub schema: Option<String>,
    /// `x-source: runtime`: the handler does not give it.
    pub from_runtime: bool,
}

/// Which statuses a response is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// A single one.
    Exact(u16),
    /// The hundred that begins with this digit: `4XX`.
    Range(u16),
    /// Every other one.
    Default,
}

impl Status {
    /// The status, where it is a single one.
    #[must_use]
    pub fn exact(self) -> Option<u16> {
        match self {
            Self::Exact(status) => Some(status),
            Self::Range(_) | Self::Default => None,
        }
    }

    /// Reads the key of a response.
    pub(crate) fn read(key: &str) -> Option<Self> {
        if key == "default" {
            return Some(Self::Default);
        }
        if let [digit @ b'1'..=b'5', b'X' | b'x', b'X' | b'x'] = key.as_bytes() {
            return Some(Self::Range(u16::from(digit - b'0')));
        }
        let status: u16 = key.parse().ok()?;
        (100..=599).contains(&status).then_some(Self::Exact(status))
    }

    /// The least status that it is for; `default` comes after all others.
    #[must_use]
    pub fn least(self) -> u16 {
        match self {
            Self::Exact(status) => status,
            Self::Range(hundred) => hundred * 100,
            Self::Default => u16::MAX,
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(status) => write!(formatter, "{status}"),
            Self::Range(hundred) => write!(formatter, "{hundred}XX"),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// A response.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct Response {
    /// Where its fields stand.
    pub pointer: String,
    /// The component that it is, where it is one.
    pub component: Option<String>,
    /// Its key among the responses of the operation.
    pub key: String,
    pub status: Status,
    pub description: String,
    pub headers: Vec<Header>,
    pub media_types: Vec<MediaType>,
    pub problem_types: Vec<String>,
}

/// Security schemes of which all are needed together; none for a caller who may stay unknown.
#[derive(Debug, Clone, Default)]
pub struct SecurityRequirement {
    /// Where it stands.
    pub pointer: String,
    /// The schemes' names, and the scopes that are needed.
    pub schemes: Vec<(String, Vec<String>)>,
}

/// An operation.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct Operation {
    /// Where its fields stand.
    pub pointer: String,
    pub id: Option<String>,
    /// Its name: the `operationId`, or its method and path; with a number where another operation would have the same name in Rust.
    pub name: String,
    /// Upper case.
    pub method: String,
    pub path: String,
    pub tags: Vec<String>,
    pub summary: Option<String>,
    pub description: Option<String>,
    pub external_docs: Option<ExternalDocs>,
    pub deprecated: bool,
    /// Those of its path and its own, which take the place of the path's of the same name and location.
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub responses: Vec<Response>,
    /// Any of these suffices; its own, or those of the document.
    pub security: Vec<SecurityRequirement>,
    pub scope: Option<String>,
    pub tenant: Option<String>,
    pub idempotent: bool,
    pub audit: Option<String>,
    pub emits: Vec<String>,
}

impl Operation {
    /// Whether it changes something: whether its method is not safe (RFC 9110 §9.2.1).
    #[must_use]
    pub fn is_write(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }
}
