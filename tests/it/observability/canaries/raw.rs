//! A client that sends whatever it is given: no library would send all of it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::wait;

/// A request, byte by byte.
#[derive(Debug, Clone, Default)]
pub(super) struct RawRequest {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct RawAnswer {
    /// 0 where there was none.
    pub(super) status: u16,
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
}

impl RawAnswer {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let lines = self.headers.lines();
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        fields
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    }
}

/// Sends it, and reads what comes.
pub(super) async fn send(port: u16, request: &RawRequest) -> RawAnswer {
    let mut bytes = format!(
        "{} {} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\ncontent-length: {}\r\n",
        request.method,
        request.target,
        request.body.len()
    )
    .into_bytes();
    for (name, value) in &request.headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&request.body);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connect");
    // A server that refuses a head may close before it has read all of it.
    let _ = stream.write_all(&bytes).await;
    let limit: Duration = wait::PATIENCE;
    tokio::time::timeout(limit, read(&mut stream))
        .await
        .unwrap_or_else(|_| panic!("no answer to {request:?}"))
}

/// Reads up to the end of the body, or of the connection; of an answer without a length the head alone.
async fn read(stream: &mut TcpStream) -> RawAnswer {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.unwrap_or(0);
        bytes.extend_from_slice(&chunk[..count]);
        let answer = parse(&bytes);
        let is_whole = answer.status != 0
            && answer
                .header("content-length")
                .is_none_or(|length| length.parse() == Ok(answer.body.len()));
        if is_whole || count == 0 {
            return answer;
        }
    }
}

fn parse(bytes: &[u8]) -> RawAnswer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end else {
        return RawAnswer {
            status: 0,
            headers: String::new(),
            body: Vec::new(),
        };
    };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let (first, headers) = head.split_once("\r\n").unwrap_or((&head, ""));
    RawAnswer {
        status: first
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0),
        headers: headers.to_owned(),
        body: bytes[end + 4..].to_vec(),
    }
}
