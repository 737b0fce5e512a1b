//! The ids that tie a request to its answer, its events, its audit record and its log line.

use contract_runtime::RequestIdentity;
use poem::http::HeaderMap;
use uuid::Uuid;

use super::trace_context::TraceContext;
use crate::environment::Environment;
use crate::telemetry::{RemoteParent, ServerSpan};

/// The header that names a request; a UUID, always in the answer.
pub const CORRELATION_HEADER: &str = "x-correlation-id";
/// The header that names what caused a request; a UUID.
pub const CAUSATION_HEADER: &str = "x-causation-id";

/// Reads the ids of a request out of its `headers` and makes those that are missing. A header that is malformed or repeated
/// counts as missing here; whether that is an error is the contract's to say. The trace is that of `span`, or the caller's where no span was
/// begun.
#[must_use]
pub(super) fn identify(
    headers: &HeaderMap,
    parent: Option<&RemoteParent<'_>>,
    span: Option<&ServerSpan>,
    environment: &dyn Environment,
) -> RequestIdentity {
    let (trace_id, traceparent) = if let Some(span) = span {
        (span.trace_id(), span.traceparent())
    } else {
        let trace = TraceContext::of(parent, environment);
        (trace.trace_id.clone(), trace.traceparent())
    };
    RequestIdentity {
        correlation_id: single_uuid(headers, CORRELATION_HEADER).unwrap_or_else(|| environment.new_id()),
        causation_id: single_uuid(headers, CAUSATION_HEADER),
        traceparent,
        trace_id,
    }
}

/// The UUID in the header `name`, in its one standard form (RFC 9562 §4); the library reads others too.
fn single_uuid(headers: &HeaderMap, name: &str) -> Option<Uuid> {
    let mut values = headers.get_all(name).iter();
    let text = values.next()?.to_str().ok()?;
    if values.next().is_some() || text.len() != 36 {
        return None;
    }
    Uuid::try_parse(text).ok()
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderName, HeaderValue};

    use super::super::trace_context::remote_parent;
    use super::*;
    use crate::environment::SystemEnvironment;

    fn of(headers: &[(&'static str, &'static str)]) -> RequestIdentity {
        let pair = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let mut map = HeaderMap::new();
        for (name, value) in headers.iter().copied().map(pair) {
            map.append(name, value);
        }
        identify(&map, remote_parent(&map).as_ref(), None, &SystemEnvironment)
    }

    const ID: &str = "01936d3c-5e0a-7000-8000-0000000000aa";

    #[test]
    fn a_valid_id_is_kept() {
        let identity = of(&[(CORRELATION_HEADER, ID), (CAUSATION_HEADER, ID)]);
        assert_eq!(identity.correlation_id.to_string(), ID);
        assert_eq!(identity.causation_id.unwrap().to_string(), ID);
    }

    #[test]
    fn any_other_is_replaced() {
        for value in [
            "",
            "x",
            "01936d3c5e0a700080000000000000aa",
            "{01936d3c-5e0a-7000-8000-0000000000aa}",
        ] {
            let identity = of(&[(CORRELATION_HEADER, value), (CAUSATION_HEADER, value)]);
            assert_eq!(identity.correlation_id.get_version_num(), 7);
            assert_ne!(identity.correlation_id.to_string(), ID);
            assert_eq!(identity.causation_id, None);
        }
        let twice = of(&[(CORRELATION_HEADER, ID), (CORRELATION_HEADER, ID)]);
        assert_ne!(twice.correlation_id.to_string(), ID);
    }

    #[test]
    fn the_trace_goes_on_with_a_new_parent() {
        let identity = of(&[(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )]);
        assert_eq!(identity.trace_id, "0af7651916cd43dd8448eb211c80319c");
        assert!(
            identity
                .traceparent
                .starts_with("00-0af7651916cd43dd8448eb211c80319c-")
        );
        assert!(identity.traceparent.ends_with("-01"));
        assert!(!identity.traceparent.contains("b7ad6b7169203331"));
    }
}
