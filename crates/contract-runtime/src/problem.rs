//! Problems: RFC 9457 bodies whose types the contract lists.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::{Operation, Reply, ReplyBody, RequestIdentity, ServiceProblem, Violation};

/// A problem type of the contract (`x-problems`).
#[derive(Debug, PartialEq, Eq)]
pub struct ProblemType {
    /// The last segment of its URL.
    pub slug: &'static str,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// Its name, for a person.
    pub title: &'static str,
    /// What happened and what to do, for a person.
    pub description: &'static str,
}

const fn blank(slug: &'static str, status: u16, title: &'static str) -> ProblemType {
    ProblemType {
        slug,
        status,
        title,
        description: "",
    }
}

/// The problems of contracts that list none: their type is `about:blank`, and their title the phrase of the status (RFC 9457 §4.2.1,
/// RFC 9110 §15).
static BLANK: [ProblemType; 40] = [
    blank("malformed-request", 400, "Bad Request"),
    blank("unauthenticated", 401, "Unauthorized"),
    blank("payment-required", 402, "Payment Required"),
    blank("forbidden", 403, "Forbidden"),
    blank("route-not-found", 404, "Not Found"),
    blank("method-not-allowed", 405, "Method Not Allowed"),
    blank("not-acceptable", 406, "Not Acceptable"),
    blank("proxy-unauthenticated", 407, "Proxy Authentication Required"),
    blank("request-timeout", 408, "Request Timeout"),
    blank("conflict", 409, "Conflict"),
    blank("gone", 410, "Gone"),
    blank("length-required", 411, "Length Required"),
    blank("precondition-failed", 412, "Precondition Failed"),
    blank("payload-too-large", 413, "Content Too Large"),
    blank("uri-too-long", 414, "URI Too Long"),
    blank("unsupported-media-type", 415, "Unsupported Media Type"),
    blank("range-not-satisfiable", 416, "Range Not Satisfiable"),
    blank("expectation-failed", 417, "Expectation Failed"),
    blank("teapot", 418, "I'm a teapot"),
    blank("misdirected-request", 421, "Misdirected Request"),
    blank("validation-failed", 422, "Unprocessable Content"),
    blank("locked", 423, "Locked"),
    blank("failed-dependency", 424, "Failed Dependency"),
    blank("too-early", 425, "Too Early"),
    blank("upgrade-required", 426, "Upgrade Required"),
    blank("precondition-required", 428, "Precondition Required"),
    blank("too-many-requests", 429, "Too Many Requests"),
    blank("headers-too-large", 431, "Request Header Fields Too Large"),
    blank(
        "unavailable-for-legal-reasons",
        451,
        "Unavailable For Legal Reasons",
    ),
    blank("internal-error", 500, "Internal Server Error"),
    blank("not-implemented", 501, "Not Implemented"),
    blank("bad-gateway", 502, "Bad Gateway"),
    blank("unavailable", 503, "Service Unavailable"),
    blank("gateway-timeout", 504, "Gateway Timeout"),
    blank("http-version-not-supported", 505, "HTTP Version Not Supported"),
    blank("variant-also-negotiates", 506, "Variant Also Negotiates"),
    blank("insufficient-storage", 507, "Insufficient Storage"),
    blank("loop-detected", 508, "Loop Detected"),
    blank("not-extended", 510, "Not Extended"),
    blank(
        "network-authentication-required",
        511,
        "Network Authentication Required",
    ),
];

/// The problems of all statuses of errors, from 400 on. A status that HTTP does not list is treated like the first of its hundred, so it
/// has the name of that one (RFC 9110 §15).
static OF_STATUS: LazyLock<Vec<ProblemType>> = LazyLock::new(|| {
    let named_like = |status: u16| BLANK.iter().find(|kind| kind.status == status);
    let of_status = |status: u16| {
        let kind = named_like(status).or_else(|| named_like(status / 100 * 100));
        let kind = kind.unwrap_or(&UNLISTED);
        blank(kind.slug, status, kind.title)
    };
    (FIRST_STATUS..600).map(of_status).collect()
});

const FIRST_STATUS: u16 = 400;

/// What is answered where no problem is known by the name or status that was asked for.
static UNLISTED: ProblemType = blank("internal-error", 500, "Internal Server Error");

/// A problem that is about to be answered. It is the error of most functions here, so it is one pointer wide.
#[derive(Debug, Clone)]
pub struct Problem(Box<Occurrence>);

#[derive(Debug, Clone)]
struct Occurrence {
    kind: &'static ProblemType,
    detail: String,
    /// The type's URI and title, where it is one of the service's own.
    own_type: Option<(String, String)>,
    members: Map<String, Value>,
    headers: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem of a type, with what a client may read about this occurrence.
    #[must_use]
    pub fn new(kind: &'static ProblemType, detail: impl Into<String>) -> Self {
        Self(Box::new(Occurrence {
            kind,
            detail: detail.into(),
            own_type: None,
            members: Map::new(),
            headers: Vec::new(),
        }))
    }

