//! Bodies of requests and responses, and the headers around them.

use serde_json::Value;

use super::{Reader, Resolved, flag, members, text, texts};
use crate::openapi::{Body, Encoding, Header, MediaType, Response, Status, Style};
use crate::source::child;

impl<'a> Reader<'a> {
    pub(super) fn body(&mut self, operation: &Resolved<'a>) -> Option<Body> {
        let Resolved { pointer, value, .. } = operation;
        let limit = child(pointer, "x-body-limit");
        if value.get("requestBody").is_none() {
            if value.get("x-body-limit").is_some() {
                self.refuse(&limit, "an operation without a body has nothing to limit");
            }
            return None;
        }
        let at = self.resolve(&child(pointer, "requestBody"), "requestBodies")?;
        let size = text(value, "x-body-limit").map(|text| size_bytes(&text));
        if size == Some(None) {
            self.refuse(&limit, "must be a size such as 64KiB or 1MiB");
        }
        Some(Body {
            description: text(at.value, "description"),
            required: flag(at.value, "required").unwrap_or(false),
            media_types: self.media_types(&at),
            limit_bytes: size.flatten(),
            component: at.component,
            pointer: at.pointer,
        })
    }

    fn media_types(&mut self, at: &Resolved<'a>) -> Vec<MediaType> {
        let content = child(&at.pointer, "content");
        let mut media_types = Vec::new();
        for (name, _) in members(at.value, "content") {
            let Some(found) = self.resolve(&child(&content, name), "mediaTypes") else {
                continue;
            };
            let schema = found.value.get("schema");
            media_types.push(MediaType {
                name: name.clone(),
                schema: schema.map(|_| child(&found.pointer, "schema")),
                encodings: self.encodings(&found),
                pointer: found.pointer,
            });
        }
        media_types
    }

    fn encodings(&mut self, media_type: &Resolved<'a>) -> Vec<Encoding> {
        let list = child(&media_type.pointer, "encoding");
        let mut encodings = Vec::new();
        for (property, value) in members(media_type.value, "encoding") {
            let pointer = child(&list, property);
            let style = self.style(&pointer, value);
            encodings.push(Encoding {
                property: property.clone(),
                content_type: text(value, "contentType"),
                style,
                explode: flag(value, "explode"),
                allow_reserved: flag(value, "allowReserved").unwrap_or(false),
                headers: self.headers(&Resolved {
                    pointer,
                    value,
                    component: None,
                }),
            });
        }
        encodings
    }

    pub(super) fn responses(&mut self, operation: &Resolved<'a>) -> Vec<Response> {
        let list = child(&operation.pointer, "responses");
        let mut responses: Vec<Response> = Vec::new();
        for (key, _) in members(operation.value, "responses") {
            let place = child(&list, key);
            if key.starts_with("x-") {
                continue;
            }
            let Some(status) = Status::read(key) else {
                self.refuse(
                    &place,
                    "must be a status from 100 to 599, a range such as 4XX, or default",
                );
                continue;
            };
            if responses.iter().any(|other| other.status == status) {
                self.refuse(&place, "these statuses have a response already");
                continue;
            }
            let Some(at) = self.resolve(&place, "responses") else {
                continue;
            };
            responses.push(Response {
                key: key.clone(),
                status,
                description: text(at.value, "description").unwrap_or_default(),
                headers: self.headers(&at),
                media_types: self.media_types(&at),
                problem_types: texts(at.value, "x-problem-types"),
                component: at.component,
                pointer: at.pointer,
            });
        }
        responses
    }

    fn headers(&mut self, around: &Resolved<'a>) -> Vec<Header> {
        let list = child(&around.pointer, "headers");
        let mut headers = Vec::new();
        for (name, _) in members(around.value, "headers") {
            let Some(at) = self.resolve(&child(&list, name), "headers") else {
                continue;
            };
            let (schema, content) = self.schema_or_content(&at);
            let style = self.style(&at.pointer, at.value);
            if style.is_some_and(|style| style != Style::Simple) {
                self.refuse(&child(&at.pointer, "style"), "headers have no such style");
            }
            headers.push(Header {
                name: name.clone(),
                description: text(at.value, "description"),
                required: flag(at.value, "required").unwrap_or(false),
                deprecated: flag(at.value, "deprecated").unwrap_or(false),
                explode: flag(at.value, "explode").unwrap_or(false),
                from_runtime: self.only_word(&at.pointer, at.value, "x-source", "runtime"),
                content,
                schema,
                component: at.component,
                pointer: at.pointer,
            });
        }
        headers
    }

    /// Whether an extension is there; the only word that it can have so far is `word`.
    pub(super) fn only_word(&mut self, pointer: &str, value: &Value, name: &str, word: &str) -> bool {
        let found = text(value, name);
        if found.as_ref().is_some_and(|found| found != word) {
            self.refuse(&child(pointer, name), format!("can only be `{word}`"));
        }
        found.is_some()
    }
}

/// `64KiB` → 65536
fn size_bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}
