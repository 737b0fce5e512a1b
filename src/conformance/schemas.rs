//! Serves the schemas that the events' `dataschema` leads to, as the service does.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::ready;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::ConformanceError;
use crate::document;

/// The schema of a school's creation.
pub(super) const SCHOOL_CREATED: &str = "/schemas/lms.roster.v1/SchoolCreated/1.0.0.json";
/// A version of it that is still to come, with one more member.
pub(super) const NEWER_SCHOOL_CREATED: &str = "/schemas/lms.roster.v1/SchoolCreated/1.999.0.json";
/// The schema of a type that is still to come.
pub(super) const SCHOOL_MERGED: &str = "/schemas/lms.roster.v1/SchoolMerged/1.0.0.json";
/// The schema of what stands for an event that could not be published.
pub(super) const WITHHELD: &str = "/schemas/lms.roster.v1/EventWithheld/1.0.0.json";

/// The schemas by path: all that are published, and those of the future.
pub(super) fn schemas() -> Result<BTreeMap<String, Value>, ConformanceError> {
    let published = document::schemas()?;
    let mut schemas: BTreeMap<String, Value> = published
        .into_iter()
        .map(|(path, schema)| (path.to_owned(), schema))
        .collect();
    let mut newer = schemas.get(SCHOOL_CREATED).cloned().unwrap_or_default();
    if let Some(properties) = newer.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("motto".to_owned(), json!({ "type": "string" }));
    }
    schemas.insert(NEWER_SCHOOL_CREATED.to_owned(), newer);
    schemas.insert(SCHOOL_MERGED.to_owned(), school_merged());
    Ok(schemas)
}

fn school_merged() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["mergedInto"],
        "properties": { "mergedInto": { "type": "string" } },
    })
}

type Bodies = BTreeMap<String, Bytes>;

/// The server; it ends with this value.
pub(super) struct SchemaServer {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl SchemaServer {
    /// Listens on a free port of this machine's loopback.
    pub(super) async fn start() -> Result<Self, ConformanceError> {
        let bodies: Bodies = schemas()?
            .into_iter()
            .map(|(path, schema)| (path, Bytes::from(schema.to_string())))
            .collect();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(ConformanceError::Schemas)?;
        let address = listener.local_addr().map_err(ConformanceError::Schemas)?;
        let accepting = tokio::spawn(accept(listener, Arc::new(bodies)));
        Ok(Self { address, accepting })
    }

    /// Where it listens, such as `http://127.0.0.1:41234`.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for SchemaServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, bodies: Arc<Bodies>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the schemas are served no more");
                return;
            }
        };
        let bodies = Arc::clone(&bodies);
        tokio::spawn(async move {
            let service = service_fn(move |request| ready(Ok::<_, Infallible>(answer(&bodies, &request))));
            // What a consumer breaks off is its own business.
            _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn answer(bodies: &Bodies, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    match bodies.get(request.uri().path()) {
        Some(body) => {
            let json = HeaderValue::from_static("application/schema+json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            *response.body_mut() = Full::new(body.clone());
        }
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_schema_has_its_member_and_all_of_the_older() {
        let schemas = schemas().unwrap();
        let newer = &schemas[NEWER_SCHOOL_CREATED]["properties"];
        assert_eq!(newer["motto"], json!({ "type": "string" }));
        assert_eq!(newer["name"], schemas[SCHOOL_CREATED]["properties"]["name"]);
    }
}
