//! The golden outputs of any contract compile, and answer requests as their contracts say.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]
#![deny(warnings)]

mod plain_code {
    pub(crate) mod request;

    mod bodies;
    mod documents;
    mod documents_31;
    mod exact_numbers;
    mod names;
    mod parameters;
    mod paths;
    mod responses;
    mod security;
}
