//! How long a connection may be in each of its phases.
//!
//! Hyper has a header timeout of its own, but it runs while a kept-alive connection is idle too, and not while the two
//! versions of HTTP are told apart: a connection that sends `PRI` and then nothing would stay forever. So the bytes are
//! watched here, for both versions alike, and hyper's timeout is off.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::Version;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The limits of the phases.
#[derive(Debug, Clone, Copy)]
pub(super) struct PhaseTimeouts {
    pub(super) first_byte: Duration,
    pub(super) header: Duration,
    pub(super) keep_alive: Duration,
    pub(super) write: Duration,
}

/// Where a connection is, from one request to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing came yet.
    Silent,
    /// A request began; its headers are not complete.
    Head,
    /// At least one request is being answered.
    Busy,
    /// The last answer is given.
    Idle,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    requests: usize,
    is_http2: bool,
    write_blocked_since: Option<Instant>,
    /// The answers over HTTP/2 of which the client takes nothing, by the number of their request, and since when.
    untaken: BTreeMap<u64, Instant>,
    request_count: u64,
}

/// What is known of one connection; shared by its socket, its requests and its task.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    state: Arc<Mutex<State>>,
    timeouts: PhaseTimeouts,
}

impl Watch {
    pub(super) fn new(timeouts: PhaseTimeouts) -> Self {
        let state = State {
            phase: Phase::Silent,
            since: Instant::now(),
            requests: 0,
            is_http2: false,
            write_blocked_since: None,
            untaken: BTreeMap::new(),
            request_count: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            timeouts,
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A request is being answered until the returned guard is dropped.
    pub(super) fn begin_request(&self, version: Version) -> RequestGuard {
        let number = self.with(|state| {
            state.is_http2 = version == Version::HTTP_2;
            state.requests += 1;
            state.enter(Phase::Busy);
            state.request_count += 1;
            state.request_count
        });
        RequestGuard {
            watch: self.clone(),
            number,
        }
    }

    /// When the connection has to be closed unless something happens first, and why.
    fn deadline(&self) -> Option<(Instant, &'static str)> {
        self.with(|state| {
            let phase = match state.phase {
                Phase::Silent => Some((state.since + self.timeouts.first_byte, "no request came")),
                Phase::Head => Some((state.since + self.timeouts.header, "the headers took too long")),
                Phase::Idle => Some((state.since + self.timeouts.keep_alive, "idle")),
                Phase::Busy => None,
            };
            let write = state
                .write_blocked_since
                .into_iter()
                .chain(state.untaken.values().copied())
                .min()
                .map(|since| (since + self.timeouts.write, "the client stopped reading"));
            [phase, write].into_iter().flatten().min_by_key(|(at, _)| *at)
        })
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }

    fn bytes_came(&mut self) {
        match self.phase {
            Phase::Silent => self.enter(Phase::Head),
            // Over HTTP/2 they may be a ping or a window update as well.
            Phase::Idle if !self.is_http2 => self.enter(Phase::Head),
            _ => {}
        }
    }

    fn bytes_went(&mut self) {
        self.write_blocked_since = None;
        // The answer's last bytes go out after its body was handed over.
        if self.phase == Phase::Idle {
            self.since = Instant::now();
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct RequestGuard {
    watch: Watch,
    number: u64,
}

impl RequestGuard {
    /// The answer, or a part of it, is there for the client to take.
    ///
    /// Over HTTP/2 a client that gives its stream no window leaves the socket writable, so that no write ever blocks; but
    /// hyper comes back for the next part only when the client made room. Over HTTP/1 the socket tells.
    pub(super) fn offered(&self) {
        self.watch.with(|state| {
            if state.is_http2 {
                state.untaken.insert(self.number, Instant::now());
            }
        });
    }

    /// The client took it, and the next part is asked for.
    pub(super) fn taken(&self) {
        self.watch.with(|state| state.untaken.remove(&self.number));
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.watch.with(|state| {
            state.untaken.remove(&self.number);
            state.requests = state.requests.saturating_sub(1);
            if state.requests == 0 {
                state.enter(Phase::Idle);
            }
        });
    }
}

/// Ends when the connection's time is over. To be polled after the connection itself, whose poll moves the phases.
pub(super) struct Expiry {
    watch: Watch,
    sleep: Pin<Box<Sleep>>,
}

impl Expiry {
    pub(super) fn new(watch: Watch) -> Self {
        let at = watch.deadline().map_or_else(Instant::now, |(at, _)| at);
        Self {
            watch,
            sleep: Box::pin(tokio::time::sleep_until(at)),
        }
    }

    /// Ready with the reason.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<&'static str> {
        // A deadline that moved away needs no reset: the sleep ends too early, looks, and sleeps on.
        if let Some((at, _)) = self.watch.deadline()
            && at < self.sleep.deadline()
        {
            self.sleep.as_mut().reset(at);
        }
        loop {
            ready!(self.sleep.as_mut().poll(context));
            let now = Instant::now();
            match self.watch.deadline() {
                Some((at, reason)) if at <= now => return Poll::Ready(reason),
                Some((at, _)) => self.sleep.as_mut().reset(at),
                // Over HTTP/2 an answer ends in another task, without a word to this one: look again.
                None => self.sleep.as_mut().reset(now + self.watch.timeouts.keep_alive),
            }
        }
    }
}

/// A socket that tells its [`Watch`] what comes and goes.
pub(super) struct WatchedIo<S> {
    inner: S,
    watch: Watch,
}

impl<S> WatchedIo<S> {
    pub(super) fn new(inner: S, watch: Watch) -> Self {
        Self { inner, watch }
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Pending => self.watch.with(|state| {
                state.write_blocked_since.get_or_insert_with(Instant::now);
            }),
            Poll::Ready(Ok(_)) => self.watch.with(State::bytes_went),
            Poll::Ready(Err(_)) => {}
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.inner).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.watch.with(State::bytes_came);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedIo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.wrote(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
