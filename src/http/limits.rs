//! How much of a request's body is read, and for how long.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadBodyError {
    /// It has more bytes than the operation takes.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// What the operation takes.
        limit_bytes: usize,
    },
    /// It did not arrive in time.
    #[error("the body did not arrive in time")]
    TimedOut,
    /// The client went away, or sent what is no HTTP.
    #[error("the body broke off")]
    Broken(#[source] io::Error),
}

/// Reads all of `body`, at most `limit_bytes`.
///
/// The bytes are counted as they come: `Content-Length` is what a client says, and a chunked body has none.
pub async fn read_body(body: poem::Body, limit_bytes: usize) -> Result<Bytes, ReadBodyError> {
    let mut body: BoxBody<Bytes, io::Error> = body.into();
    let too_large = ReadBodyError::TooLarge { limit_bytes };
    if body.size_hint().lower() > u64::try_from(limit_bytes).unwrap_or(u64::MAX) {
        return Err(too_large);
    }
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(read_error)?.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > limit_bytes {
            return Err(too_large);
        }
        // Most bodies come in one piece, which is then not copied.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

fn read_error(error: io::Error) -> ReadBodyError {
    if error.kind() == io::ErrorKind::TimedOut {
        ReadBodyError::TimedOut
    } else {
        ReadBodyError::Broken(error)
    }
}

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

    use super::*;

    fn pieces(pieces: &[&'static str]) -> poem::Body {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, io::Error>(Bytes::from_static(piece.as_bytes())))
            .collect();
        poem::Body::from_bytes_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read() {
        assert_eq!(read_body(pieces(&["abc", "de", "f"]), 6).await.unwrap(), "abcdef");
        assert_eq!(read_body(poem::Body::from("abcdef"), 6).await.unwrap(), "abcdef");
        assert_eq!(read_body(poem::Body::empty(), 0).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_larger_one_is_refused_with_and_without_a_known_length() {
        for body in [pieces(&["abc", "de", "fg"]), poem::Body::from("abcdefg")] {
            assert!(matches!(
                read_body(body, 6).await,
                Err(ReadBodyError::TooLarge { limit_bytes: 6 })
            ));
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_end_is_cut() {
        let endless = poem::Body::from_bytes_stream(stream::pending::<Result<Bytes, io::Error>>());
        let timed = with_deadline(endless, Duration::from_millis(20));
        assert!(matches!(read_body(timed, 6).await, Err(ReadBodyError::TimedOut)));
    }
}
