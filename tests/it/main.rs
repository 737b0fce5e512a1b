//! Integration tests.

mod closed_loop;
