//! Tenant isolation.

use std::collections::BTreeSet;

use super::{faults, takes_header};
use crate::gates::evidence::ISOLATION;
use crate::gates::facts::Facts;
use crate::gates::gate::{Cause, Check};

pub(in crate::gates) fn cause(facts: &Facts) -> Cause {
    match facts.tenant_operations().count() {
        0 => Cause::NotYet("no operation has x-tenant".to_owned()),
        count => Cause::Given(format!("{count} operations have x-tenant")),
    }
}

pub(in crate::gates) fn check(facts: &Facts) -> Vec<Check> {
    let operations = facts.openapi.operations.iter();
    let undeclared = faults(operations, |operation| {
        let is_below = operation.path.contains("{tenantId}");
        (is_below && operation.tenant.is_none()).then(|| "lacks x-tenant".to_owned())
    });
    let unguarded = faults(facts.tenant_operations(), |operation| {
        let answers = |status, slug: &str| {
            let mut responses = operation.responses.iter();
            responses.any(|response| {
                response.status.exact() == Some(status)
                    && response.problem_types.iter().any(|found| found == slug)
            })
        };
        let is_guarded = takes_header(operation, "X-Tenant-Id")
            && answers(403, "tenant-mismatch")
            && answers(404, "tenant-not-found");
        (!is_guarded).then(|| "lacks the header X-Tenant-Id, tenant-mismatch or tenant-not-found".to_owned())
    });
    vec![
        Check::rule("every path below a tenant belongs to it (x-tenant)", &undeclared),
        Check::rule(
            "every operation of a tenant takes X-Tenant-Id and declares its refusals",
            &unguarded,
        ),
        Check::rule(
            "the sweep across tenants knows how to fill every path and body",
            &unfilled(facts),
        ),
        Check::rule(
            "every table with a tenant_id has forced row-level security",
            &exposed_tables(facts),
        ),
    ]
}

/// What the sweep would stop at: a path parameter that it does not replace, a body without an example.
fn unfilled(facts: &Facts) -> Vec<String> {
    let (sweep, _) = ISOLATION.split_once("::").unwrap_or((ISOLATION, ""));
    faults(facts.tenant_operations(), |operation| {
        let parts = operation.path.split('/');
        let mut parameters = parts.filter(|part| part.starts_with('{'));
        if let Some(parameter) =
            parameters.find(|parameter| !facts.tests.mentions(sweep, &format!("\"{parameter}\"")))
        {
            return Some(format!(
                "has {parameter} in its path, which {sweep} does not fill"
            ));
        }
        let examples = format!(
            "{}/requestBody/content/application~1json/examples",
            operation.pointer
        );
        let has_example = facts.openapi_text.pointer(&examples).is_some();
        (operation.body.is_some() && !has_example).then(|| "has a body without an example".to_owned())
    })
}

/// The tables of the migrations that hold a tenant's rows and are given to neither `partition_and_isolate` nor `isolate`.
fn exposed_tables(facts: &Facts) -> Vec<String> {
    let (mut held, mut isolated) = (BTreeSet::new(), BTreeSet::new());
    for text in facts.migrations.values() {
        for statement in text.split("CREATE TABLE ").skip(1) {
            let columns = statement.split("CREATE TABLE ").next().unwrap_or_default();
            let columns = columns.split('"').next().unwrap_or_default();
            if let Some((name, rest)) = columns.split_once(" (")
                && rest.contains("tenant_id ")
            {
                held.insert(name);
            }
        }
        for call in text.split("isolate(").skip(1) {
            let arguments = call.split(".await").next().unwrap_or_default();
            isolated.extend(arguments.split('"').skip(1).step_by(2));
        }
    }
    let exposed = held.difference(&isolated);
    exposed
        .map(|table| format!("the migrations do not isolate {table}"))
        .collect()
}
