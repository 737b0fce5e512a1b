//! Whether a response is one that its operation declares.

mod body;
mod header;

use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use self::body::check_body;
use self::header::check_header;
use crate::{Operation, Problem, Reply, ReplyBody, Response, Violation};

/// Why a response is none that its operation declares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndeclaredResponse {
    /// The status is neither listed nor in a range that is, and there is no default.
    #[error("the status {0}")]
    Status(u16),
    /// The media type is none of those of the response with this key; so is a body where none is declared, and none where one is.
    #[error("the media type of a response {0}")]
    MediaType(&'static str),
    /// A header is missing.
    #[error("a response without the header {0}")]
    NoHeader(&'static str),
    /// A header is not as it must be.
    #[error("a header {name} that {reason}")]
    Header {
        /// The name of the header, in the contract's case.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
        /// Where it breaks its schema.
        violations: Vec<Violation>,
    },
    /// The body is not as it must be.
    #[error("a body that {reason}")]
    Body {
        /// What is wrong with it.
        reason: &'static str,
        /// Where it breaks its schema.
        violations: Vec<Violation>,
    },
}

/// What is said of a header or a body of which [`UndeclaredResponse::violations`] tells more.
const BREAKS: &str = "breaks its schema";

impl UndeclaredResponse {
    /// Where the header or the body breaks its schema, if that is what is wrong.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        match self {
            Self::Header { violations, .. } | Self::Body { violations, .. } => violations,
            Self::Status(_) | Self::MediaType(_) | Self::NoHeader(_) => &[],
        }
    }
}

impl From<UndeclaredResponse> for Problem {
    fn from(undeclared: UndeclaredResponse) -> Self {
        let detail = format!("The service answered what its contract does not declare: {undeclared}.");
        let problem = Self::of_status(500, detail);
        match undeclared.violations() {
            [] => problem,
            violations => problem.with_violations(violations),
        }
    }
}

impl Operation {
    /// Whether this operation declares a response: its status, the headers that must be there and the values of those that are, its media
    /// type, and its body.
    ///
    /// The headers and the body are taken as they are on the wire, without content coding. Of a form, JSON and a text the value is
    /// checked, of anything else the media type alone. What HTTP leaves without a body (RFC 9110 §6.4.1) may come without the one that is
    /// declared.
    pub fn check_response(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), UndeclaredResponse> {
        self.check_answer(status.as_u16(), headers, Some(body))
    }

    /// The same, where the body may be one that nobody sees as a whole.
    fn check_answer(
        &self,
        status: u16,
        headers: &HeaderMap,
        body: Option<&[u8]>,
    ) -> Result<(), UndeclaredResponse> {
        let response = self.response(status).ok_or(UndeclaredResponse::Status(status))?;
        for (name, header) in response.headers.iter().filter(|(name, _)| !is_ruled(name)) {
            check_header(name, header, headers)?;
        }
        if body.is_some_and(<[u8]>::is_empty) && self.has_no_body(status) {
            return Ok(());
        }
        check_body(response, headers, body)
    }

    /// Whether HTTP leaves an answer without a body (RFC 9110 §6.4.1).
    fn has_no_body(&self, status: u16) -> bool {
        *self.method == poem::http::Method::HEAD || matches!(status, 100..=199 | 204 | 304)
    }
}

impl Reply {
    /// Refuses a status that the operation does not declare: a range or the default takes any number, but not every one is theirs.
    pub(crate) fn check_status(
        &self,
        operation: &Operation,
    ) -> Result<&'static Response, UndeclaredResponse> {
        operation
            .response(self.status)
            .ok_or(UndeclaredResponse::Status(self.status))
    }

    /// Holds the reply against what its operation declares for its status: headers, media type, and body.
    pub(crate) fn check(&self, operation: &Operation) -> Result<(), UndeclaredResponse> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(value);
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), value) {
                headers.append(name, value);
            }
        }
        let body = match &self.body {
            ReplyBody::Empty => Some(&[][..]),
            ReplyBody::Full(bytes) => Some(&bytes[..]),
            ReplyBody::Stream(_) => None,
        };
        operation.check_answer(self.status, &headers, body)
    }
}

/// `Content-Type` is what `content` says, whatever stands under `headers` (OpenAPI 3.0.3 §4.7.17.1).
fn is_ruled(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-type")
}

#[cfg(test)]
mod tests;
