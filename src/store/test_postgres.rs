//! A private PostgreSQL for the tests of the store.
