//! One request on its way through an operation.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use poem::http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::body::{ReadBodyError, read_body};
use crate::parameter::Sent;
use crate::{
    Begun, Body, Direction, Ended, EventSet, Location, Operation, Outcome, Parameter, Problem, ProblemSet,
    ProblemType, Refusal, Reply, Service, ServiceProblem, TenantClaim, Written, json, media, parameter,
};

/// Which undertaking and which trace a request belongs to; the server's outermost layer puts one into each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestIdentity {
    /// `X-Correlation-Id`, given or made up.
    pub correlation_id: Uuid,
    /// `X-Causation-Id`, where it was given.
    pub causation_id: Option<Uuid>,
    /// The W3C trace id, 32 hexadecimal digits.
    pub trace_id: String,
    /// The W3C `traceparent` of this request's span.
    pub traceparent: String,
}

/// What is known of a request before its body is read.
#[derive(Debug, Clone)]
pub struct CallHead {
    /// The method.
    pub method: Method,
    /// The path as it was sent.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// Its identity.
    pub identity: RequestIdentity,
}

/// Which operation a response is of, for the layers around it; it is an extension of the response.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// The operation.
    pub operation: &'static Operation,
    /// Why it refused, where it did and did not record the refusal for repetitions.
    pub problem: Option<&'static ProblemType>,
}

/// A request in the hands of generated code.
pub struct Exchange {
    operation: &'static Operation,
    head: CallHead,
    path_values: Vec<(String, String)>,
    query: Option<String>,
    body: poem::Body,
}

impl Exchange {
    /// Takes poem's request apart.
    #[must_use]
    pub fn open(operation: &'static Operation, mut request: poem::Request) -> Self {
        let identity = request
            .extensions()
            .get::<RequestIdentity>()
            .cloned()
            .unwrap_or_else(|| RequestIdentity {
                correlation_id: Uuid::nil(),
                causation_id: None,
                trace_id: "0".repeat(32),
                traceparent: String::new(),
            });
        let path_values = operation
            .parameters
            .iter()
            .filter_map(|parameter| {
                // Poem has decoded it; a value is decoded where its parts are found.
                let value = request.raw_path_param(parameter.name)?;
                let encoded = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
                Some((parameter.name.to_owned(), encoded))
            })
            .collect();
        Self {
            operation,
            path_values,
            query: request.uri().query().map(str::to_owned),
            body: request.take_body(),
            head: CallHead {
                method: request.method().clone(),
                path: request.original_uri().path().to_owned(),
                headers: request.headers().clone(),
                identity,
            },
        }
    }

    /// The head.
    #[must_use]
    pub fn head(&self) -> &CallHead {
        &self.head
    }

