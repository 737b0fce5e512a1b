//! The rules of the contract language: what must be declared so that nothing undeclared is ever answered, and what links the
//! two contracts.

use std::collections::HashSet;

use super::{OpenApi, Operation, Status};
use crate::source::child;
use crate::{AsyncApi, Refusal, Source};

/// Everything in `api` that breaks a rule.
pub(super) fn check(
    source: &Source,
    api: &OpenApi,
    events: &AsyncApi,
    events_source: &Source,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let tenants: HashSet<&str> = api
        .operations
        .iter()
        .filter_map(|operation| operation.tenant.as_deref())
        .collect();
    for operation in &api.operations {
        let mut refuse = |pointer: &str, reason: String| refusals.push(source.refuse(pointer, reason));
        if operation.id.is_none() {
            refuse(&operation.pointer, "an operation needs an operationId".to_owned());
        }
        check_path(operation, &mut refuse);
        check_problems(api, operation, &mut refuse);
        check_headers(operation, &mut refuse);
        check_links(operation, events, &mut refuse);
        check_tenant(operation, &tenants, &mut refuse);
    }
    let used = api.used_schemas(source);
    for (name, schema) in source.component_schemas() {
        if !used.contains(name) {
            let reason = "no operation uses this schema, so it would be missing where it is served";
            refusals.push(source.refuse(schema.pointer(), reason));
        }
    }
    refusals.extend(check_emitters(api, events, events_source));
    refusals
}

/// Each message is told by somebody: by operations, or by whom it names itself, and not by both.
fn check_emitters(api: &OpenApi, events: &AsyncApi, events_source: &Source) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (key, message) in &events.messages {
        let emits = |operation: &Operation| operation.emits.contains(key);
        let reason = match (
            &message.emitted_by,
            api.operations.iter().find(|found| emits(found)),
        ) {
            (None, None) => format!("no operation emits the message `{key}`"),
            (Some(emitter), Some(operation)) => format!(
                "`x-emitted-by: {emitter}` and `x-emits` of `{}` contradict each other",
                operation.name
            ),
            _ => continue,
        };
        refusals.push(events_source.refuse(&child("/components/messages", key), reason));
    }
    refusals
}

/// The header that says again which tenant is meant.
const TENANT_HEADER: &str = "X-Tenant-Id";

type Refuse<'a> = dyn FnMut(&str, String) + 'a;

fn check_path(operation: &Operation, refuse: &mut Refuse<'_>) {
    let in_path: HashSet<&str> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .collect();
    let declared = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.location == super::Location::Path);
    let declared: HashSet<&str> = declared.map(|parameter| parameter.name.as_str()).collect();
    for name in in_path.symmetric_difference(&declared) {
        refuse(
            &operation.pointer,
            format!("the path parameter `{name}` must stand in the path and among the parameters"),
        );
    }
}

/// The problem types that the runtime and the service answer by themselves; each must be declared.
fn needed_problems(operation: &Operation) -> Vec<(u16, &'static str)> {
    let mut needed = vec![
        (400, "malformed-request"),
        (406, "not-acceptable"),
        (500, "internal-error"),
    ];
    if operation.scope.is_some() {
        needed.extend([(401, "unauthenticated"), (403, "forbidden"), (503, "unavailable")]);
    }
    if operation.tenant.is_some() {
        needed.extend([
            (400, "tenant-header-invalid"),
            (403, "tenant-mismatch"),
            (403, "tenant-suspended"),
            (404, "tenant-not-found"),
        ]);
    }
    if operation.body.is_some() {
        needed.extend([
            (413, "payload-too-large"),
            (415, "unsupported-media-type"),
            (422, "validation-failed"),
        ]);
    }
    if operation.idempotent {
        needed.extend([
            (400, "idempotency-key-invalid"),
            (409, "idempotency-in-flight"),
            (422, "idempotency-key-reused"),
        ]);
    }
    needed
}

