//! Whether what stands at a place is held against requests or events, which its surroundings decide.

use serde_json::Value;

use crate::Language;
use crate::grammar::{Grammar, Shape};
use crate::header_name;

/// Against what a schema or an object around one is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// It belongs to an operation that is served, not to one of a client or of a component that nobody refers to.
    pub(super) served: bool,
    /// Against JSON.
    pub(super) json: bool,
    /// Against texts, which have no types of their own: parameters and forms.
    pub(super) text: bool,
}

impl Held {
    /// Whether it is held against anything.
    pub(super) fn is_held(self) -> bool {
        self.json || self.text
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            served: self.served || other.served,
            json: self.json || other.json,
            text: self.text || other.text,
        }
    }

    fn unheld(self) -> Self {
        Self {
            json: false,
            text: false,
            ..self
        }
    }

    /// The held of what is in the field `name` of an object with these members.
    pub(super) fn of_field(
        self,
        grammar: Grammar,
        shape: Shape,
        name: &str,
        members: &serde_json::Map<String, Value>,
    ) -> Self {
        match (shape, name) {
            (Shape::OpenApi, "paths" | "security") => Self {
                served: true,
                ..Self::default()
            },
            (Shape::OpenApi | Shape::Operation, "components" | "webhooks" | "callbacks" | "responses") => {
                Self::default()
            }
            (Shape::PathItem | Shape::Operation, "parameters") => Self {
                text: self.served,
                ..self
            },
            (Shape::Operation, "requestBody") => Self {
                json: self.served,
                ..self
            },
            (Shape::Parameter, "schema" | "content") if why_ignored(members).is_some() => self.unheld(),
            (Shape::Message, "payload") => Self { json: true, ..self },
            (Shape::Message | Shape::MessageTrait, "headers") if grammar.language == Language::Plain => {
                Self { json: true, ..self }
            }
            (Shape::MediaType, "encoding") => self.unheld(),
            _ => self,
        }
    }

    /// The held of the media type `name` of a body or a parameter: what is neither JSON nor a form is taken as it comes.
    pub(super) fn of_media_type(self, name: &str) -> Self {
        let essence = name
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let is_json = matches!(
            essence.as_str(),
            "application/json" | "*/*" | "application/*" | "text/json"
        ) || essence.ends_with("+json");
        let is_form = matches!(
            essence.as_str(),
            "application/x-www-form-urlencoded" | "multipart/form-data"
        );
        Self {
            json: self.is_held() && is_json,
            text: self.is_held() && is_form,
            ..self
        }
    }
}

/// Why a parameter is not looked at, if that is so.
pub(super) fn why_ignored(parameter: &serde_json::Map<String, Value>) -> Option<&'static str> {
    let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
    (text("in") == "header").then(|| header_name::why_ignored(text("name")))?
}
