//! From values to the model.

mod contents;
mod operations;
mod parameters;
mod security;

use serde_json::{Map, Value};

use super::{Contact, ExternalDocs, License, OpenApi, ProblemType, Server, ServerVariable, Tag};
use crate::source::child;
use crate::{Refusal, Source};

/// Reads all of `source`. The grammar has seen to it that fields have values of their kind; what has not is passed over here.
pub(super) fn read(source: &Source) -> (OpenApi, Vec<Refusal>) {
    let mut reader = Reader {
        source,
        refusals: Vec::new(),
    };
    let root = source.root();
    let info = root.get("info").unwrap_or(&Value::Null);
    let api = OpenApi {
        title: text(info, "title").unwrap_or_default(),
        version: text(info, "version").unwrap_or_default(),
        summary: text(info, "summary"),
        description: text(info, "description"),
        terms_of_service: text(info, "termsOfService"),
        contact: info.get("contact").map(|contact| Contact {
            name: text(contact, "name"),
            url: text(contact, "url"),
            email: text(contact, "email"),
        }),
        license: info.get("license").map(|license| License {
            name: text(license, "name").unwrap_or_default(),
            url: text(license, "url"),
            identifier: text(license, "identifier"),
        }),
        servers: items(root, "servers").map(server).collect(),
        tags: items(root, "tags").map(tag).collect(),
        external_docs: external_docs(root),
        security_schemes: reader.security_schemes(),
        operations: reader.operations(),
        problems: problems(root),
    };
    (api, reader.refusals)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn flag(value: &Value, name: &str) -> Option<bool> {
    value.get(name).and_then(Value::as_bool)
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    let texts = items(value, name).filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let items = value.get(name).and_then(Value::as_array);
    items.into_iter().flatten()
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let members = value.get(name).and_then(Value::as_object);
    members.into_iter().flat_map(Map::iter)
}

fn external_docs(value: &Value) -> Option<ExternalDocs> {
    value.get("externalDocs").map(|docs| ExternalDocs {
        url: text(docs, "url").unwrap_or_default(),
        description: text(docs, "description"),
    })
}

fn tag(value: &Value) -> Tag {
    Tag {
        name: text(value, "name").unwrap_or_default(),
        description: text(value, "description"),
        external_docs: external_docs(value),
    }
}

fn server(value: &Value) -> Server {
    let variable = |(name, value): (&String, &Value)| ServerVariable {
        name: name.clone(),
        default: text(value, "default").unwrap_or_default(),
        description: text(value, "description"),
        enumeration: texts(value, "enum"),
    };
    Server {
        url: text(value, "url").unwrap_or_default(),
        description: text(value, "description"),
        variables: members(value, "variables").map(variable).collect(),
    }
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

/// What stands at the end of a chain of references.
struct Resolved<'a> {
    pointer: String,
    value: &'a Value,
    /// The name of the component of the kind that was asked for, where it is one.
    component: Option<String>,
}

struct Reader<'a> {
    source: &'a Source,
    refusals: Vec<Refusal>,
}

impl<'a> Reader<'a> {
    fn refuse(&mut self, pointer: &str, reason: impl Into<String>) {
        self.refusals.push(self.source.refuse(pointer, reason));
    }

    /// What stands at `pointer`, or where it refers to. The name of a component is that under `/components/{section}`.
    fn resolve(&mut self, pointer: &str, section: &str) -> Option<Resolved<'a>> {
        let interned = self.source.interned(pointer);
        let Some((target, value)) = interned.and_then(|(pointer, _)| self.source.resolve(pointer)) else {
            self.refuse(pointer, "the reference leads nowhere");
            return None;
        };
        let named = target.strip_prefix(&format!("/components/{section}/"));
        let component = named.filter(|name| !name.contains('/'));
        Some(Resolved {
            component: component.map(unescape),
            pointer: target.to_owned(),
            value,
        })
    }

    /// The pointer of the schema of a parameter, header or media type, and the media type of `content`.
    fn schema_or_content(&mut self, at: &Resolved<'a>) -> (Option<String>, Option<String>) {
        let content = child(&at.pointer, "content");
        if at.value.get("schema").is_some() {
            if at.value.get("content").is_some() {
                self.refuse(
                    &content,
                    "stands beside `schema`, and only one of them can hold (OpenAPI 3.0.3 §4.7.12.1)",
                );
            }
            return (Some(child(&at.pointer, "schema")), None);
        }
        let mut media_types = members(at.value, "content");
        let Some((name, media_type)) = media_types.next() else {
            return (None, None);
        };
        if media_types.next().is_some() {
            self.refuse(
                &content,
                "must have exactly one media type (OpenAPI 3.0.3 §4.7.12.2)",
            );
        }
        let schema = media_type.get("schema");
        let pointer = schema.map(|_| child(&child(&content, name), "schema"));
        (pointer, Some(name.clone()))
    }
}

/// A part of a JSON pointer as the name that it stands for (RFC 6901 §4).
fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}
