//! A proxy that spoils answers: what stands between a check and a service that is in order.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What was asked.
pub(super) struct Asked {
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// What is answered, to be spoilt.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// Spoils answers.
pub(super) type Spoil = dyn Fn(&Asked, &mut Reply) + Send + Sync;

/// A proxy before a service; dropped, it is gone.
pub(super) struct Proxy {
    /// Its port on loopback.
    pub(super) port: u16,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// One before the service at `target`.
    pub(super) async fn start(target: String, spoil: Arc<Spoil>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (target, spoil, http) = (target.clone(), Arc::clone(&spoil), http.clone());
                let service = hyper::service::service_fn(move |request| {
                    let (target, spoil, http) = (target.clone(), Arc::clone(&spoil), http.clone());
                    async move { Ok::<_, Infallible>(pass_on(&http, &target, &*spoil, request).await) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { port, accepting }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass_on(
    http: &reqwest::Client,
    target: &str,
    spoil: &Spoil,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let path = parts
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let mut headers = parts.headers.clone();
    // The service answers under its own name alone.
    headers.remove("host");
    let sent = http
        .request(parts.method.clone(), format!("{target}{path}"))
        .headers(headers)
        .body(body.clone());
    let answer = sent.send().await.expect("an answer of the service");
    let mut reply = Reply {
        status: answer.status(),
        headers: answer.headers().clone(),
        body: answer.text().await.expect("a body"),
    };
    let asked = Asked {
        method: parts.method,
        path,
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    spoil(&asked, &mut reply);
    // The length is that of the body as it was.
    reply.headers.remove("content-length");
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}
