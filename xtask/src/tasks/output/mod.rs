//! The list as Markdown, as data, as a diagram.

pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod mermaid;
