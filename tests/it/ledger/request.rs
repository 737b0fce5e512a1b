//! A request in parts that can be changed one by one.

use contract_codegen::{Location, Operation, Parameter};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use uuid::Uuid;

use crate::support::Client;

/// What a request to an operation is made of.
#[derive(Clone)]
pub(super) struct Request<'a> {
    pub(super) operation: &'a Operation,
    pub(super) path: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) content_type: Option<String>,
    pub(super) body: Option<Vec<u8>>,
}

impl Request<'_> {
    /// The same under a new key and with a name and identifier that nobody has.
    pub(super) fn fresh(&self) -> Self {
        let mut request = self.clone();
        for (name, value) in &mut request.headers {
            if name == "Idempotency-Key" {
                *value = Uuid::new_v4().to_string();
            }
        }
        if let Some(body) = &request.body {
            let body: Value = serde_json::from_slice(body).expect("JSON");
            request.set_body(&unique(&body));
        }
        request
    }

    pub(super) fn set(&mut self, parameter: &Parameter, value: Option<String>) {
        let place = match parameter.location {
            Location::Path => &mut self.path,
            Location::Query => &mut self.query,
            Location::Header => &mut self.headers,
            Location::Cookie => panic!("the contract has no parameters in cookies"),
        };
        place.retain(|(name, _)| *name != parameter.name);
        place.extend(value.map(|value| (parameter.name.clone(), value)));
    }

    pub(super) fn set_body(&mut self, body: &Value) {
        self.content_type = Some("application/json".to_owned());
        self.body = Some(serde_json::to_vec(body).expect("JSON"));
    }

    pub(super) fn build(&self, client: &Client) -> RequestBuilder {
        let mut path = self.operation.path.clone();
        for (name, value) in &self.path {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        let method: Method = self.operation.method.parse().expect("a method");
        let mut request = client.request(method, &path).query(&self.query);
        for (name, value) in &self.headers {
            request = request.header(name, value.as_bytes());
        }
        if let Some(content_type) = &self.content_type {
            request = request.header("Content-Type", content_type);
        }
        match &self.body {
            Some(body) => request.body(body.clone()),
            None => request,
        }
    }
}

pub(super) fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A body that no other school of the tenant is in the way of; a name or identifier at the end of its length stays so.
pub(super) fn unique(body: &Value) -> Value {
    let mut body = body.clone();
    let id = Uuid::new_v4().simple().to_string();
    for name in ["name", "identifier"] {
        if let Some(Value::String(text)) = body.get_mut(name) {
            let length = text.chars().count();
            *text = if length < 60 {
                id.clone()
            } else {
                format!("{id}{}", "a".repeat(length - id.len()))
            };
        }
    }
    body
}
