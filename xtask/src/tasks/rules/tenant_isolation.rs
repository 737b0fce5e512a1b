//! The gate of tenant isolation: where a contract has a tenant parameter, or a document demands it.

use super::Rules;
use crate::tasks::layout::Role;
use crate::tasks::model::{Category, Gate, Origin, Task};
use crate::tasks::names::words;

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    let mut parameters: Vec<String> = Vec::new();
    let mut origins: Vec<Origin> = Vec::new();
    let of_endpoints = feature.endpoints().into_iter().filter_map(|endpoint| {
        endpoint
            .tenant
            .clone()
            .map(|tenant| (tenant, endpoint.origin.clone()))
    });
    let of_events = feature
        .events()
        .into_iter()
        .filter_map(|event| event.tenant.clone().map(|tenant| (tenant, event.origin.clone())));
    for (parameter, origin) in of_endpoints.chain(of_events) {
        if !parameters.contains(&parameter) {
            parameters.push(parameter);
        }
        origins.push(origin);
    }
    for entity in &feature.entities {
        if let Some(field) = entity.fields.iter().find(|field| {
            super::super::input::contracts::names_tenant(&field.name)
                && field.name.to_lowercase().contains("tenant")
        }) {
            if !parameters.contains(&field.name) {
                parameters.push(field.name.clone());
            }
            origins.push(entity.origin.clone());
        }
    }
    let mentioned = feature.mentioned(Gate::TenantIsolation);
    if origins.is_empty() && mentioned.is_empty() {
        return;
    }
    origins.extend(mentioned);
    let named = if parameters.is_empty() {
        "the tenant".to_owned()
    } else {
        parameters
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let test = Task::new(
        "test:tenant-isolation",
        Category::Tests,
        format!("Integration test that no tenant reads or changes what is another's ({named})"),
        rules
            .layout
            .file(Role::IntegrationTest, &words("tenant isolation")),
    );
    rules.push(
        test.from(origins.clone())
            .after(["setup:project".to_owned()])
            .of(Gate::TenantIsolation),
    );
    let guard = Task::new(
        "core:tenant-guard",
        Category::Core,
        format!("Tenant guard that refuses what does not carry {named}"),
        rules.layout.file(Role::Middleware, &words("tenant guard")),
    );
    rules.push(
        guard
            .from(origins.clone())
            .after(["test:tenant-isolation".to_owned()])
            .of(Gate::TenantIsolation),
    );
    let services = rules.keys(&["core:service:"]);
    let scope = Task::new(
        "integration:tenant-scope",
        Category::Integration,
        "Scope every query and every key to the tenant",
        rules.layout.file(Role::Database, &words("tenant scope")),
    );
    rules.push(
        scope
            .from(origins)
            .after(["core:tenant-guard".to_owned()])
            .after(services)
            .of(Gate::TenantIsolation),
    );
}
