//! One line a request.

use std::time::Instant;

use poem::Response;

use super::route_table::Route;
use super::{Exchange, RequestIdentity};

/// The longest path that is logged, in characters: only unknown ones are, and anybody can send those.
const PATH_LENGTH_MAX: usize = 200;

/// The status of a request whose client went away before its answer: none of HTTP's, but what proxies write for it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// The line of one request, written when it is dropped: also when nobody waits for the answer any more and the work on it is dropped.
pub(super) struct Line<'a> {
    exchange: &'a Exchange,
    route: Option<&'a Route>,
    started: Instant,
    status: u16,
    is_stream: bool,
}

impl<'a> Line<'a> {
    pub(super) fn begin(exchange: &'a Exchange, route: Option<&'a Route>) -> Self {
        Self {
            exchange,
            route,
            started: Instant::now(),
            status: CLIENT_CLOSED_REQUEST,
            is_stream: false,
        }
    }

    /// Writes that there is an answer.
    pub(super) fn answered(mut self, response: &Response) {
        self.status = response.status().as_u16();
        self.is_stream = response.content_type() == Some("text/event-stream");
    }
}

impl Drop for Line<'_> {
    /// Never the query, headers or body: they hold names and tokens.
    fn drop(&mut self) {
        let status = self.status;
        let method = self.exchange.method.as_str();
        // A template holds no ids; without one the path is all there is.
        let route = self
            .route
            .map_or_else(|| printable(&self.exchange.path), |route| route.template.clone());
        let duration_ms = (self.started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        // Of an answer that goes on this is the start, and the duration is that until then.
        let is_start = self.is_stream.then_some(true);
        let RequestIdentity {
            correlation_id,
            trace_id,
            ..
        } = &self.exchange.identity;
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    method, route, status, duration_ms, is_start, correlation_id = %correlation_id, trace_id, "request"
                )
            };
        }
        if status >= 500 {
            line!(warn);
        } else if route.starts_with("/health/") {
            // Probes come every second and say nothing as long as they succeed.
            line!(debug);
        } else {
            line!(info);
        }
    }
}

/// `text` without control characters, cut to what a log can bear.
fn printable(text: &str) -> String {
    text.chars()
        .take(PATH_LENGTH_MAX)
        .flat_map(char::escape_default)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use poem::http::{HeaderMap, Method};
    use serde_json::Value;

    use super::super::identify;
    use super::*;
    use crate::environment::SystemEnvironment;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(end: impl FnOnce(Line<'_>)) -> Value {
        let exchange = Exchange {
            identity: identify(&HeaderMap::new(), &SystemEnvironment),
            method: Method::GET,
            path: "/events".to_owned(),
        };
        let memory = Memory::default();
        let writer = memory.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || end(Line::begin(&exchange, None)));
        let lines = memory.0.lock().unwrap().clone();
        serde_json::from_slice(&lines).unwrap()
    }

    #[test]
    fn a_request_leaves_one_line_however_it_ends() {
        let answered = logged(|line| line.answered(&Response::builder().finish()));
        assert_eq!(answered["status"], 200);
        assert_eq!(answered.get("is_start"), None);
        let stream = Response::builder().content_type("text/event-stream").finish();
        assert_eq!(logged(|line| line.answered(&stream))["is_start"], true);
        let given_up = logged(|line| drop(line));
        assert_eq!(
            (&given_up["status"], &given_up["message"]),
            (&499.into(), &"request".into())
        );
    }

    #[test]
    fn a_path_cannot_write_a_line_of_its_own() {
        assert_eq!(printable("/a\r\nb\u{1b}[31m"), "/a\\r\\nb\\u{1b}[31m");
        assert_eq!(printable(&"x".repeat(1000)).len(), PATH_LENGTH_MAX);
    }
}
