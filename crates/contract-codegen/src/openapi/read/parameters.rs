//! Parameters and where they come from.

use serde_json::Value;

use super::{Reader, Resolved, flag, items, text};
use crate::openapi::{Location, Parameter, Style};
use crate::source::child;

impl<'a> Reader<'a> {
    /// The parameters of an operation: its own, then those of its path that it does not replace.
    pub(super) fn parameters(&mut self, path: &Resolved<'a>, operation: &Resolved<'a>) -> Vec<Parameter> {
        let mut all = self.parameters_of(operation);
        let own = all.len();
        for shared in self.parameters_of(path) {
            if !all.iter().take(own).any(|one| is_same(one, &shared)) {
                all.push(shared);
            }
        }
        all
    }

    fn parameters_of(&mut self, at: &Resolved<'a>) -> Vec<Parameter> {
        let list = child(&at.pointer, "parameters");
        let mut parameters: Vec<Parameter> = Vec::new();
        for index in 0..items(at.value, "parameters").count() {
            let place = child(&list, index);
            let Some(parameter) = self.parameter(&place) else {
                continue;
            };
            if parameters.iter().any(|other| is_same(other, &parameter)) {
                let reason = format!(
                    "there is another {} parameter `{}` in this list",
                    parameter.location.name(),
                    parameter.name
                );
                self.refuse(&place, reason);
                continue;
            }
            parameters.push(parameter);
        }
        parameters
    }

    fn parameter(&mut self, place: &str) -> Option<Parameter> {
        let at = self.resolve(place, "parameters")?;
        let Resolved { pointer, value, .. } = &at;
        let location = match text(value, "in").as_deref() {
            Some("path") => Location::Path,
            Some("query") => Location::Query,
            Some("header") => Location::Header,
            Some("cookie") => Location::Cookie,
            _ => {
                self.refuse(&child(pointer, "in"), "must be path, query, header or cookie");
                return None;
            }
        };
        let style = self.style(pointer, value).unwrap_or(location.default_style());
        if !location.styles().contains(&style) {
            let reason = format!("{} parameters have no such style", location.name());
            self.refuse(&child(pointer, "style"), reason);
        }
        let (schema, content) = self.schema_or_content(&at);
        Some(Parameter {
            name: text(value, "name").unwrap_or_default(),
            location,
            description: text(value, "description"),
            required: flag(value, "required").unwrap_or(false),
            deprecated: flag(value, "deprecated").unwrap_or(false),
            style,
            explode: flag(value, "explode").unwrap_or(style == Style::Form),
            allow_reserved: flag(value, "allowReserved").unwrap_or(false),
            allow_empty_value: flag(value, "allowEmptyValue").unwrap_or(false),
            content,
            schema,
            problem: text(value, "x-problem").unwrap_or_else(|| "malformed-request".to_owned()),
            component: at.component,
            pointer: at.pointer,
        })
    }

    /// What `style` says, where it stands there.
    pub(super) fn style(&mut self, pointer: &str, value: &Value) -> Option<Style> {
        let word = text(value, "style")?;
        let found = Style::ALL.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            self.refuse(&child(pointer, "style"), format!("there is no style `{word}`"));
        }
        found.map(|(_, style)| *style)
    }
}

/// A parameter is known by its name and location; names of headers are compared without regard to case (RFC 9110 §5.1).
fn is_same(one: &Parameter, other: &Parameter) -> bool {
    one.location == other.location
        && match one.location {
            Location::Header => one.name.eq_ignore_ascii_case(&other.name),
            Location::Path | Location::Query | Location::Cookie => one.name == other.name,
        }
}
