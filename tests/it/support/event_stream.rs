//! A reader of server-sent events (WHATWG HTML, section 9.2).

use bytes::BytesMut;
use serde_json::Value;

use super::wait;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSentEvent {
    /// Its `id`: the position.
    pub id: String,
    /// Its `event`: the type.
    pub event: String,
    /// Its `data`: the `CloudEvent`.
    pub data: Value,
}

/// An open stream.
pub struct EventStream {
    response: reqwest::Response,
    buffer: BytesMut,
}

impl EventStream {
    pub(super) fn new(response: reqwest::Response) -> Self {
        Self {
            response,
            buffer: BytesMut::new(),
        }
    }

    /// The next event, passing over comments; panics if none comes or the stream ends.
    pub async fn next(&mut self) -> ServerSentEvent {
        tokio::time::timeout(wait::PATIENCE, self.read())
            .await
            .expect("an event in time")
            .expect("an event, not the end")
    }

    /// Reads until the service ends the stream, as it does when it drains; gives the events that were left.
    pub async fn rest(&mut self) -> Vec<ServerSentEvent> {
        let read = async {
            let mut events = Vec::new();
            while let Some(event) = self.read().await {
                events.push(event);
            }
            events
        };
        tokio::time::timeout(wait::PATIENCE, read)
            .await
            .expect("the end in time")
    }

    async fn read(&mut self) -> Option<ServerSentEvent> {
        loop {
            if let Some(event) = self.take_block().as_deref().and_then(parse) {
                return Some(event);
            }
            if !self.has_block() {
                self.buffer.extend_from_slice(&self.response.chunk().await.ok()??);
            }
        }
    }

    fn has_block(&self) -> bool {
        self.buffer.windows(2).any(|pair| pair == b"\n\n")
    }

    fn take_block(&mut self) -> Option<String> {
        let end = self.buffer.windows(2).position(|pair| pair == b"\n\n")?;
        let block = self.buffer.split_to(end + 2);
        Some(String::from_utf8(block.to_vec()).expect("server-sent events are UTF-8"))
    }
}

/// One block of lines; none when it holds only comments.
fn parse(block: &str) -> Option<ServerSentEvent> {
    let field = |name: &str| {
        let lines = block
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        lines
            .map(|value| value.strip_prefix(' ').unwrap_or(value))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let data = field("data");
    if data.is_empty() {
        return None;
    }
    let data =
        serde_json::from_str(&data).unwrap_or_else(|error| panic!("event data is no JSON ({error}): {data}"));
    Some(ServerSentEvent {
        id: field("id"),
        event: field("event"),
        data,
    })
}
