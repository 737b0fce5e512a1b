//! Whether two servers do the same thing, so that a comparison of their speed means something.
//!
//! One sequence of requests goes to each of them, and of every answer is noted what a caller could tell them apart by:
//! status, media type, the headers of the contract, the type of the problem, and the members of the body with their
//! types. Values that a server makes up, such as ids and times, and texts for humans are not compared.

mod command;
mod observation;
mod steps;

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::BenchError;
use crate::load::REQUEST_DEADLINE;
pub use command::{ConformanceArguments, run};
use observation::{Observation, differences};
use steps::{STEPS, Tenants, request_of, tenant_request};

/// A server and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its name in messages.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Sends the sequence to both; the differences, none where they agree.
pub async fn compare(reference: &Subject, subject: &Subject) -> Result<Vec<String>, BenchError> {
    let expected = observe(reference).await?;
    let observed = observe(subject).await?;
    let pairs = STEPS.iter().zip(expected.iter().zip(&observed));
    Ok(pairs
        .flat_map(|(step, (expected, observed))| {
            let label = move |difference| format!("{}: {difference}", step.name);
            differences(expected, observed).into_iter().map(label)
        })
        .collect())
}

/// How many requests are compared.
#[must_use]
pub fn step_count() -> usize {
    STEPS.len()
}

/// As [`compare`], where any difference is an error.
pub async fn require_same(reference: &Subject, subject: &Subject) -> Result<(), BenchError> {
    let differences = compare(reference, subject).await?;
    if differences.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "it does something else than {}:\n{}",
        reference.name,
        differences.join("\n")
    );
    Err(BenchError::invalid(subject.name.clone(), reason))
}

async fn observe(subject: &Subject) -> Result<Vec<Observation>, BenchError> {
    // Two sequences to one server must not meet: each has tenants and keys of its own.
    let run = fastrand::u64(..);
    let tenants = Tenants {
        own: tenant(subject, &format!("own-{run}")).await?,
        other: tenant(subject, &format!("other-{run}")).await?,
    };
    let mut school = None;
    let mut observations = Vec::with_capacity(STEPS.len());
    for step in STEPS {
        let request = request_of(step, &tenants, school.as_deref(), run);
        let response = send(subject, request).await?;
        let observation = Observation::of(&response);
        school = school.or_else(|| observation.school_id(response.body()));
        observations.push(observation);
    }
    Ok(observations)
}

async fn tenant(subject: &Subject, key: &str) -> Result<String, BenchError> {
    let response = send(subject, tenant_request(key)).await?;
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let id = body.get("tenantId").and_then(serde_json::Value::as_str);
    id.map(str::to_owned).ok_or_else(|| {
        let status = response.status();
        BenchError::invalid(subject.name.clone(), format!("it makes no tenant: {status}"))
    })
}

async fn send(subject: &Subject, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, BenchError> {
    let failed = |reason: String| BenchError::invalid(subject.name.clone(), reason);
    match timeout(REQUEST_DEADLINE, exchange(subject.address, request)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(reason)) => Err(failed(format!("it does not answer: {reason}"))),
        Err(_) => Err(failed("it does not answer in time".to_owned())),
    }
}

async fn exchange(address: SocketAddr, mut request: Request<Full<Bytes>>) -> Result<Response<Bytes>, String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let stream = TcpStream::connect(address).await.map_err(|error| text(&error))?;
    let (mut sender, driver) = handshake(TokioIo::new(stream))
        .await
        .map_err(|error| text(&error))?;
    tokio::spawn(driver);
    if let Ok(host) = address.to_string().parse() {
        request.headers_mut().insert(HOST, host);
    }
    let response = sender.send_request(request).await.map_err(|error| text(&error))?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| text(&error))?.to_bytes();
    Ok(Response::from_parts(head, body))
}
