//! How long a request's body may take.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// `body`, which fails with [`io::ErrorKind::TimedOut`] when it has not ended after `timeout`.
pub(super) fn with_deadline(body: poem::Body, timeout: Duration) -> poem::Body {
    let timed = TimedBody {
        inner: body.into(),
        deadline: Box::pin(tokio::time::sleep(timeout)),
    };
    poem::Body::from(BoxBody::new(timed))
}

struct TimedBody {
    inner: BoxBody<Bytes, io::Error>,
    deadline: Pin<Box<Sleep>>,
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) {
            return Poll::Ready(frame);
        }
        self.deadline
            .as_mut()
            .poll(context)
            .map(|()| Some(Err(io::ErrorKind::TimedOut.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_body_that_does_not_end_is_cut() {
        let endless = poem::Body::from_bytes_stream(stream::pending::<Result<Bytes, io::Error>>());
        let timed = with_deadline(endless, Duration::from_millis(20));
        let body: BoxBody<Bytes, io::Error> = timed.into();
        let error = body.collect().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
