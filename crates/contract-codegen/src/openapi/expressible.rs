//! What Rollcall's language does not take over, although the grammar knows the words.

use super::{Body, Location, OpenApi, Operation, Parameter, Response, SecurityKind, Status};
use crate::schema::Additional;
use crate::source::child;
use crate::{Kind, Refusal, Schema, Source};

pub(super) fn check(source: &Source, api: &OpenApi) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut unread = Vec::new();
    let mut refuse = |pointer: &str, reason: &str| refusals.push(source.refuse(pointer, reason));
    let mut read = |pointer: Option<&str>| {
        let (schema, refused) = Schema::read(source, pointer);
        unread.extend(refused);
        schema
    };
    for (_, schema) in source.component_schemas() {
        check_named(&read(Some(schema.pointer())), &mut refuse);
    }
    check_security(api, &mut refuse);
    for operation in &api.operations {
        check_path(api, operation, &mut refuse);
        for parameter in &operation.parameters {
            let schema = read(parameter.schema.as_deref());
            check_parameter(operation, parameter, &schema, &mut refuse);
        }
        if let Some(body) = &operation.body {
            check_body(operation, body, &mut refuse);
        }
        let bodies = operation.body.iter().flat_map(|body| &body.media_types);
        let answers = operation.responses.iter().flat_map(|one| &one.media_types);
        for media_type in bodies.chain(answers) {
            check_inline(&read(media_type.schema.as_deref()), &mut refuse);
        }
        for response in &operation.responses {
            for header in response.headers.iter().filter(|header| !header.from_runtime) {
                let pointer = child(&child(&response.pointer, "headers"), &header.name);
                check_header(&pointer, &read(header.schema.as_deref()), &mut refuse);
            }
            check_response(response, &mut refuse);
        }
    }
    refusals.extend(unread);
    refusals
}

type Refuse<'a> = dyn FnMut(&str, &str) + 'a;

fn check_named(schema: &Schema, refuse: &mut Refuse<'_>) {
    if schema.kind == Kind::Object
        && !schema.properties.is_empty()
        && matches!(schema.additional, Additional::Of(_))
    {
        refuse(
            &child(&schema.pointer, "additionalProperties"),
            "an object has either `properties` or a schema of `additionalProperties`",
        );
    }
    if schema.kind == Kind::String {
        for (index, value) in schema.enumeration.iter().enumerate() {
            if !value.is_string() {
                refuse(
                    &child(&child(&schema.pointer, "enum"), index),
                    "must be a text, as the `type` says",
                );
            }
        }
    }
    for property in schema.properties.values() {
        if property.component.is_none() && property.default.is_some() {
            refuse(
                &child(&property.pointer, "default"),
                "a default is taken over for parameters only",
            );
        }
    }
    check_children(schema, refuse);
}

/// An object without a name would have no type.
fn check_inline(schema: &Schema, refuse: &mut Refuse<'_>) {
    if schema.component.is_some() {
        return;
    }
    if schema.kind == Kind::Object && !schema.properties.is_empty() {
        refuse(
            &schema.pointer,
            "an object with properties needs a name: move it to /components/schemas",
        );
    }
    check_children(schema, refuse);
}

fn check_children(schema: &Schema, refuse: &mut Refuse<'_>) {
    let additional = match &schema.additional {
        Additional::Of(schema) => Some(schema.as_ref()),
        Additional::Unsaid | Additional::Open | Additional::Closed => None,
    };
    let children = schema
        .properties
        .values()
        .chain(schema.items.as_deref())
        .chain(additional);
    children.for_each(|child| check_inline(child, refuse));
}

