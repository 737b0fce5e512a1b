//! The body of an answer on its way out.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::watch::RequestGuard;

/// A body that keeps its connection busy as long as it lives, and that ends at the drain if it would not by itself.
pub(super) struct ResponseBody {
    inner: BoxBody<Bytes, io::Error>,
    drain: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    guard: RequestGuard,
}

/// `response` for hyper.
pub(super) fn convert(
    response: poem::Response,
    guard: RequestGuard,
    drain: &CancellationToken,
) -> hyper::Response<ResponseBody> {
    // Server-sent events go on until the client leaves; a drain would wait for them to the end of its time. Ended
    // properly, the client comes back to whoever serves next, with its `Last-Event-ID`.
    let is_endless = response
        .content_type()
        .is_some_and(|media| media.starts_with("text/event-stream"));
    let response: hyper::Response<BoxBody<Bytes, io::Error>> = response.into();
    guard.offered();
    response.map(|inner| ResponseBody {
        inner,
        drain: is_endless.then(|| Box::pin(drain.clone().cancelled_owned())),
        guard,
    })
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.guard.taken();
        if let Some(drain) = &mut self.drain
            && drain.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        let frame = Pin::new(&mut self.inner).poll_frame(context);
        if frame.is_ready() {
            self.guard.offered();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
