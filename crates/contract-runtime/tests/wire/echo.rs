//! A service that answers with the parameters and the body that it was given.

use std::sync::Arc;

use contract_runtime::{
    Answer, Api, ApiInfo, Body, Call, Credentials, Handler, Input, JsonValue, MediaType, Operation, Parts,
    Plain, PlainEndpoint, Problem, Reply, Response,
};
use poem::http::Method;
use poem::{Endpoint as _, Request};
use serde_json::{Value, json};

struct Echo;

impl Plain for Echo {
    type Caller = ();

    async fn authorize(&self, _call: &Call, _credentials: Credentials) -> Result<(), Problem> {
        Ok(())
    }
}

/// The most parameters that are told.
const PARAMETER_COUNT_MAX: usize = 3;

struct Got {
    parameters: Vec<JsonValue>,
    body: Option<(usize, JsonValue)>,
    accept: &'static str,
}

impl Input for Got {
    fn read(parts: &mut Parts) -> Result<Self, Problem> {
        let parameters: Result<Vec<_>, _> = (0..PARAMETER_COUNT_MAX)
            .map(|index| parts.parameter(index))
            .collect();
        let body = parts.optional_body(|content| Ok((content.index(), content.value()?)))?;
        Ok(Self {
            parameters: parameters?,
            body,
            accept: parts.accept(),
        })
    }
}

impl Answer for Got {
    fn into_reply(self) -> Reply {
        let Self {
            parameters,
            body,
            accept,
        } = self;
        let (index, body) = body.unzip();
        let told = json!({"parameters": parameters, "index": index, "body": body, "accept": accept});
        Reply::new(200).json("application/json", &told)
    }
}

/// A response, and its body as JSON.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: poem::http::HeaderMap,
    pub(crate) value: Value,
}

impl Told {
    /// The body that the handler was given.
    pub(crate) fn body(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.value);
        &self.value["body"]
    }

    /// Why the request was refused: the first violation where there are any, or else the detail.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let first = &self.value["errors"][0];
        let detail = match first["pointer"].as_str() {
            Some(pointer) => format!("{pointer} {}", first["message"].as_str().unwrap()),
            None => self.value["detail"].as_str().unwrap().to_owned(),
        };
        (self.status, detail)
    }
}

/// Serves one operation, for POST at `/`.
pub(crate) async fn send(
    operation: &Operation,
    headers: &[(&str, &str)],
    body: impl Into<poem::Body>,
) -> Told {
    send_to(operation, "/", headers, body).await
}

/// The same with a query.
pub(crate) async fn send_to(
    operation: &Operation,
    uri: &str,
    headers: &[(&str, &str)],
    body: impl Into<poem::Body>,
) -> Told {
    let operation: &'static Operation = Box::leak(Box::new(Operation {
        method: &Method::POST,
        responses: &[&Response::NEW],
        ..*operation
    }));
    let api = Box::leak(Box::new(Api {
        info: ApiInfo {
            title: "Echo",
            version: "1",
            description: None,
            contact: None,
            license: None,
        },
        servers: &[],
        tags: &[],
        security_schemes: &[],
        operations: Box::leak(Box::new([operation])),
        problems: &[],
    }));
    let handler = Handler::new(|_: Arc<Echo>, (): (), got: Got| async { Ok(got) });
    let endpoint = PlainEndpoint::new(api, Arc::new(Echo), vec![handler]);
    let mut request = Request::builder().method(Method::POST).uri_str(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = endpoint.call(request.body(body.into())).await.unwrap();
    Told {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        value: serde_json::from_str(&response.into_body().into_string().await.unwrap()).unwrap(),
    }
}

/// An operation with a body of these media types.
pub(crate) const fn taking(required: bool, media_types: &'static [MediaType]) -> Operation {
    Operation {
        body: Some(Body {
            description: None,
            required,
            media_types,
            limit_bytes: Body::LIMIT_BYTES_DEFAULT,
        }),
        ..Operation::NEW
    }
}
