//! Core: models, services, endpoints, commands.

use super::tests::contract_subject;
use super::{Rules, resource, segments};
use crate::tasks::layout::Role;
use crate::tasks::model::{Category, Endpoint, Entity, Origin, Task};
use crate::tasks::names::{sameness, slug, words};

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    for entity in &feature.entities {
        model(rules, entity);
    }
    for entity in &feature.entities {
        service(rules, entity);
    }
    for event in feature.events() {
        let last = event.name.rsplit(['.', '/']).next().unwrap_or(&event.name);
        let file = rules.unique(
            |parts| rules.layout.file(Role::Event, parts),
            &slug(last, 6, "message"),
        );
        let task = Task::new(
            format!("core:event:{}", event.name),
            Category::Core,
            format!("Build the payload of event `{}`", event.name),
            file,
        );
        rules.push(
            task.from([event.origin.clone()])
                .after([format!("test:event:{}", event.name)]),
        );
    }
}

/// Endpoints, and what stands around them; services, guards and the outbox come before.
pub(super) fn add_endpoints(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    for endpoint in feature.endpoints() {
        implement(rules, endpoint);
    }
    for contract in feature
        .contracts
        .iter()
        .filter(|contract| !contract.broken && contract.endpoints.is_empty() && contract.events.is_empty())
    {
        let role = match contract.format {
            "JSON Schema" | "Avro" | "data" | "OpenAPI" | "AsyncAPI" | "SQL" => Role::Schema,
            _ if contract.path.to_lowercase().contains("cli")
                || contract.path.to_lowercase().contains("command")
                || feature.plan.command_line =>
            {
                Role::Command
            }
            _ => Role::Service,
        };
        let what = match role {
            Role::Schema => "Type and validation per",
            Role::Command => "CLI commands per",
            _ => "Implement the interface of",
        };
        let file = rules.unique(
            |parts| rules.layout.file(role, parts),
            &contract_subject(&contract.path),
        );
        let task = Task::new(
            format!("core:contract:{}", contract.path),
            Category::Core,
            format!("{what} {}", contract.path),
            file,
        );
        rules.push(
            task.from([Origin::line(&contract.path, 1)])
                .after([format!("test:contract:{}", contract.path)]),
        );
    }
    let endpoints = feature.endpoints();
    let http: Vec<&Endpoint> = endpoints
        .into_iter()
        .filter(|endpoint| endpoint.path.starts_with('/'))
        .collect();
    if let Some(first) = http.first() {
        let keys: Vec<String> = rules.keys(&["core:endpoint:"]);
        let writes = http.iter().any(|endpoint| endpoint.writes());
        let mut headers: Vec<String> = Vec::new();
        for header in http.iter().flat_map(|endpoint| &endpoint.headers) {
            if !headers.contains(header) {
                headers.push(header.clone());
            }
        }
        let origins: Vec<Origin> = http
            .iter()
            .filter(|endpoint| endpoint.writes())
            .take(5)
            .map(|endpoint| endpoint.origin.clone())
            .collect();
        if writes {
            let shown = headers
                .iter()
                .map(|header| format!("`{header}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let rules_of = if shown.is_empty() {
                "payload rules".to_owned()
            } else {
                format!("{shown} and payload rules")
            };
            let file = rules.layout.file(Role::Middleware, &words("request validation"));
            rules.push(
                Task::new(
                    "core:validation",
                    Category::Core,
                    format!("Input validation enforcing {rules_of}"),
                    file,
                )
                .from(origins)
                .after(keys.clone()),
            );
        }
        let file = rules.layout.file(Role::Middleware, &words("error handler"));
        rules.push(
            Task::new(
                "core:errors",
                Category::Core,
                "Error handling with the error responses of the contracts",
                file,
            )
            .from([first.origin.clone()])
            .after(keys),
        );
    }
}

fn model(rules: &mut Rules<'_>, entity: &Entity) {
    let name = &entity.name;
    let text = if entity.enumeration {
        let values: Vec<&str> = entity
            .fields
            .iter()
            .take(8)
            .map(|field| field.name.as_str())
            .collect();
        let of = if values.is_empty() {
            String::new()
        } else {
            format!(" of {}", values.join(", "))
        };
        format!("{name} enumeration{of}")
    } else if entity.fields.is_empty() {
        format!("{name} model")
    } else {
        let shown: Vec<&str> = entity
            .fields
            .iter()
            .take(6)
            .map(|field| field.name.as_str())
            .collect();
        let more = entity.fields.len().saturating_sub(shown.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{name} model with {}{more}", shown.join(", "))
    };
    let file = rules.layout.file(Role::Model, &words(name));
    let tests: Vec<String> = rules
        .feature
        .endpoints()
        .into_iter()
        .filter(|endpoint| concerns(endpoint, entity))
        .map(|endpoint| format!("test:endpoint:{}", endpoint.title()))
        .collect();
    let tests = if tests.is_empty() {
        rules
            .tasks
            .iter()
            .find(|task| task.category == Category::Tests)
            .map(|task| vec![task.key.clone()])
            .unwrap_or_default()
    } else {
        tests
    };
    rules.push(
        Task::new(
            format!("core:model:{}", sameness(name)),
            Category::Core,
            text,
            file,
        )
        .from([entity.origin.clone()])
        .after(tests)
        .after(["setup:project".to_owned()]),
    );
}

/// Whether an endpoint's path names an entity.
fn concerns(endpoint: &Endpoint, entity: &Entity) -> bool {
    let same = sameness(&entity.name);
    segments(&endpoint.path)
        .iter()
        .any(|segment| sameness(segment) == same)
}

fn service(rules: &mut Rules<'_>, entity: &Entity) {
    let endpoints = rules
        .feature
        .endpoints()
        .into_iter()
        .filter(|endpoint| concerns(endpoint, entity))
        .count();
    if entity.enumeration || entity.relations.is_empty() && endpoints == 0 {
        return;
    }
    let targets: Vec<&str> = entity
        .relations
        .iter()
        .map(|relation| relation.target.as_str())
        .collect();
    let name = &entity.name;
    let text = if targets.is_empty() {
        format!("{name}Service with the operations on {name}")
    } else {
        format!(
            "{name}Service upholding the relationships {name} → {}",
            targets.join(", ")
        )
    };
    let file = rules.layout.file(Role::Service, &words(name));
    let models = std::iter::once(name.as_str())
        .chain(targets.iter().copied())
        .map(|name| format!("core:model:{}", sameness(name)));
    let known: Vec<String> = models
        .filter(|key| rules.tasks.iter().any(|task| task.key == *key))
        .collect();
    let origins = entity.relations.iter().map(|relation| relation.origin.clone());
    let task = Task::new(
        format!("core:service:{}", sameness(name)),
        Category::Core,
        text,
        file,
    );
    rules.push(
        task.from(std::iter::once(entity.origin.clone()).chain(origins))
            .after(known),
    );
}

fn implement(rules: &mut Rules<'_>, endpoint: &Endpoint) {
    let file = rules.layout.file(Role::Endpoint, &resource(endpoint));
    let mut hooks: Vec<&str> = Vec::new();
    if endpoint
        .headers
        .iter()
        .any(|header| header.eq_ignore_ascii_case("Idempotency-Key"))
        && endpoint.writes()
    {
        hooks.push("idempotency");
    }
    if endpoint
        .headers
        .iter()
        .any(|header| header.eq_ignore_ascii_case("If-Match"))
    {
        hooks.push("version check");
    }
    if endpoint.tenant.is_some() {
        hooks.push("tenant filter");
    }
    let with = if hooks.is_empty() {
        String::new()
    } else {
        format!(" with {}", hooks.join(" + "))
    };
    let kind = match endpoint.method.as_str() {
        "QUERY" | "MUTATION" | "SUBSCRIPTION" => "resolver",
        "RPC" => "procedure",
        _ => "endpoint",
    };
    let services = rules
        .feature
        .entities
        .iter()
        .filter(|entity| concerns(endpoint, entity))
        .map(|entity| format!("core:service:{}", sameness(&entity.name)));
    let mut needs: Vec<String> = services
        .filter(|key| rules.tasks.iter().any(|task| task.key == *key))
        .collect();
    if needs.is_empty() {
        needs = rules.keys(&["core:service:"]).into_iter().take(1).collect();
    }
    needs.insert(0, format!("test:endpoint:{}", endpoint.title()));
    if endpoint.tenant.is_some() {
        needs.push("core:tenant-guard".to_owned());
    }
    let task = Task::new(
        format!("core:endpoint:{}", endpoint.title()),
        Category::Core,
        format!("{} {kind}{with}", endpoint.title()),
        file,
    );
    rules.push(task.from([endpoint.origin.clone()]).after(needs));
}
