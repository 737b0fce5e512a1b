//! From values to the model.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{
    Body, Described, Header, Location, MediaType, OpenApi, Operation, Parameter, ProblemType, Response,
    SecurityScheme,
};
use crate::schema::SchemaReader;
use crate::source::child;
use crate::{Refusal, Source};

pub(super) fn read(source: &Source) -> (OpenApi, Vec<Refusal>) {
    let mut reader = Reader {
        schemas: SchemaReader::new(source),
        source,
    };
    let root = source.root();
    let info = root.get("info").unwrap_or(&Value::Null);
    if info.pointer("/contact/email").is_some() {
        reader.refuse(
            "/info/contact/email",
            "a contact's `email` is not taken over; give its `url`",
        );
    }
    let api = OpenApi {
        title: text(info, "title").unwrap_or_default(),
        version: text(info, "version").unwrap_or_default(),
        description: text(info, "description"),
        contact: info
            .get("contact")
            .map(|contact| (text(contact, "name"), text(contact, "url"))),
        license: info
            .get("license")
            .map(|license| (text(license, "name").unwrap_or_default(), text(license, "url"))),
        servers: described(root, "servers", "url"),
        tags: described(root, "tags", "name"),
        security_schemes: reader.security_schemes(),
        schemas: reader.component_schemas(),
        operations: reader.operations(),
        problems: problems(root),
    };
    (api, reader.schemas.refusals)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    let items = value.get(name).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value
        .get(name)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

fn described(root: &Value, list: &str, name: &str) -> Vec<Described> {
    let items = root.get(list).and_then(Value::as_array).into_iter().flatten();
    items
        .map(|item| Described {
            text: text(item, name).unwrap_or_default(),
            description: text(item, "description"),
        })
        .collect()
}

fn problems(root: &Value) -> Vec<ProblemType> {
    let read = |(slug, value): (&String, &Value)| ProblemType {
        slug: slug.clone(),
        status: value
            .get("status")
            .and_then(Value::as_u64)
            .and_then(|status| status.try_into().ok())
            .unwrap_or_default(),
        title: text(value, "title").unwrap_or_default(),
        description: text(value, "description").unwrap_or_default(),
    };
    members(root, "x-problems").map(read).collect()
}

struct Reader<'a> {
    schemas: SchemaReader<'a>,
    source: &'a Source,
}

impl<'a> Reader<'a> {
    fn refuse(&mut self, pointer: &str, reason: impl Into<String>) {
        self.schemas.refusals.push(self.source.refuse(pointer, reason));
    }

    /// The value, or what it refers to, with the pointer at which it stands.
    fn resolve(&self, pointer: &str, value: &'a Value) -> (String, &'a Value) {
        let reference = value.get("$ref").and_then(Value::as_str);
        match reference.and_then(|text| self.source.follow(text)) {
            Some((target, resolved)) => (target.to_owned(), resolved),
            None => (pointer.to_owned(), value),
        }
    }

    fn component_schemas(&mut self) -> IndexMap<String, crate::Schema> {
        let Some(components) = self.source.at("/components") else {
            return IndexMap::new();
        };
        let read = |(name, value): (&String, &Value)| {
            (
                name.clone(),
                self.schemas.read(&child("/components/schemas", name), value),
            )
        };
        members(components, "schemas").map(read).collect()
    }

    fn security_schemes(&mut self) -> Vec<SecurityScheme> {
        let Some(components) = self.source.at("/components") else {
            return Vec::new();
        };
        let mut schemes = Vec::new();
        for (name, value) in members(components, "securitySchemes") {
            if text(value, "type").as_deref() != Some("http") {
                let pointer = child(&child("/components/securitySchemes", name), "type");
                self.refuse(&pointer, "only security schemes of type `http` are taken over");
            }
            schemes.push(SecurityScheme {
                name: name.clone(),
                scheme: text(value, "scheme").unwrap_or_default(),
                bearer_format: text(value, "bearerFormat"),
                description: text(value, "description"),
            });
        }
        schemes
    }

