//! Reading a request's body.

use std::io;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use hyper::body::Body as _;

/// Why a body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadBodyError {
    /// It has more bytes than the operation takes.
    TooLarge,
    /// It did not arrive in time.
    TimedOut,
    /// The client went away, or sent what is no HTTP.
    Broken,
}

/// Reads all of `body`, at most `limit_bytes`.
///
/// The bytes are counted as they come: `Content-Length` is what a client says, and a chunked body has none.
pub(crate) async fn read_body(body: poem::Body, limit_bytes: usize) -> Result<Bytes, ReadBodyError> {
    let mut body: BoxBody<Bytes, io::Error> = body.into();
    if body.size_hint().lower() > u64::try_from(limit_bytes).unwrap_or(u64::MAX) {
        return Err(ReadBodyError::TooLarge);
    }
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| read_error(&error))?.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > limit_bytes {
            return Err(ReadBodyError::TooLarge);
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

fn read_error(error: &io::Error) -> ReadBodyError {
    if error.kind() == io::ErrorKind::TimedOut {
        ReadBodyError::TimedOut
    } else {
        ReadBodyError::Broken
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
            assert!(matches!(read_body(body, 6).await, Err(ReadBodyError::TooLarge)));
        }
    }
}