fn check_problems(api: &OpenApi, operation: &Operation, refuse: &mut Refuse<'_>) {
    for (status, slug) in needed_problems(operation) {
        let declared = operation.responses.iter().any(|response| {
            response.status == Status::Exact(status)
                && response.problem_types.iter().any(|declared| declared == slug)
        });
        if !declared {
            refuse(
                &operation.pointer,
                format!("the runtime may answer {status} `{slug}`, which no response declares"),
            );
        }
    }
    for response in &operation.responses {
        if response.status.least() >= 400 && response.problem_types.is_empty() {
            refuse(
                &response.pointer,
                "a response of 400 and above needs `x-problem-types`".to_owned(),
            );
        }
        for slug in &response.problem_types {
            match api.problems.iter().find(|problem| problem.slug == *slug) {
                None => refuse(
                    &response.pointer,
                    format!("`{slug}` is not listed under /x-problems"),
                ),
                Some(problem) if response.status != Status::Exact(problem.status) => {
                    refuse(
                        &response.pointer,
                        format!("`{slug}` has status {}, not {}", problem.status, response.status),
                    );
                }
                Some(_) => {}
            }
        }
    }
    for parameter in &operation.parameters {
        if !api
            .problems
            .iter()
            .any(|problem| problem.slug == parameter.problem && problem.status == 400)
        {
            refuse(
                &parameter.pointer,
                format!("`{}` is not a problem type of status 400", parameter.problem),
            );
        }
    }
}

fn check_headers(operation: &Operation, refuse: &mut Refuse<'_>) {
    for response in &operation.responses {
        let answers = |slug: &str| response.problem_types.iter().any(|declared| declared == slug);
        for (needed, applies) in [
            ("X-Correlation-Id", true),
            (
                "Retry-After",
                answers("unavailable") || answers("idempotency-in-flight"),
            ),
            ("WWW-Authenticate", answers("unauthenticated")),
        ] {
            if applies && !response.headers.iter().any(|header| header.name == needed) {
                refuse(
                    &response.pointer,
                    format!("the runtime sends `{needed}`, which this response does not declare"),
                );
            }
        }
    }
}

fn check_links(operation: &Operation, events: &AsyncApi, refuse: &mut Refuse<'_>) {
    if operation.is_write() && operation.audit.is_none() {
        refuse(
            &operation.pointer,
            "an operation that writes needs `x-audit`".to_owned(),
        );
    }
    if operation.is_write() && !operation.idempotent {
        refuse(
            &operation.pointer,
            "an operation that writes needs `x-idempotency: required`".to_owned(),
        );
    }
    if operation.scope.is_some() == operation.security.is_empty() {
        refuse(
            &operation.pointer,
            "`x-scope` and `security` belong together: one says what the caller needs, the other how it is shown"
                .to_owned(),
        );
    }
    if !operation.is_write() && !operation.emits.is_empty() {
        refuse(
            &child(&operation.pointer, "x-emits"),
            "an operation that only reads cannot emit".to_owned(),
        );
    }
    if operation.idempotent && !required_header(operation, "Idempotency-Key") {
        refuse(
            &operation.pointer,
            "`x-idempotency: required` needs the required header `Idempotency-Key`".to_owned(),
        );
    }
    for message in &operation.emits {
        if !events.messages.contains_key(message) {
            refuse(
                &child(&operation.pointer, "x-emits"),
                format!("the AsyncAPI contract has no message `{message}`"),
            );
        }
    }
}

/// `tenants` are the path parameters that `x-tenant` names anywhere in the contract.
fn check_tenant(operation: &Operation, tenants: &HashSet<&str>, refuse: &mut Refuse<'_>) {
    let in_path = |name: &str| {
        operation
            .parameters
            .iter()
            .any(|parameter| parameter.location == super::Location::Path && parameter.name == name)
    };
    let Some(tenant) = &operation.tenant else {
        let declares_header = operation.parameters.iter().any(|parameter| {
            parameter.location == super::Location::Header && parameter.name == TENANT_HEADER
        });
        // The header tells that a tenant is meant also where no other operation says which parameter holds it.
        if declares_header || tenants.iter().any(|name| in_path(name)) {
            let reason = "an operation below a tenant needs `x-tenant`";
            refuse(&operation.pointer, reason.to_owned());
        }
        return;
    };
    if !in_path(tenant) {
        let reason = format!("the operation has no path parameter `{tenant}`");
        refuse(&child(&operation.pointer, "x-tenant"), reason);
    }
    if !required_header(operation, TENANT_HEADER) {
        let reason = format!("an operation with `x-tenant` needs the required header `{TENANT_HEADER}`");
        refuse(&operation.pointer, reason);
    }
}

fn required_header(operation: &Operation, name: &str) -> bool {
    operation.parameters.iter().any(|parameter| {
        parameter.location == super::Location::Header && parameter.name == name && parameter.required
    })
}