fn check_path(api: &OpenApi, operation: &Operation, refuse: &mut Refuse<'_>) {
    let whole = |part: &str| {
        let inner = part
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .unwrap_or(part);
        !inner.is_empty() && !inner.contains(['{', '}', ':', '*', '<', '>'])
    };
    let parts = operation.path.strip_prefix('/').unwrap_or_default();
    let pointer = child("/paths", &operation.path);
    if !(operation.path == "/" || parts.split('/').all(whole)) {
        refuse(
            &pointer,
            "must be parts between slashes, each a text or a whole `{parameter}`",
        );
    }
    let blank = |path: &str| {
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let earlier = api
        .operations
        .iter()
        .take_while(|other| other.path != operation.path);
    if earlier
        .into_iter()
        .any(|other| blank(&other.path) == blank(&operation.path))
    {
        refuse(
            &pointer,
            "is the same path as another one with other parameter names",
        );
    }
}

fn check_security(api: &OpenApi, refuse: &mut Refuse<'_>) {
    for scheme in &api.security_schemes {
        if !matches!(scheme.kind, SecurityKind::Http { .. }) {
            let pointer = child(&scheme.pointer, "type");
            refuse(&pointer, "only security schemes of type `http` are taken over");
        }
    }
    for requirement in api.operations.iter().flat_map(|one| &one.security) {
        if requirement.schemes.len() != 1 {
            refuse(&requirement.pointer, "must name exactly one security scheme");
        }
        for (name, _) in requirement
            .schemes
            .iter()
            .filter(|(_, scopes)| !scopes.is_empty())
        {
            let pointer = child(&requirement.pointer, name);
            refuse(&pointer, "must be an empty list: `x-scope` names the scope");
        }
    }
}

fn check_body(operation: &Operation, body: &Body, refuse: &mut Refuse<'_>) {
    if !body.required {
        refuse(&body.pointer, "an optional request body is not taken over");
    }
    if body.limit_bytes.is_none() {
        refuse(
            &operation.pointer,
            "an operation with a body needs `x-body-limit`",
        );
    }
    for media_type in body
        .media_types
        .iter()
        .filter(|one| one.name != "application/json")
    {
        refuse(&media_type.pointer, "only JSON request bodies are taken over");
    }
}

fn check_parameter(operation: &Operation, parameter: &Parameter, schema: &Schema, refuse: &mut Refuse<'_>) {
    let Parameter {
        name,
        pointer,
        location,
        ..
    } = parameter;
    if *location == Location::Cookie {
        refuse(
            &child(pointer, "in"),
            "parameters in this place are not taken over",
        );
    }
    if parameter.content.is_some() {
        refuse(
            pointer,
            "only parameters of path, query and header with a `schema` are taken over",
        );
    }
    if parameter.style != location.default_style() || parameter.explode != (*location == Location::Query) {
        refuse(pointer, "parameters have the style of their place");
    }
    if matches!(schema.kind, Kind::Array | Kind::Object | Kind::Any) {
        refuse(
            &child(pointer, "schema"),
            "only parameters with a single value are taken over",
        );
    }
    let is_uuid =
        schema.component.is_none() && schema.kind == Kind::String && schema.format.as_deref() == Some("uuid");
    let names_tenant = match location {
        Location::Path => operation.tenant.as_ref() == Some(name),
        Location::Header => operation.tenant.is_some() && name == "X-Tenant-Id",
        Location::Query | Location::Cookie => false,
    };
    if names_tenant && !is_uuid {
        refuse(
            &child(pointer, "schema"),
            "the tenant must be a string with `format: uuid`",
        );
    }
    let is_text = schema.component.is_none() && schema.kind == Kind::String && schema.format.is_none();
    if operation.idempotent && name == "Idempotency-Key" && !is_text {
        refuse(
            &child(pointer, "schema"),
            "the key must be a string without `format`",
        );
    }
    if *location == Location::Path && !parameter.required {
        refuse(
            pointer,
            "a path parameter must have `required: true` (OpenAPI 3.0.3 §4.7.12)",
        );
    }
    if parameter.required && schema.default.is_some() {
        refuse(
            &child(&schema.pointer, "default"),
            "a required parameter has no use for a default",
        );
    }
}

fn check_header(pointer: &str, schema: &Schema, refuse: &mut Refuse<'_>) {
    let single = !matches!(schema.kind, Kind::Any | Kind::Array | Kind::Object);
    if !single || schema.component.is_some() {
        refuse(
            pointer,
            "only headers with a single value, written in place, are taken over",
        );
    }
}

fn check_response(response: &Response, refuse: &mut Refuse<'_>) {
    let Status::Exact(status) = response.status else {
        let reason = "only single statuses are taken over, no ranges and no default";
        return refuse(&response.pointer, reason);
    };
    for media_type in &response.media_types {
        let name = media_type.name.as_str();
        let taken_over = match status {
            400.. => name == "application/problem+json",
            _ => name == "text/event-stream" || name == "application/json" || name.ends_with("+json"),
        };
        if !taken_over {
            let reason = "only JSON and text/event-stream are taken over, and application/problem+json from status 400";
            refuse(&media_type.pointer, reason);
        }
    }
}
