//! W3C Trace Context, level 1 (<https://www.w3.org/TR/trace-context-1/>), sections 3.2 and 3.3.

use std::fmt::Write as _;

use poem::http::HeaderMap;

use crate::environment::Environment;
use crate::telemetry::RemoteParent;

/// The longest `tracestate` that is kept, in characters (section 3.3.1.5 wants 512 kept, and no more).
const TRACE_STATE_LENGTH_MAX: usize = 512;

/// Where in a trace this request stands, for a process that tells nobody of spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TraceContext {
    /// 32 lower-case hexadecimal digits, not all zero.
    pub(super) trace_id: String,
    /// This service's own span: 16 such digits.
    span_id: String,
    /// Whether the caller records the trace.
    is_sampled: bool,
}

impl TraceContext {
    /// The trace of the caller, or a new one.
    pub(super) fn of(parent: Option<&RemoteParent<'_>>, environment: &dyn Environment) -> Self {
        Self {
            trace_id: parent.map_or_else(
                || random_hex(environment, 16),
                |parent| parent.trace_id.to_owned(),
            ),
            span_id: random_hex(environment, 8),
            is_sampled: parent.is_some_and(|parent| parent.is_sampled),
        }
    }

    /// The header for whatever continues this trace.
    pub(super) fn traceparent(&self) -> String {
        format!(
            "00-{}-{}-{:02x}",
            self.trace_id,
            self.span_id,
            u8::from(self.is_sampled)
        )
    }
}

/// The caller's span; none where it sent none, a malformed one or several.
pub(super) fn remote_parent(headers: &HeaderMap) -> Option<RemoteParent<'_>> {
    let mut values = headers.get_all("traceparent").iter();
    let parent = parse(values.next()?.to_str().ok()?)?;
    if values.next().is_some() {
        return None;
    }
    // Several headers are one list (section 3.3.1.1).
    let states = headers.get_all("tracestate").iter();
    let states: Option<Vec<&str>> = states.map(|state| state.to_str().ok()).collect();
    let trace_state = states.unwrap_or_default().join(",");
    Some(RemoteParent {
        trace_state: Some(trace_state)
            .filter(|state| state.len() <= TRACE_STATE_LENGTH_MAX)
            .unwrap_or_default(),
        ..parent
    })
}

/// The ids and the sampled flag of a `traceparent`.
///
/// A later version may append fields after a hyphen; of version 00 nothing but its own 55 characters is valid, and
/// version ff never is.
fn parse(text: &str) -> Option<RemoteParent<'_>> {
    let mut fields = text.splitn(5, '-');
    let version = hex_field(fields.next()?, 2)?;
    let trace_id = hex_field(fields.next()?, 32)?;
    let span_id = hex_field(fields.next()?, 16)?;
    let flags = u8::from_str_radix(hex_field(fields.next()?, 2)?, 16).ok()?;
    let has_more = fields.next().is_some();
    let is_zero = |field: &str| field.bytes().all(|byte| byte == b'0');
    if version == "ff" || (version == "00" && has_more) || is_zero(trace_id) || is_zero(span_id) {
        return None;
    }
    Some(RemoteParent {
        trace_id,
        span_id,
        is_sampled: flags & 1 == 1,
        trace_state: String::new(),
    })
}

fn hex_field(field: &str, length: usize) -> Option<&str> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (field.len() == length && field.bytes().all(is_hex)).then_some(field)
}

fn random_hex(environment: &dyn Environment, bytes: usize) -> String {
    environment
        .random_bytes(bytes)
        .iter()
        .fold(String::with_capacity(bytes * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, bool)>) {
        let parent = parse(text);
        let found = parent.as_ref().map(|parent| (parent.trace_id, parent.is_sampled));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_valid_parent_is_read() {
        check(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            Some((TRACE, true)),
        );
        check(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            Some((TRACE, false)),
        );
        check(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff",
            Some((TRACE, true)),
        );
        check(
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-is",
            Some((TRACE, true)),
        );
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\u{e9}",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn the_state_of_the_trace_comes_with_it() {
        let mut headers = HeaderMap::new();
        let mut add = |name, value: &str| headers.append(name, value.parse().unwrap());
        add(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        );
        add("tracestate", "a=1");
        add("tracestate", "b=2");
        assert_eq!(remote_parent(&headers).unwrap().trace_state, "a=1,b=2");
        headers.append("tracestate", "c".repeat(600).parse().unwrap());
        assert_eq!(remote_parent(&headers).unwrap().trace_state, "");
        headers.append("traceparent", "x".parse().unwrap());
        assert_eq!(remote_parent(&headers), None);
    }
}
