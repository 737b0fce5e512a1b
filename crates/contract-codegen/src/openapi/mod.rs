//! An OpenAPI contract, read into a model. The grammar has seen to it that only known fields are here.

mod expressible;
mod read;
mod rules;
mod rust_names;
mod used;

use indexmap::IndexMap;

use crate::source::child;
use crate::{AsyncApi, Language, Ledger, Refusals, Schema, Source};

/// A problem type of `x-problems`.
#[derive(Debug, Clone)]
pub struct ProblemType {
    pub slug: String,
    pub status: u16,
    pub title: String,
    pub description: String,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the place of the same name")]
pub enum Location {
    Path,
    Query,
    Header,
}

/// A parameter of an operation.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
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
    pub schema: Schema,
    /// `x-problem`
    pub problem: String,
}

/// A media type of a body.
#[derive(Debug, Clone)]
pub struct MediaType {
    pub name: String,
    pub schema: Schema,
}

/// A request body.
#[derive(Debug, Clone)]
pub struct Body {
    /// Where its fields stand.
    pub pointer: String,
    pub description: Option<String>,
    pub required: bool,
    pub media_types: Vec<MediaType>,
    /// `x-body-limit`
    pub limit_bytes: u64,
}

/// A response header.
#[derive(Debug, Clone)]
pub struct Header {
    pub name: String,
    /// The component that it is, where it is one.
    pub component: Option<String>,
    pub description: Option<String>,
    pub required: bool,
    pub deprecated: bool,
    pub schema: Schema,
    /// `x-source: runtime`: the handler does not give it.
    pub from_runtime: bool,
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    pub pointer: String,
    pub status: u16,
    pub description: String,
    pub headers: Vec<Header>,
    pub media_types: Vec<MediaType>,
    pub problem_types: Vec<String>,
}

/// An operation.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct Operation {
    pub pointer: String,
    pub id: String,
    /// Upper case.
    pub method: String,
    pub path: String,
    pub tags: Vec<String>,
    pub summary: Option<String>,
    pub description: Option<String>,
    pub deprecated: bool,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub responses: Vec<Response>,
    pub security: Vec<String>,
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
        self.method != "GET"
    }
}

/// A text with an optional description: servers and tags.
#[derive(Debug, Clone)]
pub struct Described {
    pub text: String,
    pub description: Option<String>,
}

/// A security scheme of type `http`.
#[derive(Debug, Clone)]
pub struct SecurityScheme {
    pub name: String,
    pub scheme: String,
    pub bearer_format: Option<String>,
    pub description: Option<String>,
}

/// A whole contract.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub struct OpenApi {
    pub title: String,
    pub version: String,
    pub description: Option<String>,
    pub contact: Option<(Option<String>, Option<String>)>,
    pub license: Option<(String, Option<String>)>,
    pub servers: Vec<Described>,
    pub tags: Vec<Described>,
    pub security_schemes: Vec<SecurityScheme>,
    pub schemas: IndexMap<String, Schema>,
    pub operations: Vec<Operation>,
    pub problems: Vec<ProblemType>,
}

impl OpenApi {
    /// Reads a contract and holds it against the rules that link it to `events`, which were read from `events_source`.
    ///
    /// Refuses, all at once: fields that the grammar does not list, what cannot be read, what breaks a rule.
    pub fn read(source: &Source, events: &AsyncApi, events_source: &Source) -> Result<Self, Refusals> {
        check_version(source, "openapi", "OpenAPI 3.0", "3.0.")?;
        let ledger = Ledger::of(source, Language::Service);
        if !ledger.refusals.is_empty() {
            return Err(Refusals(ledger.refusals));
        }
        let (api, mut refusals) = read::read(source);
        refusals.extend(ledger.unused);
        refusals.extend(rules::check(source, &api, events, events_source));
        refusals.extend(expressible::check(source, &api));
        refusals.extend(rust_names::check(source, &api));
        let refusals = Refusals::unique(refusals);
        if refusals.0.is_empty() {
            Ok(api)
        } else {
            Err(refusals)
        }
    }
}

/// Another version has another grammar, under which every other refusal would mislead.
pub(crate) fn check_version(
    source: &Source,
    field: &str,
    format: &str,
    prefix: &str,
) -> Result<(), Refusals> {
    let version = source.root().get(field).and_then(serde_json::Value::as_str);
    if version.is_some_and(|version| version.starts_with(prefix)) {
        return Ok(());
    }
    let found = version.map_or_else(
        || format!("there is no `{field}`"),
        |version| format!("it says `{version}`"),
    );
    let refusal = source.refuse(
        &child("", field),
        format!("the contract must be {format}, but {found}"),
    );
    Err(Refusals(vec![refusal]))
}
