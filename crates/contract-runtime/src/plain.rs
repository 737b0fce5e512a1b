//! Serving any contract: what a service gives to generated code, and the endpoint that generated code makes of it.
//!
//! A request is judged in this order: is there such a path, with this method (404, 405)? Does it show credentials (401), and does the
//! service believe them (401, 403)? Does its sender accept an answer that there is (406)? Are its parameters as declared (400)? Is
//! its body (415, 413, 400, 422)? Then its handler answers. What is refused on the way is a problem of RFC 9457; so is what a
//! handler cannot answer as the contract declares it.

mod handler;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use poem::http::{HeaderMap, Method, header};
use serde_json::Value;

pub use self::handler::{Answer, Handler, Input, Parts};
use crate::body::{ReadBodyError, read_body};
use crate::parameter::Sent;
use crate::router::{Match, NoMatch, Paths};
use crate::security::Shown;
use crate::{
    Api, ClientCertificate, Content, ContentForm, Credentials, Location, Operation, Parameter, Problem,
    Reply, ReplyBody, media, parameter,
};

/// A request before its handler is called, as far as the contract does not say what it is.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation that it is for.
    pub operation: &'static Operation,
    /// The method.
    pub method: Method,
    /// The path as it was sent.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// What layers around the endpoint put into the request.
    pub extensions: poem::http::Extensions,
}

/// The part of a service that is the same for every operation.
pub trait Plain: Send + Sync + 'static {
    /// Whoever calls, and whatever else of the request the handlers need.
    type Caller: Send + 'static;

    /// Whether to let the request in, and as whom.
    ///
    /// `credentials` are those of the first requirement in the contract's `security` that the request shows all of; nothing where the
    /// contract asks for none. That they are there is sure; whether they are to be believed, and whether they have the scopes that the
    /// contract asks for, is for this method to say, with 401 or 403.
    fn authorize(
        &self,
        call: &Call,
        credentials: Credentials,
    ) -> impl Future<Output = Result<Self::Caller, Problem>> + Send;
}

/// A contract that is served, as an endpoint of poem.
#[derive(Debug)]
pub struct PlainEndpoint<S: Plain>(Arc<Served<S>>);

impl<S: Plain> Clone for PlainEndpoint<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Served<S: Plain> {
    service: Arc<S>,
    api: &'static Api,
    handlers: Vec<Handler<S>>,
    paths: Paths,
    checks_responses: bool,
    body_limit_bytes: Option<usize>,
}

impl<S: Plain> PlainEndpoint<S> {
    /// Serves `api` with one handler for each of its operations, in their order.
    #[must_use]
    pub fn new(api: &'static Api, service: Arc<S>, handlers: Vec<Handler<S>>) -> Self {
        Self(Arc::new(Served {
            service,
            api,
            handlers,
            paths: Paths::new(api.operations),
            checks_responses: false,
            body_limit_bytes: None,
        }))
    }

    /// The same that checks every response: one that the contract does not declare, or that breaks its schema, is answered as a failure
    /// (500) that says what is wrong with it. For tests, and for finding out; each body is read again for it. [`Operation::check_response`] does the
    /// same to a response that is there already.
    #[must_use]
    pub fn checking_responses(self) -> Self {
        self.changed(|served| served.checks_responses = true)
    }

    /// The same with another limit of what is read of a body than [`Body::LIMIT_BYTES_DEFAULT`](crate::Body::LIMIT_BYTES_DEFAULT).
    #[must_use]
    pub fn with_body_limit(self, bytes: usize) -> Self {
        self.changed(|served| served.body_limit_bytes = Some(bytes))
    }

    /// Changes what no one else has yet; an endpoint that is served already stays as it is.
    fn changed(mut self, change: impl FnOnce(&mut Served<S>)) -> Self {
        if let Some(served) = Arc::get_mut(&mut self.0) {
            change(served);
        }
        self
    }
}

impl<S: Plain> poem::Endpoint for PlainEndpoint<S> {
    type Output = poem::Response;

    async fn call(&self, request: poem::Request) -> poem::Result<poem::Response> {
        Ok(self.0.answer(request).await)
    }
}