    /// Whether an extension is there; the only word that it can have so far is `word`.
    fn only_word(&mut self, pointer: &str, value: &Value, name: &str, word: &str) -> bool {
        let found = text(value, name);
        if found.as_ref().is_some_and(|found| found != word) {
            self.refuse(&child(pointer, name), format!("can only be `{word}`"));
        }
        found.is_some()
    }

    /// The names of the security schemes, each of which suffices.
    fn security(&mut self, pointer: &str, value: &Value) -> Option<Vec<String>> {
        let requirements = value.get("security")?.as_array()?;
        let at = child(pointer, "security");
        let mut names = Vec::new();
        for (index, requirement) in requirements.iter().enumerate() {
            let at = child(&at, index);
            let schemes = requirement.as_object();
            if schemes.is_none_or(|schemes| schemes.len() != 1) {
                self.refuse(&at, "must name exactly one security scheme");
            }
            for (name, scopes) in schemes.into_iter().flatten() {
                if self
                    .source
                    .at(&child("/components/securitySchemes", name))
                    .is_none()
                {
                    self.refuse(&child(&at, name), format!("there is no security scheme `{name}`"));
                }
                if scopes.as_array().is_none_or(|scopes| !scopes.is_empty()) {
                    self.refuse(
                        &child(&at, name),
                        "must be an empty list: `x-scope` names the scope",
                    );
                }
                names.push(name.clone());
            }
        }
        Some(names)
    }

    fn operations(&mut self) -> Vec<Operation> {
        let root = self.source.root();
        let default_security = self.security("", root).unwrap_or_default();
        let mut operations = Vec::new();
        for (path, item) in members(root, "paths") {
            let path_pointer = child("/paths", path);
            for (method, value) in item.as_object().into_iter().flatten() {
                let pointer = child(&path_pointer, method);
                operations.push(self.operation(&pointer, method, path, value, &default_security));
            }
        }
        operations
    }

