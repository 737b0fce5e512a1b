//! Placeholder: http.
