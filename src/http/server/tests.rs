//! Real sockets; the limits are short so that the tests are.

use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::Stream;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use poem::EndpointExt as _;
use poem::Request;
use poem::http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::*;

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(30);

fn options() -> ServerOptions {
    let limits = LimitSettings {
        connections: 8,
        concurrent_requests: 8,
        event_streams: 8,
        first_byte_timeout: LONG,
        header_timeout: LONG,
        body_timeout: LONG,
        keep_alive_timeout: LONG,
        write_timeout: LONG,
    };
    ServerOptions {
        limits,
        drain_timeout: LONG,
    }
}

fn limited(change: impl FnOnce(&mut LimitSettings)) -> ServerOptions {
    let mut options = options();
    change(&mut options.limits);
    options
}

struct Running {
    address: SocketAddr,
    drain: CancellationToken,
    task: JoinHandle<Drained>,
}

impl Running {
    async fn start(options: ServerOptions, endpoint: impl Endpoint<Output = Response> + 'static) -> Self {
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), "ROLLCALL_LISTEN")
            .await
            .unwrap();
        let address = server.local_address();
        let drain = CancellationToken::new();
        let task = tokio::spawn(server.serve(endpoint, options, drain.clone()));
        Self { address, drain, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn drained(self) -> Drained {
        self.drain.cancel();
        self.task.await.unwrap()
    }
}

fn hello() -> impl Endpoint<Output = Response> {
    poem::endpoint::make(|_: Request| async { "hello" }).map_to_response()
}

/// An endpoint that says when it began and answers when it may.
fn gated(begun: Arc<Notify>, gate: Arc<Notify>) -> impl Endpoint<Output = Response> {
    poem::endpoint::make(move |_: Request| {
        let (begun, gate) = (begun.clone(), gate.clone());
        async move {
            begun.notify_one();
            gate.notified().await;
            "done"
        }
    })
    .map_to_response()
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Everything until the server closes; a reset closes too.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut bytes = [0; 1024];
        let length = stream.read(&mut bytes).await.unwrap();
        assert_ne!(length, 0, "closed after {text}");
        text.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
    }
    text
}

/// What is sent is followed by silence: the server has to close, soon and not at once.
async fn check_cut(options: ServerOptions, sent: &str) {
    let server = Running::start(options, hello()).await;
    let mut stream = server.connect().await;
    send(&mut stream, sent).await;
    let started = Instant::now();
    let answer = tokio::time::timeout(LONG / 2, rest(&mut stream))
        .await
        .expect("cut");
    assert_eq!(answer, "");
    assert!(
        started.elapsed() >= SHORT / 2,
        "cut too early: {:?}",
        started.elapsed()
    );
    assert_eq!(server.drained().await.cut_connections, 0);
}

#[tokio::test]
async fn a_silent_client_is_cut() {
    check_cut(limited(|limits| limits.first_byte_timeout = SHORT), "").await;
}

#[tokio::test]
async fn slow_headers_are_cut() {
    check_cut(
        limited(|limits| limits.header_timeout = SHORT),
        "GET / HTTP/1.1\r\nHost: a\r\n",
    )
    .await;
}

#[tokio::test]
async fn half_an_http2_preface_is_cut() {
    check_cut(
        limited(|limits| limits.header_timeout = SHORT),
        "PRI * HTTP/2.0\r\n",
    )
    .await;
}

#[tokio::test]
async fn headers_that_trickle_are_cut_all_the_same() {
    let server = Running::start(limited(|limits| limits.header_timeout = SHORT), hello()).await;
    let mut stream = server.connect().await;
    let (mut reader, mut writer) = stream.split();
    send_slowly_until_closed(&mut writer, &mut reader).await;
}

async fn send_slowly_until_closed(
    writer: &mut (impl tokio::io::AsyncWrite + Unpin),
    reader: &mut (impl tokio::io::AsyncRead + Unpin),
) {
    let trickle = async {
        writer.write_all(b"GET / HTTP/1.1\r\n").await?;
        loop {
            writer.write_all(b"X-A: b\r\n").await?;
            tokio::time::sleep(SHORT / 10).await;
        }
        #[expect(unreachable_code, reason = "names the type of the block")]
        io::Result::Ok(())
    };
    let mut bytes = Vec::new();
    tokio::select! {
        _ = trickle => {}
        _ = reader.read_to_end(&mut bytes) => {}
        () = tokio::time::sleep(LONG / 2) => panic!("the connection stayed open"),
    }
    assert_eq!(bytes, b"");
}

