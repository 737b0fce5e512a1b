//! Requests to an endpoint, without a network.

use contract_runtime::{Plain, PlainEndpoint};
use poem::Endpoint as _;
use poem::http::{Method, StatusCode};
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: poem::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem that it is: each has the members of RFC 9457, and the status twice.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let problem: Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(
            problem["title"].is_string() && problem["instance"].is_string(),
            "{problem}"
        );
        problem
    }

    pub(crate) fn detail(&self) -> String {
        self.problem()["detail"].as_str().unwrap().to_owned()
    }
}

/// Sends a request with some headers and a body.
pub(crate) async fn send<S: Plain>(
    endpoint: &PlainEndpoint<S>,
    (method, uri): (Method, &str),
    headers: &[(&str, &str)],
    body: impl Into<poem::Body>,
) -> Answer {
    let mut request = poem::Request::builder().method(method).uri_str(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = endpoint.call(request.body(body.into())).await.unwrap();
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        text: response.into_body().into_string().await.unwrap(),
    }
}

/// Sends a request without a body.
pub(crate) async fn get<S: Plain>(
    endpoint: &PlainEndpoint<S>,
    uri: &str,
    headers: &[(&str, &str)],
) -> Answer {
    send(endpoint, (Method::GET, uri), headers, poem::Body::empty()).await
}

/// Includes the golden output of a folder as the module `contract`.
macro_rules! contract {
    ($path:literal) => {
        #[rustfmt::skip]
                #[path = $path]
                #[allow(unreachable_pub, dead_code, reason = "generated code is the interface of a service")]
        mod contract;
    };
}

/// Implements [`Plain`] for a service that knows no callers.
macro_rules! anonymous {
    ($service:ident) => {
        impl contract_runtime::Plain for $service {
            type Caller = ();

            async fn authorize(
                &self,
                _call: &contract_runtime::Call,
                _credentials: contract_runtime::Credentials,
            ) -> Result<(), contract_runtime::Problem> {
                Ok(())
            }
        }
    };
}

pub(crate) use {anonymous, contract};