impl<S: Plain> Served<S> {
    async fn answer(&self, request: poem::Request) -> poem::Response {
        let instance = instance_of(&request);
        let is_head = request.method() == Method::HEAD;
        let reply = match self.route(&request) {
            Ok(found) => self.serve(found, request).await,
            Err(Refused::Problem(problem)) => Err(problem),
            Err(Refused::Reply(reply)) => Ok(reply),
        };
        let mut reply = reply.unwrap_or_else(|problem| problem.into_blank_reply(&instance));
        if is_head {
            reply.body = ReplyBody::Empty;
        }
        reply.into_response()
    }

    /// The operation for a request. One for GET answers HEAD as well where none is declared for it, and OPTIONS is answered where none is
    /// declared for it (RFC 9110 §9.3.2, §9.3.7).
    fn route(&self, request: &poem::Request) -> Result<Match, Refused> {
        let uri = request.uri();
        let (path, query) = (uri.path(), uri.query().unwrap_or_default());
        let find = |method: &Method| self.paths.find(method, path, query, request.headers());
        let allowed = match find(request.method()) {
            Ok(found) => return Ok(found),
            Err(NoMatch::NoPath) => {
                let detail = "Nothing is served at this path.";
                return Err(Refused::Problem(Problem::of_status(404, detail)));
            }
            Err(NoMatch::NoMethod(allowed)) => allowed,
        };
        if request.method() == Method::HEAD
            && let Ok(found) = find(&Method::GET)
        {
            return Ok(found);
        }
        let mut names: Vec<&str> = allowed.iter().map(|method| method.as_str()).collect();
        if names.contains(&"GET") && !names.contains(&"HEAD") {
            names.push("HEAD");
        }
        if !names.contains(&"OPTIONS") {
            names.push("OPTIONS");
        }
        let allow = names.join(", ");
        if request.method() == Method::OPTIONS {
            return Err(Refused::Reply(Reply::new(204).header("allow", allow)));
        }
        let detail = format!("This path is served for {allow}.");
        Err(Refused::Problem(
            Problem::of_status(405, detail).with_header("allow", allow),
        ))
    }

    async fn serve(&self, found: Match, mut request: poem::Request) -> Result<Reply, Problem> {
        let (Some(operation), Some(handler)) = (
            self.api.operations.get(found.index),
            self.handlers.get(found.index),
        ) else {
            return Err(Problem::of_status(500, ""));
        };
        let query = request.uri().query().unwrap_or_default().to_owned();
        let shown = Shown {
            headers: request.headers(),
            query: &query,
            certificate: request.extensions().get::<ClientCertificate>(),
        };
        let credentials = shown.credentials(operation)?;
        let call = Call {
            operation,
            method: request.method().clone(),
            path: instance_of(&request),
            headers: request.headers().clone(),
            extensions: request.extensions().clone(),
        };
        let caller = self.service.authorize(&call, credentials).await?;
        let accept = negotiate(operation, request.headers())?;
        let sent = Sent {
            path: &found.values,
            query: &query,
            headers: request.headers(),
        };
        let values = values_of(operation, &sent)?;
        let content = self.content(operation, &mut request).await?;
        let parts = Parts {
            values,
            content,
            accept,
        };
        let reply = (handler.0)(Arc::clone(&self.service), caller, parts).await?;
        reply.check_status(operation)?;
        if self.checks_responses {
            reply.check(operation)?;
        }
        Ok(reply)
    }

    async fn content(
        &self,
        operation: &'static Operation,
        request: &mut poem::Request,
    ) -> Result<Option<Content>, Problem> {
        let Some(body) = &operation.body else {
            return Ok(None);
        };
        let limit = self.body_limit_bytes.unwrap_or(body.limit_bytes);
        let media_type = media::of_request(request.headers(), body.media_types);
        let is_told = request.headers().contains_key(header::CONTENT_TYPE);
        if media_type.is_none()
            && (is_told || media::is_coded(request.headers()))
            && !body.media_types.is_empty()
        {
            // Many clients tell the type of a body that they do not send; the first byte of one decides.
            let is_absent = !body.required && read_body(request.take_body(), 0).await.is_ok();
            return if is_absent {
                Ok(None)
            } else {
                Err(unsupported(body, request.headers()))
            };
        }
        let bytes = read_body(request.take_body(), limit)
            .await
            .map_err(|error| unread(error, limit))?;
        let is_json = |index: usize| {
            body.media_types
                .get(index)
                .is_some_and(|one| one.form == ContentForm::Json)
        };
        match media_type {
            Some((index, _)) if bytes.is_empty() && is_json(index) => {
                if body.required {
                    return Err(Problem::of_status(400, "The body is missing."));
                }
                Ok(None)
            }
            Some((index, content_type)) => Content::read(body, index, content_type, bytes).await.map(Some),
            None if bytes.is_empty() && body.required && !body.media_types.is_empty() => {
                Err(Problem::of_status(400, "The body is missing."))
            }
            None if bytes.is_empty() || body.media_types.is_empty() => Ok(None),
            None => Err(unsupported(body, request.headers())),
        }
    }
}

