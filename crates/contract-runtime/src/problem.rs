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

/// What is answered where the contract, against the generator's rules, lacks a problem type that is needed.
static UNLISTED: ProblemType = ProblemType {
    slug: "internal-error",
    status: 500,
    title: "Internal error",
    description: "",
};

/// A problem that is about to be answered. It is the error of most functions here, so it is one pointer wide.
#[derive(Debug, Clone)]
pub struct Problem(Box<Occurrence>);

#[derive(Debug, Clone)]
struct Occurrence {
    kind: &'static ProblemType,
    detail: String,
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
            members: Map::new(),
            headers: Vec::new(),
        }))
    }

    /// A problem by its slug among those that a contract lists.
    #[must_use]
    pub fn named(problems: &[&'static ProblemType], slug: &str, detail: impl Into<String>) -> Self {
        let kind = problems
            .iter()
            .copied()
            .find(|kind| kind.slug == slug)
            .unwrap_or(&UNLISTED);
        Self::new(kind, detail)
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
        let Occurrence {
            kind,
            detail,
            members,
            headers,
        } = *self.0;
        let mut body = json!({
            "type": format!("{base_url}/problems/{}", kind.slug),
            "title": kind.title,
            "status": kind.status,
            "detail": detail,
            "instance": instance,
            "correlationId": identity.correlation_id,
            "traceId": identity.trace_id,
        });
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
