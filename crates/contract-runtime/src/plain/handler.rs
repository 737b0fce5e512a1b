//! What generated code makes of an operation: its input, its answer, and the handler between them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Plain;
use crate::{Content, Problem, Reply};

/// The parameters and the body of a request, checked.
#[derive(Debug)]
pub struct Parts {
    pub(super) values: Vec<Option<Value>>,
    pub(super) content: Option<Content>,
    pub(super) accept: &'static str,
}

impl Parts {
    /// The value of the parameter at `index` of the operation's. One that was not sent is `null` to its type.
    pub fn parameter<T: DeserializeOwned>(&mut self, index: usize) -> Result<T, Problem> {
        let value = self.values.get_mut(index).and_then(Option::take);
        serde_json::from_value(value.unwrap_or_default())
            .map_err(|error| Problem::of_status(400, format!("A parameter cannot be read: {error}.")))
    }

    /// The body of an operation that needs one.
    pub fn body(&mut self) -> Result<Content, Problem> {
        let missing = || Problem::of_status(400, "The body is missing.");
        self.content.take().ok_or_else(missing)
    }

    /// The body, where there is one.
    pub fn optional_body<T>(
        &mut self,
        read: impl FnOnce(Content) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        self.content.take().map(read).transpose()
    }

    /// Which of the media types of the operation's successful responses the client wants most; empty where they have none.
    #[must_use]
    pub fn accept(&self) -> &'static str {
        self.accept
    }
}

/// What a request to one operation carries.
pub trait Input: Sized + Send + 'static {
    /// Takes it from the parts of the request.
    fn read(parts: &mut Parts) -> Result<Self, Problem>;
}

/// What one operation may answer.
pub trait Answer: Send + 'static {
    /// The reply.
    fn into_reply(self) -> Reply;
}

pub(super) type Answering = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;

/// A handler with its types taken away.
pub struct Handler<S: Plain>(pub(super) Box<Handle<S>>);

pub(super) type Handle<S> = dyn Fn(Arc<S>, <S as Plain>::Caller, Parts) -> Answering + Send + Sync;

impl<S: Plain> Handler<S> {
    /// Takes the types from a handler.
    pub fn new<I, A, F>(handle: impl Fn(Arc<S>, S::Caller, I) -> F + Send + Sync + 'static) -> Self
    where
        I: Input,
        A: Answer,
        F: Future<Output = Result<A, Problem>> + Send + 'static,
    {
        Self(Box::new(move |service, caller, mut parts| {
            match I::read(&mut parts) {
                Ok(input) => {
                    let answer = handle(service, caller, input);
                    Box::pin(async move { answer.await.map(Answer::into_reply) })
                }
                Err(problem) => Box::pin(std::future::ready(Err(problem))),
            }
        }))
    }
}

impl<S: Plain> std::fmt::Debug for Handler<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Handler")
    }
}
