//! Tests: one for each endpoint and event of a contract, one for a contract without such, one for each story.

use super::{Rules, segments};
use crate::tasks::layout::Role;
use crate::tasks::model::{Category, Contract, Endpoint, Task};
use crate::tasks::names::{slug, words};

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    let project = || ["setup:project".to_owned()];
    for endpoint in feature.endpoints() {
        let subject = endpoint_subject(rules, endpoint);
        let file = rules.unique(|parts| rules.layout.file(Role::ContractTest, parts), &subject);
        let task = Task::new(
            format!("test:endpoint:{}", endpoint.title()),
            Category::Tests,
            format!("Contract test {}{}", endpoint.title(), with_headers(endpoint)),
            file,
        );
        rules.push(
            task.from(origins_of(feature.contracts.iter(), endpoint))
                .after(project()),
        );
    }
    for event in feature.events() {
        let last = event.name.rsplit(['.', '/']).next().unwrap_or(&event.name);
        let file = rules.unique(
            |parts| rules.layout.file(Role::EventTest, parts),
            &slug(if last.len() > 3 { last } else { &event.name }, 6, "message"),
        );
        let task = Task::new(
            format!("test:event:{}", event.name),
            Category::Tests,
            format!("Event contract test `{}`", event.name),
            file,
        );
        let origins: Vec<_> = feature
            .contracts
            .iter()
            .flat_map(|contract| &contract.events)
            .filter(|other| other.name == event.name)
            .map(|other| other.origin.clone())
            .collect();
        rules.push(task.from(origins).after(project()));
    }
    for contract in feature
        .contracts
        .iter()
        .filter(|contract| contract.endpoints.is_empty() && contract.events.is_empty())
    {
        let subject = contract_subject(&contract.path);
        let file = rules.unique(|parts| rules.layout.file(Role::ContractTest, parts), &subject);
        let task = Task::new(
            format!("test:contract:{}", contract.path),
            Category::Tests,
            format!("Contract test of {} ({})", contract.path, contract.format),
            file,
        );
        let repair = contract.broken.then(|| format!("setup:repair:{}", contract.path));
        rules.push(
            task.from([crate::tasks::model::Origin::line(&contract.path, 1)])
                .after(project())
                .after(repair),
        );
    }
    for story in &feature.stories {
        let mut subject = vec![story.label.to_lowercase()];
        subject.extend(slug(&story.title, 5, "story"));
        let file = rules.unique(|parts| rules.layout.file(Role::IntegrationTest, parts), &subject);
        let task = Task::new(
            format!("test:story:{}", story.title.to_lowercase()),
            Category::Tests,
            format!("Integration test {}: {}", story.label, story.title),
            file,
        );
        rules.push(task.from([story.origin.clone()]).after(project()));
    }
}

/// The words of a contract's name, without its endings.
pub(super) fn contract_subject(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("contracts/").unwrap_or(path);
    let name = inner.rsplit_once('.').map_or(inner, |(name, _)| name);
    let mut parts = words(name);
    parts.retain(|part| !["contract", "contracts", "schema", "test", "md"].contains(&part.as_str()));
    if parts.is_empty() { words(name) } else { parts }
}

fn origins_of<'a>(
    contracts: impl Iterator<Item = &'a Contract>,
    endpoint: &Endpoint,
) -> Vec<crate::tasks::model::Origin> {
    contracts
        .flat_map(|contract| &contract.endpoints)
        .filter(|other| other.title() == endpoint.title())
        .map(|other| other.origin.clone())
        .collect()
}

fn with_headers(endpoint: &Endpoint) -> String {
    let shown: Vec<String> = endpoint
        .headers
        .iter()
        .map(|header| format!("`{header}`"))
        .collect();
    if shown.is_empty() {
        String::new()
    } else {
        format!(" with {} headers", shown.join(" + "))
    }
}

/// `schools_post`; parameters are named where another path would be called the same.
fn endpoint_subject(rules: &Rules<'_>, endpoint: &Endpoint) -> Vec<String> {
    let name = |path: &str| {
        segments(path)
            .iter()
            .flat_map(|segment| words(segment))
            .collect::<Vec<_>>()
    };
    let mut subject = name(&endpoint.path);
    let others = rules.feature.endpoints();
    let alike = others.iter().any(|other| {
        other.method == endpoint.method
            && other.path != endpoint.path
            && name(&other.path) == subject
            && other.path.len() < endpoint.path.len()
    });
    if alike {
        let last = endpoint
            .path
            .rsplit('/')
            .find(|part| part.starts_with(['{', ':', '<', '[']));
        if let Some(parameter) = last {
            subject.push("by".to_owned());
            subject.extend(words(parameter));
        }
    }
    if subject.is_empty() {
        subject.push("root".to_owned());
    }
    subject.push(endpoint.method.to_lowercase());
    subject
}
