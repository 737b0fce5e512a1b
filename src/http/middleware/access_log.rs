//! One line a request.

use std::time::Duration;

use poem::http::{Method, StatusCode};

use super::RequestIdentity;
use super::route_table::Route;

/// The longest path that is logged, in characters: only unknown ones are, and anybody can send those.
const PATH_LENGTH_MAX: usize = 200;

/// Logs that a request was answered. Never its query, headers or body: they hold names and tokens.
pub(super) fn write(
    method: &Method,
    route: Option<&Route>,
    path: &str,
    status: StatusCode,
    duration: Duration,
    identity: &RequestIdentity,
) {
    let method = method.as_str();
    // A template holds no ids; without one the path is all there is.
    let route = route.map_or_else(|| printable(path), |route| route.template.clone());
    let status = status.as_u16();
    let duration_ms = (duration.as_secs_f64() * 1e6).round() / 1e3;
    let RequestIdentity {
        correlation_id,
        trace_id,
        ..
    } = identity;
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                method, route, status, duration_ms, correlation_id = %correlation_id, trace_id, "request"
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

/// `text` without control characters, cut to what a log can bear.
fn printable(text: &str) -> String {
    text.chars()
        .take(PATH_LENGTH_MAX)
        .flat_map(char::escape_default)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_write_a_line_of_its_own() {
        assert_eq!(printable("/a\r\nb\u{1b}[31m"), "/a\\r\\nb\\u{1b}[31m");
        assert_eq!(printable(&"x".repeat(1000)).len(), PATH_LENGTH_MAX);
    }
}
