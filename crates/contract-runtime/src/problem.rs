//! Problems: RFC 9457 bodies whose types the contract lists.

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
static BLANK: [ProblemType; 26] = [
    blank("malformed-request", 400, "Bad Request"),
    blank("unauthenticated", 401, "Unauthorized"),
    blank("payment-required", 402, "Payment Required"),
    blank("forbidden", 403, "Forbidden"),
    blank("route-not-found", 404, "Not Found"),
    blank("method-not-allowed", 405, "Method Not Allowed"),
    blank("not-acceptable", 406, "Not Acceptable"),
    blank("request-timeout", 408, "Request Timeout"),
    blank("conflict", 409, "Conflict"),
    blank("gone", 410, "Gone"),
    blank("precondition-failed", 412, "Precondition Failed"),
    blank("payload-too-large", 413, "Content Too Large"),
    blank("unsupported-media-type", 415, "Unsupported Media Type"),
    blank("range-not-satisfiable", 416, "Range Not Satisfiable"),
    blank("misdirected-request", 421, "Misdirected Request"),
    blank("validation-failed", 422, "Unprocessable Content"),
    blank("locked", 423, "Locked"),
    blank("failed-dependency", 424, "Failed Dependency"),
    blank("precondition-required", 428, "Precondition Required"),
    blank("too-many-requests", 429, "Too Many Requests"),
    blank("internal-error", 500, "Internal Server Error"),
    blank("not-implemented", 501, "Not Implemented"),
    blank("bad-gateway", 502, "Bad Gateway"),
    blank("unavailable", 503, "Service Unavailable"),
    blank("gateway-timeout", 504, "Gateway Timeout"),
    blank("insufficient-storage", 507, "Insufficient Storage"),
];

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
    /// a failure of the service (500); one that HTTP does not list is the first of its hundred (RFC 9110 §15).
    #[must_use]
    pub fn of_status(status: u16, detail: impl Into<String>) -> Self {
        let listed = |status| BLANK.iter().find(|kind| kind.status == status);
        let first = if (400..500).contains(&status) { 400 } else { 500 };
        let kind = listed(status).or_else(|| listed(first)).unwrap_or(&UNLISTED);
        Self::new(kind, detail)
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
