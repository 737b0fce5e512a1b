//! One request at a time, for what is not measured: asking whether a server is ready, and filling it before a run.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::error::BenchError;

const TIMEOUT: Duration = Duration::from_secs(10);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: String,
}

/// Whether a GET of `path` is answered with 200 at this moment.
#[must_use]
pub fn answers_ok(address: SocketAddr, path: &str) -> bool {
    get(address, path, &[]).is_ok_and(|reply| reply.status == 200)
}

/// Asks for `path`.
pub fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Reply, BenchError> {
    send(address, "GET", path, headers, "")
}

/// Sends a JSON body to `path`.
pub fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Result<Reply, BenchError> {
    let mut all = vec![("Content-Type", "application/json")];
    all.extend_from_slice(headers);
    send(address, "POST", path, &all, &body.to_string())
}

fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Reply, BenchError> {
    let what = format!("{method} http://{address}{path}");
    let exchange = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        let headers: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        // HTTP/1.0, so that the body comes in one piece and ends with the connection.
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len(),
            headers = headers.concat(),
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().map_err(BenchError::io(what.clone()))?;
    parse(&answer).ok_or_else(|| BenchError::invalid(what, "the answer is not HTTP"))
}

fn parse(answer: &[u8]) -> Option<Reply> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split_whitespace().nth(1)?;
    Some(Reply {
        status: status.parse().ok()?,
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_status_and_body() {
        let reply = parse(b"HTTP/1.1 201 Created\r\nA: b\r\n\r\n{\"a\":1}").unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (201, "{\"a\":1}"));
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"SSH-2.0\r\n\r\n"), None);
    }
}