#[tokio::test]
async fn an_idle_connection_is_kept_for_its_own_time() {
    let server = Running::start(
        limited(|limits| {
            limits.first_byte_timeout = SHORT / 3;
            limits.header_timeout = SHORT / 3;
            limits.keep_alive_timeout = SHORT * 3;
        }),
        hello(),
    )
    .await;
    let mut stream = server.connect().await;
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    until(&mut stream, "hello").await;
    // Longer than the header timeout, shorter than the idle one.
    tokio::time::sleep(SHORT).await;
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    until(&mut stream, "hello").await;
    assert_eq!(
        tokio::time::timeout(LONG / 2, rest(&mut stream))
            .await
            .expect("cut"),
        ""
    );
}

#[tokio::test]
async fn a_slow_body_is_cut() {
    let endpoint = poem::endpoint::make(|mut request: Request| async move {
        match request.take_body().into_bytes().await {
            Err(_) => StatusCode::BAD_REQUEST,
            Ok(_) => StatusCode::OK,
        }
    })
    .map_to_response();
    let server = Running::start(limited(|limits| limits.body_timeout = SHORT), endpoint).await;
    let mut stream = server.connect().await;
    send(
        &mut stream,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
    )
    .await;
    let answer = tokio::time::timeout(LONG / 2, rest(&mut stream))
        .await
        .expect("closed");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

/// A body without end that tells when it is dropped.
struct Endless(Option<oneshot::Sender<()>>);

impl Stream for Endless {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Ok(Bytes::from_static(&[b'x'; 4096]))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            let _ = sender.send(());
        }
    }
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut() {
    let (sender, dropped) = oneshot::channel();
    let sender = Mutex::new(Some(sender));
    let endpoint = poem::endpoint::make_sync(move |_: Request| {
        Response::builder().body(poem::Body::from_bytes_stream(Endless(
            sender.lock().unwrap().take(),
        )))
    });
    let server = Running::start(limited(|limits| limits.write_timeout = SHORT), endpoint).await;
    let mut stream = server.connect().await;
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    tokio::time::timeout(LONG / 2, dropped)
        .await
        .expect("cut")
        .unwrap();
}

/// A client of HTTP/2 with so much room for each answer.
async fn http2_client(
    server: &Running,
    window: Option<u32>,
) -> hyper::client::conn::http2::SendRequest<Empty<Bytes>> {
    let io = TokioIo::new(server.connect().await);
    let (client, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(window)
        .handshake(io)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

fn get() -> hyper::Request<Empty<Bytes>> {
    hyper::Request::get("http://a/")
        .body(Empty::<Bytes>::new())
        .unwrap()
}

#[tokio::test]
async fn an_http2_client_that_stops_reading_is_cut() {
    let (sender, dropped) = oneshot::channel();
    let sender = Mutex::new(Some(sender));
    let endpoint = poem::endpoint::make_sync(move |_: Request| {
        Response::builder().body(poem::Body::from_bytes_stream(Endless(
            sender.lock().unwrap().take(),
        )))
    });
    let server = Running::start(limited(|limits| limits.write_timeout = SHORT), endpoint).await;
    let mut client = http2_client(&server, None).await;
    // It answers pings and keeps its stream; it only makes no room.
    let response = client.send_request(get()).await.unwrap();
    tokio::time::timeout(LONG / 2, dropped)
        .await
        .expect("cut")
        .unwrap();
    drop(response);
}

#[tokio::test]
async fn an_http2_client_without_room_from_the_start_is_cut() {
    let server = Running::start(limited(|limits| limits.write_timeout = SHORT), hello()).await;
    let mut client = http2_client(&server, Some(0)).await;
    let response = client.send_request(get()).await.unwrap();
    let body = tokio::time::timeout(LONG / 2, response.into_body().collect()).await;
    assert!(body.expect("cut").is_err());
}

#[tokio::test]
async fn an_answer_that_has_nothing_to_say_yet_is_not_cut() {
    let endpoint = poem::endpoint::make_sync(|_: Request| {
        let first = futures_util::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"one"))]);
        let late = futures_util::stream::once(async {
            tokio::time::sleep(SHORT * 3).await;
            Ok(Bytes::from_static(b"two"))
        });
        Response::builder().body(poem::Body::from_bytes_stream(futures_util::StreamExt::chain(
            first, late,
        )))
    });
    let server = Running::start(limited(|limits| limits.write_timeout = SHORT), endpoint).await;
    let mut client = http2_client(&server, None).await;
    let response = client.send_request(get()).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "onetwo");
}

