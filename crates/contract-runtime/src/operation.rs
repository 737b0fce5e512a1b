//! An operation of the contract as a constant.

use poem::http::Method;

use crate::{ProblemType, Schema};

/// Where a parameter stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header field.
    Header,
}

/// A parameter of an operation.
#[derive(Debug)]
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
    /// What its value must be.
    pub schema: Schema,
    /// `x-problem`: the problem type that answers a missing, repeated or malformed one.
    pub problem: &'static str,
}

/// A media type and what is in it.
#[derive(Debug)]
pub struct MediaType {
    /// The media type without parameters.
    pub name: &'static str,
    /// What a body of it must be.
    pub schema: Schema,
}

/// A request body.
#[derive(Debug)]
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

/// A response header.
#[derive(Debug)]
pub struct Header {
    /// What it is, for a person.
    pub description: Option<&'static str>,
    /// Whether every such response has it.
    pub required: bool,
    /// Whether it is on its way out.
    pub deprecated: bool,
    /// What its value is.
    pub schema: Schema,
}

/// A declared response.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// What it means, for a person.
    pub description: &'static str,
    /// Its headers by name, in the contract's case.
    pub headers: &'static [(&'static str, &'static Header)],
    /// What it may come as; nothing for a response without a body.
    pub media_types: &'static [MediaType],
    /// `x-problem-types`: the problems that it may carry.
    pub problem_types: &'static [&'static ProblemType],
}

/// An operation: what a request to it must look like, what it may answer, what it does beside.
#[derive(Debug)]
pub struct Operation {
    /// The operationId.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template as the contract has it.
    pub path: &'static str,
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
    /// Its responses by ascending status.
    pub responses: &'static [&'static Response],
    /// The security schemes, each of which suffices.
    pub security: &'static [&'static str],
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
    /// The media types of its successful responses.
    pub(crate) fn offered(&self) -> impl Iterator<Item = &'static str> {
        let successful = self.responses.iter().filter(|response| response.status < 300);
        successful
            .flat_map(|response| response.media_types)
            .map(|media_type| media_type.name)
    }
}

/// A tag.
#[derive(Debug)]
pub struct Tag {
    /// Its name.
    pub name: &'static str,
    /// What it gathers, for a person.
    pub description: Option<&'static str>,
}

/// A security scheme of type `http`.
#[derive(Debug)]
pub struct SecurityScheme {
    /// The component's name.
    pub name: &'static str,
    /// The HTTP authentication scheme.
    pub scheme: &'static str,
    /// A hint about the token's form.
    pub bearer_format: Option<&'static str>,
    /// What it is, for a person.
    pub description: Option<&'static str>,
}

/// A server of the contract.
#[derive(Debug)]
pub struct Server {
    /// Its URL.
    pub url: &'static str,
    /// What it is, for a person.
    pub description: Option<&'static str>,
}

/// A license.
#[derive(Debug)]
pub struct License {
    /// Its name.
    pub name: &'static str,
    /// Where its text is.
    pub url: Option<&'static str>,
}

/// The contract's `info`.
#[derive(Debug)]
pub struct ApiInfo {
    /// The title.
    pub title: &'static str,
    /// The contract's version.
    pub version: &'static str,
    /// All about it.
    pub description: Option<&'static str>,
    /// Name and URL of whom to ask.
    pub contact: Option<(Option<&'static str>, Option<&'static str>)>,
    /// The license.
    pub license: Option<License>,
}

/// A whole contract.
#[derive(Debug)]
pub struct Api {
    /// The contract's `info`.
    pub info: ApiInfo,
    /// Its servers.
    pub servers: &'static [Server],
    /// Its tags.
    pub tags: &'static [Tag],
    /// Its security schemes.
    pub security_schemes: &'static [SecurityScheme],
    /// Its operations in the contract's order.
    pub operations: &'static [&'static Operation],
    /// `x-problems`: its problem types.
    pub problems: &'static [&'static ProblemType],
}
