//! The Rust names that a contract's names become: none twice.

use super::{MediaType, OpenApi, Operation, Status};
use crate::claims::{Claims, Scope};
use crate::emit::parameters::named;
use crate::emit::responses as emitted;
use crate::source::child;
use crate::{Language, Refusal, Schema, Source, names};

/// What generated code calls its own variables beside the parameters of an operation.
const VARIABLES: &[&str] = &[
    "accept",
    "admission",
    "affected",
    "body",
    "claim",
    "descriptor",
    "events",
    "exchange",
    "payload",
    "reply",
    "request",
    "response",
    "service",
    "work",
    "written",
];

/// The methods that every service has.
const METHODS: &[&str] = &["admit", "authenticate", "base_url", "begin", "commit", "conclude"];

pub(super) fn check(source: &Source, api: &OpenApi) -> Vec<Refusal> {
    let mut claims = Claims::new(source);
    let (mut types, mut constants) = (Scope::of_types(), Scope::new(&[]));
    for (name, schema) in source.component_schemas() {
        let pointer = schema.pointer();
        claims.claim(&mut types, pointer, name, names::camel);
        claims.claim(&mut constants, pointer, name, names::constant);
        claims.claim_members(&Schema::at(source, Some(pointer)));
    }
    let mut problems = Scope::new(&["ALL"]);
    for problem in &api.problems {
        let pointer = child("/x-problems", &problem.slug);
        claims.claim(&mut problems, &pointer, &problem.slug, names::constant);
    }
    let (mut methods, mut constants) = (Scope::new(METHODS), Scope::new(&["API"]));
    for operation in &api.operations {
        let pointer = child(&operation.pointer, "operationId");
        claims.claim(&mut methods, &pointer, &operation.name, names::snake);
        claims.claim(&mut constants, &pointer, &operation.name, names::constant);
        check_operation(operation, &mut constants, &mut claims);
    }
    claims.refusals
}

fn check_operation(operation: &Operation, constants: &mut Scope, claims: &mut Claims<'_>) {
    let mut fields = Scope::new(VARIABLES);
    for parameter in &operation.parameters {
        claims.claim(&mut fields, &parameter.pointer, &parameter.name, names::snake);
        if let Some(constant) = named(operation, parameter, Language::Service) {
            claims.claim(constants, &parameter.pointer, &parameter.name, |_| constant);
        }
    }
    let mut variants = Scope::new(&[]);
    for response in &operation.responses {
        claims.claim(constants, &response.pointer, "", |_| {
            emitted::response_constant(operation, response)
        });
        let mut headers = Scope::new(&["body", "stream"]);
        for header in &response.headers {
            let pointer = child(&child(&response.pointer, "headers"), &header.name);
            claims.claim(&mut headers, &pointer, &header.name, names::header_field);
            if let (Some(component), Some(constant)) = (&header.component, emitted::header_constant(header)) {
                let pointer = child("/components/headers", component);
                claims.claim(constants, &pointer, component, |_| constant);
            }
        }
        if response.status.least() >= 400 {
            continue;
        }
        let content = child(&response.pointer, "content");
        let several = response.media_types.len() > 1;
        if response.media_types.is_empty() {
            let variant = |_: &str| variant(response.status, None);
            claims.claim(&mut variants, &response.pointer, "", variant);
        }
        for media_type in &response.media_types {
            let variant = |_: &str| variant(response.status, Some(media_type).filter(|_| several));
            claims.claim(
                &mut variants,
                &child(&content, &media_type.name),
                &media_type.name,
                variant,
            );
        }
    }
}

fn variant(status: Status, media_type: Option<&MediaType>) -> proc_macro2::Ident {
    let wanted = emitted::variant_names(status, media_type);
    names::camel(wanted.first().map_or("", String::as_str))
}