    /// Which of the media types of the successful responses the client wants most (RFC 9110 §12.5.1); `not-acceptable`
    /// where it wants none of them.
    pub fn negotiate(&self) -> Result<&'static str, Problem> {
        let offered: Vec<&'static str> = self.operation.offered().collect();
        media::negotiate(&self.head.headers, &offered).ok_or_else(|| {
            let detail = format!("This operation answers with {}.", offered.join(" or "));
            Problem::named(self.operation.problems, "not-acceptable", detail)
        })
    }

    /// The value of a required parameter, or of one with a default.
    pub fn parameter<T: DeserializeOwned>(&self, descriptor: &Parameter) -> Result<T, Problem> {
        match self.optional_parameter(descriptor)? {
            Some(value) => Ok(value),
            // The route matched, so a path parameter is there: what it has are bytes that are no text.
            None if descriptor.location == Location::Path => {
                Err(self.parameter_problem(descriptor, "is not valid UTF-8"))
            }
            None => Err(self.parameter_problem(descriptor, "is missing")),
        }
    }

    /// The value of a parameter, where it was given.
    pub fn optional_parameter<T: DeserializeOwned>(
        &self,
        descriptor: &Parameter,
    ) -> Result<Option<T>, Problem> {
        let sent = Sent {
            path: &self.path_values,
            query: self.query.as_deref().unwrap_or_default(),
            headers: &self.head.headers,
        };
        let value = parameter::value_of(descriptor, self.operation.parameters, &sent)
            .map_err(|reason| self.parameter_problem(descriptor, &reason))?;
        let decoded = value.map(serde_json::from_value).transpose();
        decoded.map_err(|_| self.parameter_problem(descriptor, "is malformed"))
    }

    fn parameter_problem(&self, descriptor: &Parameter, reason: &str) -> Problem {
        let place = parameter::place(descriptor.location);
        let detail = format!("The {place} {} {reason}.", descriptor.name);
        Problem::named(self.operation.problems, descriptor.problem, detail)
    }

    /// The body, checked against its schema, and its canonical text.
    pub async fn body<T: DeserializeOwned>(&mut self, descriptor: &Body) -> Result<(T, String), Problem> {
        let problem = |slug, detail: String| Problem::named(self.operation.problems, slug, detail);
        let found = media::of_request(&self.head.headers, descriptor.media_types);
        let Some(media_type) = found.and_then(|(index, _)| descriptor.media_types.get(index)) else {
            let declared: Vec<_> = descriptor
                .media_types
                .iter()
                .map(|media_type| media_type.name)
                .collect();
            return Err(problem(
                "unsupported-media-type",
                format!("The body must be sent as {}.", declared.join(" or ")),
            ));
        };
        let schema = media_type.schema;
        let bytes = match read_body(std::mem::take(&mut self.body), descriptor.limit_bytes).await {
            Ok(bytes) => bytes,
            Err(ReadBodyError::TooLarge) => {
                let detail = format!("The body must have at most {} bytes.", descriptor.limit_bytes);
                return Err(problem("payload-too-large", detail).with_header("connection", "close"));
            }
            Err(ReadBodyError::TimedOut) => {
                return Err(problem(
                    "malformed-request",
                    "The body did not arrive in time.".to_owned(),
                ));
            }
            Err(ReadBodyError::Broken) => {
                return Err(problem(
                    "malformed-request",
                    "The body did not arrive completely.".to_owned(),
                ));
            }
        };
        if bytes.is_empty() {
            return Err(problem("malformed-request", "The body is missing.".to_owned()));
        }
        let mut value = json::parse_strict(&bytes).map_err(|error| {
            problem(
                "malformed-request",
                format!("The body is not acceptable JSON: {error}."),
            )
        })?;
        let violations = schema.check_in(Direction::Request, &mut value);
        if !violations.is_empty() {
            let detail = match violations.len() {
                1 => "The body breaks its schema in 1 place.".to_owned(),
                places => format!("The body breaks its schema in {places} places."),
            };
            return Err(problem("validation-failed", detail).with_violations(&violations));
        }
        let canonical = json::canonical(&value);
        let body = serde_json::from_value(value)
            .map_err(|error| problem("malformed-request", format!("The body cannot be read: {error}.")))?;
        Ok((body, canonical))
    }

    /// See [`Service::authenticate`].
    pub async fn authenticate<S: Service>(&self, service: &S) -> Result<S::Admission, Problem> {
        service
            .authenticate(self.operation, &self.head)
            .await
            .map_err(|problem| self.service_problem(problem))
    }

    /// See [`Service::admit`].
    pub async fn admit<S: Service>(
        &self,
        service: &S,
        admission: S::Admission,
        claim: Option<TenantClaim>,
    ) -> Result<S::Admission, Problem> {
        service
            .admit(self.operation, &self.head, admission, claim)
            .await
            .map_err(|problem| self.service_problem(problem))
    }

    /// See [`Service::begin`].
    pub async fn begin<S: Service>(
        &self,
        service: &S,
        admission: S::Admission,
        idempotency_key: Option<&str>,
        payload: &str,
    ) -> Result<Begun<S::Work>, Problem> {
        service
            .begin(self.operation, &self.head, admission, idempotency_key, payload)
            .await
            .map_err(|problem| self.service_problem(problem))
    }

    /// Ends an attempt at a write with what its handler decided.
    pub async fn settle<S: Service, R, E: EventSet, P: ProblemSet>(
        &self,
        service: &S,
        work: S::Work,
        decided: Result<Written<R, E>, Refusal<P>>,
        into_reply: fn(R) -> Reply,
    ) -> Result<Ended<S::Work, Reply>, Problem> {
        let (reply, ended) = match decided {
            Ok(written) => {
                let (response, events, affected) = written.into_parts();
                let reply = into_reply(response);
                let outcome = Outcome {
                    reply: reply.record(),
                    events,
                    affected,
                };
                (Ok(reply), service.commit(work, outcome).await)
            }
            Err(refusal) => self.refuse(service, work, refusal.into_problem()).await,
        };
        match ended.map_err(|problem| self.service_problem(problem))? {
            Ended::Done(()) => reply.map(Ended::Done),
            Ended::Again(work) => Ok(Ended::Again(work)),
            Ended::Replay(reply) => Ok(Ended::Replay(reply)),
        }
    }

    /// Ends an attempt that the handler refused. A conflict with what the service holds (409) is recorded for repetitions. Anything
    /// else leaves the key free: after a failure (5xx) the next try may succeed, and a body that is refused for itself may be
    /// corrected and sent again under the same key.
    async fn refuse<S: Service>(
        &self,
        service: &S,
        work: S::Work,
        problem: Problem,
    ) -> (Result<Reply, Problem>, Result<Ended<S::Work, ()>, ServiceProblem>) {
        if problem.kind().status != StatusCode::CONFLICT {
            return (Err(problem), service.conclude(work, None).await);
        }
        let reply = self.problem_reply(service, problem);
        let recorded = reply.record();
        (Ok(reply), service.conclude(work, Some(recorded)).await)
    }

    /// The response that leaves the operation.
    pub fn answer<S: Service>(&self, service: &S, result: Result<Reply, Problem>) -> poem::Response {
        let problem = result.as_ref().err().map(Problem::kind);
        let reply = result.unwrap_or_else(|problem| self.problem_reply(service, problem));
        let mut response = reply.into_response();
        response.extensions_mut().insert(Answered {
            operation: self.operation,
            problem,
        });
        response
    }

    /// The answer that a problem gives to this request.
    pub fn problem_reply<S: Service>(&self, service: &S, problem: Problem) -> Reply {
        problem.into_reply(service.base_url(), &self.head.path, &self.head.identity)
    }

    fn service_problem(&self, problem: ServiceProblem) -> Problem {
        problem.into_problem(self.operation)
    }
}
