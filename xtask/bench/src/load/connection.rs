//! One keep-alive connection.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::check::fault;
use super::{Answer, Exchange, REQUEST_DEADLINE, Target, Workload};

/// After a connection could not be made: a server that is gone must not be hammered by an idle loop.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(10);

/// A connection that is made again when it broke.
pub(super) struct Connection {
    target: Target,
    host: HeaderValue,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(super) fn new(target: Target) -> Self {
        let host = HeaderValue::from_str(&target.address.to_string());
        Self {
            target,
            host: host.unwrap_or_else(|_| HeaderValue::from_static("localhost")),
            sender: None,
        }
    }

    /// Sends one request and reads all of its answer; the words under which a failure is counted.
    pub(super) async fn exchange(
        &mut self,
        exchange: Exchange,
        workload: &dyn Workload,
    ) -> Result<(), String> {
        let deadline = Instant::now() + REQUEST_DEADLINE;
        let Ok(outcome) = timeout_at(deadline, self.send(exchange, workload)).await else {
            self.sender = None;
            return Err("no answer in time".to_owned());
        };
        if outcome.is_err() && self.sender.is_none() {
            tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
        }
        outcome
    }

    async fn send(&mut self, exchange: Exchange, workload: &dyn Workload) -> Result<(), String> {
        let Exchange {
            kind,
            mut request,
            expected,
        } = exchange;
        request.headers_mut().insert(HOST, self.host.clone());
        let mut sender = match self.sender.take() {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        // A server may close an idle connection at any time; that is no failure of the request.
        if sender.ready().await.is_err() {
            sender = self.connect().await?;
        }
        let broken = |_| "connection broken".to_owned();
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(broken)?.to_bytes();
        self.sender = Some(sender);
        if let Some(fault) = fault(&expected, status, &body) {
            return Err(fault);
        }
        workload.answered(&Answer {
            kind,
            status,
            body: &body,
            at: std::time::Instant::now(),
        });
        Ok(())
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let refused = |_| "connection refused".to_owned();
        let stream = TcpStream::connect(self.target.address).await.map_err(refused)?;
        stream.set_nodelay(true).map_err(refused)?;
        let (sender, driver) = handshake(TokioIo::new(stream))
            .await
            .map_err(|_| "connection broken".to_owned())?;
        tokio::spawn(driver);
        Ok(sender)
    }
}
