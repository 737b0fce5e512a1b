//! How the schemas of a document are to be read.

use serde_json::Value;

/// The language that schemas are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The Schema Object of OpenAPI 3.0, which is a language of its own.
    OpenApi30,
    /// JSON Schema 2020-12, by OpenAPI 3.1.
    OpenApi31,
    /// The Schema Object of AsyncAPI 3, which is JSON Schema draft-07 and a little more.
    AsyncApi,
}

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From a client: what is `readOnly` need not be there.
    Request,
    /// To a client: what is `writeOnly` need not be there.
    Response,
    /// Both, so everything counts.
    Either,
}

impl Dialect {
    /// The dialect of a document, by the version that it names; none where this crate knows no rules for it.
    #[must_use]
    pub fn of(document: &Value) -> Option<Self> {
        let version = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        if version("openapi").starts_with("3.0") {
            Some(Self::OpenApi30)
        } else if version("openapi").starts_with("3.1") {
            Some(Self::OpenApi31)
        } else if version("asyncapi").starts_with("3.") {
            Some(Self::AsyncApi)
        } else {
            None
        }
    }
}
