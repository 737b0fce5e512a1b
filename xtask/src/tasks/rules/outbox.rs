//! The gate of outbox publishing: where a contract has events, or a document demands an outbox.

use super::Rules;
use crate::tasks::layout::Role;
use crate::tasks::model::{Category, Gate, Origin, Task};
use crate::tasks::names::words;

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    let mut origins: Vec<Origin> = feature
        .events()
        .into_iter()
        .map(|event| event.origin.clone())
        .collect();
    origins.extend(feature.mentioned(Gate::Outbox));
    if origins.is_empty() {
        return;
    }
    let mut tests: Vec<String> = Vec::new();
    for contract in feature
        .contracts
        .iter()
        .filter(|contract| !contract.events.is_empty())
    {
        let names: Vec<String> = contract
            .events
            .iter()
            .take(5)
            .map(|event| event.name.rsplit('.').next().unwrap_or_default().to_owned())
            .collect();
        let more = contract.events.len().saturating_sub(names.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let mut subject = words("outbox");
        subject.extend(super::tests::contract_subject(&contract.path));
        let file = rules.unique(|parts| rules.layout.file(Role::IntegrationTest, parts), &subject);
        let key = format!("test:outbox:{}", contract.path);
        let task = Task::new(
            &*key,
            Category::Tests,
            format!(
                "Integration test outbox publishes {}{more} once each, in order, after a crash too",
                names.join(", ")
            ),
            file,
        );
        rules.push(
            task.from(contract.events.iter().map(|event| event.origin.clone()))
                .after(["setup:project".to_owned()])
                .of(Gate::Outbox),
        );
        tests.push(key);
    }
    if tests.is_empty() {
        let file = rules.layout.file(Role::IntegrationTest, &words("outbox"));
        let task = Task::new(
            "test:outbox",
            Category::Tests,
            "Integration test outbox publishes what was committed, and nothing else",
            file,
        );
        rules.push(
            task.from(origins.clone())
                .after(["setup:project".to_owned()])
                .of(Gate::Outbox),
        );
        tests.push("test:outbox".to_owned());
    }
    let events = rules.keys(&["core:event:"]);
    let file = rules.layout.file(Role::Service, &words("outbox publisher"));
    let writer = Task::new(
        "core:outbox",
        Category::Core,
        "Transactional outbox writer: an event is stored in the transaction that causes it",
        file,
    );
    rules.push(
        writer
            .from(origins.clone())
            .after(tests)
            .after(events)
            .of(Gate::Outbox),
    );
    let file = rules.layout.file(Role::Worker, &words("outbox dispatcher"));
    let dispatcher = Task::new(
        "integration:outbox-dispatcher",
        Category::Integration,
        "Configure outbox dispatcher worker and retry strategy",
        file,
    );
    rules.push(
        dispatcher
            .from(origins)
            .after(["core:outbox".to_owned()])
            .of(Gate::Outbox),
    );
}