    fn operation(
        &mut self,
        pointer: &str,
        method: &str,
        path: &str,
        value: &'a Value,
        security_default: &[String],
    ) -> Operation {
        Operation {
            pointer: pointer.to_owned(),
            id: text(value, "operationId").unwrap_or_default(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            tags: texts(value, "tags"),
            summary: text(value, "summary"),
            description: text(value, "description"),
            deprecated: flag(value, "deprecated"),
            parameters: self.parameters(pointer, value),
            body: self.body(pointer, value),
            responses: self.responses(pointer, value),
            security: self
                .security(pointer, value)
                .unwrap_or_else(|| security_default.to_vec()),
            scope: text(value, "x-scope"),
            tenant: text(value, "x-tenant"),
            idempotent: self.only_word(pointer, value, "x-idempotency", "required"),
            audit: text(value, "x-audit"),
            emits: texts(value, "x-emits"),
        }
    }

    fn parameters(&mut self, pointer: &str, operation: &'a Value) -> Vec<Parameter> {
        let at = child(pointer, "parameters");
        let mut parameters = Vec::new();
        let items = operation
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for (index, item) in items.enumerate() {
            let (pointer, value) = self.resolve(&child(&at, index), item);
            let location = match text(value, "in").as_deref() {
                Some("path") => Location::Path,
                Some("query") => Location::Query,
                Some("header") => Location::Header,
                _ => {
                    self.refuse(
                        &child(&pointer, "in"),
                        "parameters in this place are not taken over",
                    );
                    continue;
                }
            };
            let schema = self.schemas.read(
                &child(&pointer, "schema"),
                value.get("schema").unwrap_or(&Value::Null),
            );
            if matches!(
                schema.kind,
                crate::Kind::Array | crate::Kind::Object | crate::Kind::Any
            ) {
                self.refuse(
                    &child(&pointer, "schema"),
                    "only parameters with a single value are taken over",
                );
            }
            parameters.push(Parameter {
                component: pointer.strip_prefix("/components/parameters/").map(str::to_owned),
                name: text(value, "name").unwrap_or_default(),
                location,
                description: text(value, "description"),
                required: flag(value, "required"),
                deprecated: flag(value, "deprecated"),
                schema,
                problem: text(value, "x-problem").unwrap_or_else(|| "malformed-request".to_owned()),
                pointer,
            });
        }
        parameters
    }

    fn body(&mut self, pointer: &str, operation: &'a Value) -> Option<Body> {
        let limit_pointer = child(pointer, "x-body-limit");
        let Some(body) = operation.get("requestBody") else {
            if operation.get("x-body-limit").is_some() {
                self.refuse(&limit_pointer, "an operation without a body has nothing to limit");
            }
            return None;
        };
        let (at, value) = self.resolve(&child(pointer, "requestBody"), body);
        if !flag(value, "required") {
            self.refuse(&at, "an optional request body is not taken over");
        }
        let limit_bytes = match text(operation, "x-body-limit").as_deref().map(size) {
            Some(Some(bytes)) => bytes,
            Some(None) => {
                self.refuse(&limit_pointer, "must be a size such as 64KiB or 1MiB");
                0
            }
            None => {
                self.refuse(pointer, "an operation with a body needs `x-body-limit`");
                0
            }
        };
        let media_types = self.media_types(&at, value);
        for media_type in &media_types {
            if media_type.name != "application/json" {
                self.refuse(
                    &child(&child(&at, "content"), &media_type.name),
                    "only JSON request bodies are taken over",
                );
            }
        }
        Some(Body {
            pointer: at,
            description: text(value, "description"),
            required: flag(value, "required"),
            media_types,
            limit_bytes,
        })
    }

    fn media_types(&mut self, pointer: &str, value: &'a Value) -> Vec<MediaType> {
        let at = child(pointer, "content");
        let mut media_types = Vec::new();
        for (name, media_type) in members(value, "content") {
            let at = child(&child(&at, name), "schema");
            let schema = self
                .schemas
                .read(&at, media_type.get("schema").unwrap_or(&Value::Null));
            media_types.push(MediaType {
                name: name.clone(),
                schema,
            });
        }
        media_types
    }

    fn responses(&mut self, pointer: &str, operation: &'a Value) -> Vec<Response> {
        let at = child(pointer, "responses");
        let mut responses = Vec::new();
        for (status, item) in members(operation, "responses") {
            let (pointer, value) = self.resolve(&child(&at, status), item);
            let Ok(status) = status.parse::<u16>() else {
                self.refuse(
                    &child(&at, status),
                    "only single statuses are taken over, no ranges and no default",
                );
                continue;
            };
            responses.push(Response {
                status,
                description: text(value, "description").unwrap_or_default(),
                headers: self.headers(&pointer, value),
                media_types: self.media_types(&pointer, value),
                problem_types: texts(value, "x-problem-types"),
                pointer,
            });
        }
        responses
    }

    fn headers(&mut self, pointer: &str, response: &'a Value) -> Vec<Header> {
        let at = child(pointer, "headers");
        let mut headers = Vec::new();
        for (name, item) in members(response, "headers") {
            let (pointer, value) = self.resolve(&child(&at, name), item);
            let schema = self.schemas.read(
                &child(&pointer, "schema"),
                value.get("schema").unwrap_or(&Value::Null),
            );
            headers.push(Header {
                name: name.clone(),
                component: pointer.strip_prefix("/components/headers/").map(str::to_owned),
                description: text(value, "description"),
                required: flag(value, "required"),
                deprecated: flag(value, "deprecated"),
                schema,
                from_runtime: self.only_word(&pointer, value, "x-source", "runtime"),
            });
        }
        headers
    }
}

/// `64KiB` → 65536
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}