#[tokio::test]
async fn at_the_cap_nothing_more_is_accepted() {
    let server = Running::start(limited(|limits| limits.connections = 1), hello()).await;
    let mut first = server.connect().await;
    send(&mut first, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    until(&mut first, "hello").await;
    let mut second = server.connect().await;
    send(&mut second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let early = tokio::time::timeout(SHORT, second.readable()).await;
    assert!(early.is_err(), "answered over the cap");
    drop(first);
    until(&mut second, "hello").await;
}

#[tokio::test]
async fn a_drain_lets_requests_finish_and_accepts_no_more() {
    let (begun, gate) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = Running::start(options(), gated(begun.clone(), gate.clone())).await;
    let mut stream = server.connect().await;
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    begun.notified().await;
    server.drain.cancel();
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    gate.notify_one();
    let answer = rest(&mut stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("done"),
        "{answer}"
    );
    assert!(
        answer.to_ascii_lowercase().contains("connection: close"),
        "{answer}"
    );
    assert_eq!(server.drained().await, Drained { cut_connections: 0 });
}

#[tokio::test]
async fn a_drain_cuts_what_does_not_finish() {
    let begun = Arc::new(Notify::new());
    let mut options = options();
    options.drain_timeout = SHORT;
    let server = Running::start(options, gated(begun.clone(), Arc::new(Notify::new()))).await;
    let mut stream = server.connect().await;
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    begun.notified().await;
    assert_eq!(server.drained().await, Drained { cut_connections: 1 });
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_drain_does_not_wait_for_idle_or_silent_connections() {
    let server = Running::start(options(), hello()).await;
    let silent = server.connect().await;
    let mut idle = server.connect().await;
    send(&mut idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    until(&mut idle, "hello").await;
    let drained = tokio::time::timeout(LONG / 2, server.drained())
        .await
        .expect("drained at once");
    assert_eq!(drained.cut_connections, 0);
    drop(silent);
}

#[tokio::test]
async fn a_drain_ends_an_event_stream_properly() {
    let endpoint = poem::endpoint::make_sync(|_: Request| {
        let first = futures_util::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"data: 1\n\n"))]);
        let events = futures_util::StreamExt::chain(first, futures_util::stream::pending());
        Response::builder()
            .content_type("text/event-stream")
            .body(poem::Body::from_bytes_stream(events))
    });
    let server = Running::start(options(), endpoint).await;
    let mut stream = server.connect().await;
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    until(&mut stream, "data: 1\n\n\r\n").await;
    let drained = tokio::time::timeout(LONG / 2, server.drained())
        .await
        .expect("drained at once");
    assert_eq!(drained.cut_connections, 0);
    assert_eq!(rest(&mut stream).await, "0\r\n\r\n", "the end of a chunked body");
}

#[tokio::test]
async fn http2_with_prior_knowledge_is_served_on_the_same_port() {
    let server = Running::start(limited(|limits| limits.keep_alive_timeout = SHORT), hello()).await;
    let io = TokioIo::new(server.connect().await);
    let (mut client, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    for _ in 0..2 {
        let request = hyper::Request::get("http://a/")
            .body(Empty::<Bytes>::new())
            .unwrap();
        let response = client.send_request(request).await.unwrap();
        assert_eq!(response.version(), hyper::Version::HTTP_2);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    }
    tokio::time::timeout(LONG / 2, connection)
        .await
        .expect("closed when idle")
        .unwrap()
        .ok();
}

#[tokio::test]
async fn an_address_in_use_is_said_plainly() {
    let first = Server::bind("127.0.0.1:0".parse().unwrap(), "ROLLCALL_LISTEN")
        .await
        .unwrap();
    let address = first.local_address();
    assert_ne!(address.port(), 0);
    assert_eq!(
        Server::bind(address, "ROLLCALL_LISTEN")
            .await
            .unwrap_err()
            .to_string(),
        format!(
            "cannot listen on {address}: it is in use; stop what uses it, or choose another with ROLLCALL_LISTEN"
        )
    );
}

#[test]
fn a_lack_of_descriptors_makes_the_loop_pause_longer_and_longer() {
    let mut failures = 0;
    let too_many_open_files = io::Error::from_raw_os_error(24);
    let pauses: Vec<_> = (0..9)
        .map(|_| {
            pause_after(&too_many_open_files, &mut failures)
                .unwrap()
                .as_millis()
        })
        .collect();
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    assert_eq!(
        pause_after(&io::ErrorKind::ConnectionAborted.into(), &mut failures),
        None
    );
}
