//! The event log (transactional outbox), its relay to Redis Streams, and their verification.

mod draft;

pub use draft::EventDraft;
