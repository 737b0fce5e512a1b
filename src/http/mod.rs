//! Placeholder: http.
pub mod auth;