    /// A problem by its slug among those that a contract lists, or else among those of HTTP.
    #[must_use]
    pub fn named(problems: &[&'static ProblemType], slug: &str, detail: impl Into<String>) -> Self {
        let listed = problems.iter().copied().chain(&BLANK);
        let kind = { listed }.find(|kind| kind.slug == slug).unwrap_or(&UNLISTED);
        Self::new(kind, detail)
    }

    /// A problem that is no more than its HTTP status: its type is `about:blank` (RFC 9457 §4.2.1). A status that is none of an error is
    /// a failure of the service (500).
    #[must_use]
    pub fn of_status(status: u16, detail: impl Into<String>) -> Self {
        let index = status.checked_sub(FIRST_STATUS).map(usize::from);
        let kind = index.and_then(|index| OF_STATUS.get(index));
        Self::new(kind.unwrap_or(&UNLISTED), detail)
    }

    /// The same with a type of the service's own: a URI that identifies it, and its title.
    #[must_use]
    pub fn with_type(mut self, uri: impl Into<String>, title: impl Into<String>) -> Self {
        self.0.own_type = Some((uri.into(), title.into()));
        self
    }

    /// The same with an extension member (RFC 9457 §3.2).
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// The same with what is wrong with the body.
    #[must_use]
    pub fn with_violations(self, violations: &[Violation]) -> Self {
        self.with_member("errors", json!(violations))
    }

    /// The same with a response header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.headers.push((name, value.into()));
        self
    }

    /// The same with `Retry-After` in seconds (RFC 9110 §10.2.3).
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.with_header("retry-after", seconds.to_string())
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> &'static ProblemType {
        self.0.kind
    }

    /// The answer to the request `identity` for the path `instance`; types are URLs below `base_url`.
    #[must_use]
    pub fn into_reply(self, base_url: &str, instance: &str, identity: &RequestIdentity) -> Reply {
        let kind = self.0.kind;
        let body = json!({
            "type": format!("{base_url}/problems/{}", kind.slug),
            "title": kind.title,
            "status": kind.status,
            "detail": self.0.detail,
            "instance": instance,
            "correlationId": identity.correlation_id,
            "traceId": identity.trace_id,
        });
        self.reply_with(body)
    }

    /// The answer to a request for the path `instance` of a contract that lists no problem types.
    #[must_use]
    pub fn into_blank_reply(self, instance: &str) -> Reply {
        let kind = self.0.kind;
        let (uri, title) = match &self.0.own_type {
            Some((uri, title)) => (uri.as_str(), title.as_str()),
            None => ("about:blank", kind.title),
        };
        let body = json!({
            "type": uri,
            "title": title,
            "status": kind.status,
            "detail": self.0.detail,
            "instance": instance,
        });
        self.reply_with(body)
    }

    fn reply_with(self, mut body: Value) -> Reply {
        let Occurrence {
            kind,
            members,
            headers,
            ..
        } = *self.0;
        if let Value::Object(object) = &mut body {
            object.extend(members);
        }
        let mut reply = Reply::new(kind.status);
        reply
            .headers
            .extend(headers.into_iter().map(|(name, value)| (name.to_owned(), value)));
        reply
            .headers
            .push(("content-type".to_owned(), "application/problem+json".to_owned()));
        reply.body = ReplyBody::Full(body.to_string().into());
        reply
    }
}

/// The problem types that one operation declares; the generator makes one enum of them for each operation.
pub trait ProblemSet: Send + 'static {
    /// The contract's problem type.
    fn kind(&self) -> &'static ProblemType;

    /// The operation that declares them.
    fn operation() -> &'static Operation;

    /// A refusal of this type that tells the client `detail`.
    fn because(self, detail: impl Into<String>) -> Refusal<Self>
    where
        Self: Sized,
    {
        Refusal {
            problem: Problem::new(self.kind(), detail),
            set: std::marker::PhantomData,
        }
    }
}

/// A problem that the operation of `P` declares; an undeclared one cannot be written.
#[derive(Debug)]
pub struct Refusal<P> {
    problem: Problem,
    set: std::marker::PhantomData<P>,
}

/// The generator makes sure that each operation declares what the service itself may answer.
impl<P: ProblemSet> From<ServiceProblem> for Refusal<P> {
    fn from(problem: ServiceProblem) -> Self {
        Self {
            problem: problem.into_problem(P::operation()),
            set: std::marker::PhantomData,
        }
    }
}

impl<P> Refusal<P> {
    /// The same with an extension member.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.problem = self.problem.with_member(name, value);
        self
    }

    /// The same with what is wrong with the body.
    #[must_use]
    pub fn with_violations(mut self, violations: &[Violation]) -> Self {
        self.problem = self.problem.with_violations(violations);
        self
    }

    /// The same with `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.problem = self.problem.retry_after(seconds);
        self
    }

    /// The problem.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        self.problem
    }
}

#[cfg(test)]
mod tests {
    use poem::http::StatusCode;

    use super::*;

    fn check(status: u16, expected: (u16, &str)) {
        let problem = Problem::of_status(status, "");
        assert_eq!((problem.kind().status, problem.kind().title), expected);
    }

    #[test]
    fn every_status_of_an_error_is_kept() {
        for status in 400..600 {
            assert_eq!(Problem::of_status(status, "").kind().status, status);
        }
        check(404, (404, "Not Found"));
        check(431, (431, "Request Header Fields Too Large"));
        check(499, (499, "Bad Request"));
        check(599, (599, "Internal Server Error"));
        for status in [0, 200, 302, 399, 600, u16::MAX] {
            check(status, (500, "Internal Server Error"));
        }
    }

    #[test]
    fn every_status_that_http_lists_has_its_name() {
        for status in 400..600 {
            let is_listed = StatusCode::from_u16(status).unwrap().canonical_reason().is_some();
            let is_known = BLANK.iter().any(|kind| kind.status == status);
            assert_eq!(is_listed, is_known, "{status}");
        }
    }
}