/// The path as the client sent it: that of the endpoint, and before it what an outer route has taken off.
fn instance_of(request: &poem::Request) -> String {
    let (sent, own) = (request.original_uri().path(), request.uri().path());
    if sent.ends_with(own) { sent } else { own }.to_owned()
}

enum Refused {
    Problem(Problem),
    Reply(Reply),
}

fn unread(error: ReadBodyError, limit_bytes: usize) -> Problem {
    let (status, detail) = match error {
        ReadBodyError::TooLarge => (413, format!("The body must have at most {limit_bytes} bytes.")),
        ReadBodyError::TimedOut => (408, "The body did not arrive in time.".to_owned()),
        ReadBodyError::Broken => return Problem::of_status(400, "The body did not arrive completely."),
    };
    // What is left of the body is not read, so no other request can follow.
    Problem::of_status(status, detail).with_header("connection", "close")
}

/// A body that is of no declared media type, or has a content coding (RFC 9110 §15.5.16).
fn unsupported(body: &crate::Body, headers: &HeaderMap) -> Problem {
    if media::is_coded(headers) {
        let detail = "The body must be sent without a content coding.";
        return Problem::of_status(415, detail).with_header("accept-encoding", "identity");
    }
    let declared: Vec<_> = body
        .media_types
        .iter()
        .map(|media_type| media_type.name)
        .collect();
    Problem::of_status(
        415,
        format!("The body must be sent as {}.", declared.join(" or ")),
    )
}

/// Which of the media types of the successful responses the client wants most (RFC 9110 §12.5.1).
fn negotiate(operation: &Operation, headers: &HeaderMap) -> Result<&'static str, Problem> {
    let offered: Vec<&'static str> = operation.offered().collect();
    // A name without a slash is no media type that a client could ask for.
    if offered.iter().any(|name| !name.contains('/')) {
        return Ok(offered.first().copied().unwrap_or_default());
    }
    media::negotiate(headers, &offered).ok_or_else(|| {
        let detail = format!("This operation answers with {}.", offered.join(" or "));
        Problem::of_status(406, detail)
    })
}

fn values_of(operation: &Operation, sent: &Sent<'_>) -> Result<Vec<Option<Value>>, Problem> {
    let value = |descriptor: &&'static Parameter| {
        if descriptor.ignored {
            return Ok(None);
        }
        let problem = |reason: &str| {
            let place = parameter::place(descriptor.location);
            Problem::of_status(400, format!("The {place} {} {reason}.", descriptor.name))
        };
        let value =
            parameter::value_of(descriptor, operation.parameters, sent).map_err(|reason| problem(&reason))?;
        // One that may be empty was sent all the same where its schema has no value for it.
        let is_sent = descriptor.allow_empty_value
            && descriptor.location == Location::Query
            && parameter::is_in_query(descriptor.name, sent.query);
        if value.is_none() && descriptor.required && !is_sent {
            return Err(problem("is missing"));
        }
        Ok(value)
    };
    operation.parameters.iter().map(value).collect()
}

/// Poem-openapi's table of routes: by path and method.
type Routes = HashMap<String, HashMap<Method, poem::endpoint::BoxEndpoint<'static>>>;

/// Enters an endpoint into poem-openapi's table of routes: one for all paths, since the endpoint knows them itself.
pub fn add_routes<S: Plain>(endpoint: &PlainEndpoint<S>, routes: &mut Routes) {
    use poem::EndpointExt as _;
    const METHODS: [Method; 8] = [
        Method::GET,
        Method::PUT,
        Method::POST,
        Method::DELETE,
        Method::OPTIONS,
        Method::HEAD,
        Method::PATCH,
        Method::TRACE,
    ];
    for path in ["/", "/*path"] {
        let methods = routes.entry(path.to_owned()).or_default();
        for method in METHODS {
            methods.insert(method, endpoint.clone().boxed());
        }
    }
}
