//! An event that is ready for the log but for its place in it.

use uuid::Uuid;

/// An event in the CloudEvents envelope, serialised and validated, whose `sequence` is still open.
///
/// The log's `seq` is known only inside the statement that takes it, so the envelope comes as two halves: the stored text is
/// `head`, the decimal `seq`, `tail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDraft {
    /// The event's id, UUID version 7.
    pub event_id: Uuid,
    /// The event's type, such as `lms.roster.v1.SchoolCreated`.
    pub event_type: String,
    /// The W3C `traceparent` of the request, where there is one.
    pub traceparent: Option<String>,
    /// The envelope's text before the sequence number.
    pub head: String,
    /// The envelope's text after the sequence number.
    pub tail: String,
}
