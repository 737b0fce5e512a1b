//! How the bytes of a body are read and written, by its media type and by what its schema is.

use super::MediaType;
use crate::{JsonKind, Kinds, SchemaAt, Source};

/// How the bytes of a body are read and written; the runtime's `ContentForm` has the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentForm {
    /// As JSON.
    Json,
    /// As `application/x-www-form-urlencoded`.
    Form,
    /// As `multipart/form-data`.
    Multipart,
    /// As a text that is a single value.
    Text,
    /// As a text that is not looked into, such as XML.
    Opaque,
    /// As bytes.
    Bytes,
    /// As a stream of events.
    EventStream,
}

impl ContentForm {
    /// The runtime's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "Json",
            Self::Form => "Form",
            Self::Multipart => "Multipart",
            Self::Text => "Text",
            Self::Opaque => "Opaque",
            Self::Bytes => "Bytes",
            Self::EventStream => "EventStream",
        }
    }

    /// Whether its values are held against their schema.
    pub(crate) fn is_checked(self) -> bool {
        matches!(self, Self::Json | Self::Form | Self::Multipart | Self::Text)
    }
}

impl MediaType {
    /// The name without parameters, in lower case.
    pub(crate) fn essence(&self) -> String {
        let name = self.name.split(';').next().unwrap_or_default();
        name.trim().to_ascii_lowercase()
    }

    /// Whether it stands for several media types.
    pub(crate) fn is_range(&self) -> bool {
        self.essence().contains('*')
    }

    /// How its bytes are read.
    #[must_use]
    pub fn form(&self, source: &Source) -> ContentForm {
        let name = self.essence();
        let schema = self.schema.as_deref().and_then(|pointer| source.schema(pointer));
        let kinds = schema.map_or(Kinds::ALL, SchemaAt::kinds);
        let is_structured = kinds.contains(JsonKind::Object) || kinds.contains(JsonKind::Array);
        let is_only_text = schema.is_none() || kinds.are(Kinds::one(JsonKind::String));
        match name.as_str() {
            "application/x-www-form-urlencoded" if kinds.contains(JsonKind::Object) => ContentForm::Form,
            "application/x-www-form-urlencoded" => ContentForm::Opaque,
            "multipart/form-data" if kinds.contains(JsonKind::Object) => ContentForm::Multipart,
            "text/event-stream" => ContentForm::EventStream,
            _ if is_json(&name) => ContentForm::Json,
            _ if is_xml(&name) => ContentForm::Opaque,
            _ if name.starts_with("text/") && schema.is_some() && !is_structured => ContentForm::Text,
            _ if name.starts_with("text/") => ContentForm::Opaque,
            // A range with a schema that is more than a text is JSON; nothing else could be held against it.
            _ if name.contains('*') && !is_only_text => ContentForm::Json,
            _ => ContentForm::Bytes,
        }
    }
}

fn is_json(name: &str) -> bool {
    matches!(name, "application/json" | "text/json" | "application/x-json") || name.ends_with("+json")
}

fn is_xml(name: &str) -> bool {
    matches!(name, "application/xml" | "text/xml") || name.ends_with("+xml")
}
