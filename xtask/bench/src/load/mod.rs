//! The load generator.
//!
//! There are two kinds of load, and they answer different questions. In a *closed loop* each connection sends its next
//! request when the last one is answered: it shows what the server can do at most, but a server that stalls is simply
//! asked less, so its percentiles flatter. In an *open loop* requests arrive by a schedule that does not care how the
//! server feels, and each latency counts from the moment at which the request *should* have been sent; a stall shows in
//! every request that was due while it lasted. (The effect is known as coordinated omission.)
//!
//! The generator shares the machine with what it measures. It is one thread and one more that keeps the time in the open
//! loop, and says how much of the processors it took itself.

mod check;
mod closed;
mod connection;
mod open;
mod pace;
mod recorder;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;

pub use closed::{ClosedLoop, run_closed};
pub use open::{OpenLoop, run_open};
pub use pace::Arrivals;
pub use recorder::{KindMeasurement, Latencies, Measurement};

/// How long one request may take before it counts as an error.
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(10);

/// One request and what its answer must be.
#[derive(Debug)]
pub struct Exchange {
    /// Which of [`Workload::kinds`] it is counted under.
    pub kind: usize,
    /// The request, with path and headers; `Host` is added.
    pub request: Request<Full<Bytes>>,
    /// What the answer must be, so that a fast wrong one counts as an error.
    pub expected: Expected,
}

/// What an answer must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The status.
    pub status: u16,
    /// A member at the top of the JSON body and its text.
    pub member: Option<(&'static str, String)>,
}

/// An answer as it is shown to the workload that asked for it.
#[derive(Debug)]
pub struct Answer<'a> {
    /// Which of [`Workload::kinds`] it belongs to.
    pub kind: usize,
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: &'a [u8],
    /// When it was complete.
    pub at: std::time::Instant,
}

/// What is asked. It is shared by all connections.
pub trait Workload: Send + Sync + 'static {
    /// The names of the kinds of requests, under which answers are counted apart.
    fn kinds(&self) -> Vec<&'static str>;

    /// The request of this turn; turns count from 0 within one run.
    fn exchange(&self, turn: u64) -> Exchange;

    /// Told of every answer that was as expected, warm-up included. It holds the generator up, so it must be quick.
    fn answered(&self, _answer: &Answer<'_>) {}
}

/// Where the load goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The address of a server that speaks HTTP/1.1 without TLS.
    pub address: SocketAddr,
}
