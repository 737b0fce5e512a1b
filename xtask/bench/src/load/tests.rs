//! Both loops against a server that stalls.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::*;

/// How long the server stands still once.
const STALL: Duration = Duration::from_secs(1);

/// A server that answers every request at once with `{"name":"x"}`, but once, as a whole, stands still.
struct StallingServer {
    address: SocketAddr,
}

impl StallingServer {
    async fn start(status: &'static str, stall_after: Option<Duration>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stalls, stalled) = watch::channel(false);
        tokio::spawn(async move {
            if let Some(pause) = stall_after {
                tokio::time::sleep(pause).await;
                stalls.send_replace(true);
                tokio::time::sleep(STALL).await;
            }
            stalls.send_replace(false);
            stalls.closed().await;
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, status, stalled.clone()));
            }
        });
        Self { address }
    }

    fn target(&self) -> Target {
        Target {
            address: self.address,
        }
    }
}

async fn serve(mut stream: TcpStream, status: &'static str, mut stalled: watch::Receiver<bool>) {
    let mut request = vec![0; 4096];
    while stream.read(&mut request).await.is_ok_and(|count| count > 0) {
        if stalled.wait_for(|is_stalled| !is_stalled).await.is_err() {
            return;
        }
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 12\r\n\r\n{{\"name\":\"x\"}}");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

struct AskForX;

impl Workload for AskForX {
    fn kinds(&self) -> Vec<&'static str> {
        vec!["ask"]
    }

    fn exchange(&self, _turn: u64) -> Exchange {
        Exchange {
            kind: 0,
            request: Request::get("/").body(Full::new(Bytes::new())).unwrap(),
            expected: Expected {
                status: 200,
                member: Some(("name", "x".to_owned())),
            },
        }
    }
}

fn open(rate: f64) -> OpenLoop {
    OpenLoop {
        rate,
        arrivals: Arrivals::Constant,
        connections: 4,
        warm_up: Duration::ZERO,
        duration: Duration::from_secs(3),
    }
}

fn closed(connections: usize) -> ClosedLoop {
    ClosedLoop {
        connections,
        warm_up: Duration::ZERO,
        duration: Duration::from_secs(3),
    }
}

/// A third of the requests were due while the server stood still. The closed loop, the control, does not notice: it asked
/// once per connection in that time.
#[tokio::test]
async fn a_stall_shows_in_the_open_loop_and_hides_in_the_closed_one() {
    let stall_after = Some(Duration::from_millis(500));
    let server = StallingServer::start("200 OK", stall_after).await;
    let measured = run_open(server.target(), Arc::new(AskForX), open(200.0)).await;
    assert_eq!(measured.error_count(), 0, "{:?}", measured.errors());
    let open_p99 = measured.latencies().percentile_ms(99.0);
    assert!(open_p99 > 800.0, "p99 of the open loop: {open_p99} ms");

    let server = StallingServer::start("200 OK", stall_after).await;
    let measured = run_closed(server.target(), Arc::new(AskForX), closed(2)).await;
    assert_eq!(measured.error_count(), 0, "{:?}", measured.errors());
    let latencies = measured.latencies();
    assert!(
        latencies.max_ms() > 800.0,
        "the stall was met: {} ms",
        latencies.max_ms()
    );
    let p99 = latencies.percentile_ms(99.0);
    assert!(p99 < open_p99 / 2.0, "p99 of the closed loop: {p99} ms");
}

#[tokio::test]
async fn the_open_loop_asks_as_often_as_the_schedule_says() {
    let server = StallingServer::start("200 OK", None).await;
    let setting = OpenLoop {
        warm_up: Duration::from_millis(250),
        duration: Duration::from_millis(500),
        ..open(400.0)
    };
    let measured = run_open(server.target(), Arc::new(AskForX), setting).await;
    // Those due at 252.5 ms to 747.5 ms, and the one at the border.
    assert!(measured.latencies().count().abs_diff(200) <= 1, "{measured:?}");
    assert_eq!(measured.kinds[0].good_count, measured.latencies().count());
}

#[tokio::test]
async fn wrong_answers_are_errors_and_no_throughput() {
    let server = StallingServer::start("503 Service Unavailable", None).await;
    let setting = ClosedLoop {
        duration: Duration::from_millis(200),
        ..closed(2)
    };
    let measured = run_closed(server.target(), Arc::new(AskForX), setting).await;
    assert!(measured.throughput().abs() < f64::EPSILON);
    assert!((measured.error_share() - 1.0).abs() < f64::EPSILON);
    let errors = measured.errors();
    assert_eq!(errors.keys().collect::<Vec<_>>(), ["status 503 instead of 200"]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_and_no_idle_loop() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target {
        address: listener.local_addr().unwrap(),
    };
    drop(listener);
    let setting = ClosedLoop {
        duration: Duration::from_millis(200),
        ..closed(2)
    };
    let measured = run_closed(target, Arc::new(AskForX), setting).await;
    let refused = measured.errors()["connection refused"];
    assert!((1..=60).contains(&refused), "{refused} attempts");
}

#[test]
fn percentiles_are_exact_to_three_digits() {
    let mut latencies = Latencies::new();
    for milliseconds in 1..=1000 {
        latencies.record(Duration::from_millis(milliseconds));
    }
    for (percentile, expected) in [(50.0, 500.0), (95.0, 950.0), (99.0, 990.0), (100.0, 1000.0)] {
        let found: f64 = latencies.percentile_ms(percentile);
        assert!(
            (found / expected - 1.0).abs() < 0.001,
            "p{percentile} is {found} ms"
        );
    }
    let mut other = Latencies::new();
    other.record(Duration::from_secs(999));
    latencies.merge(&other);
    assert_eq!(latencies.count(), 1001);
    assert!(
        (latencies.max_ms() / 120_000.0 - 1.0).abs() < 0.001,
        "longer ones count as the longest"
    );
}
