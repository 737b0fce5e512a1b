//! The gate of observability and audit: where something is written or published, or a document demands it.

use super::Rules;
use crate::tasks::layout::Role;
use crate::tasks::model::{Category, Gate, Origin, Task};
use crate::tasks::names::words;

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    let writes: Vec<Origin> = feature
        .endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.writes())
        .map(|endpoint| endpoint.origin.clone())
        .collect();
    let events: Vec<Origin> = feature
        .events()
        .into_iter()
        .map(|event| event.origin.clone())
        .collect();
    let mentioned = feature.mentioned(Gate::Observability);
    if writes.is_empty() && events.is_empty() && mentioned.is_empty() {
        return;
    }
    if !writes.is_empty() {
        let file = rules.layout.file(Role::IntegrationTest, &words("audit trail"));
        let test = Task::new(
            "test:audit",
            Category::Tests,
            "Integration test that every write leaves an audit record, and a failed one none",
            file,
        );
        rules.push(
            test.from(writes.clone())
                .after(["setup:project".to_owned()])
                .of(Gate::Observability),
        );
        let file = rules.layout.file(Role::Service, &words("audit trail"));
        let audit = Task::new(
            "integration:audit",
            Category::Integration,
            "Append an audit record in the transaction of every write",
            file,
        );
        let needs = rules.keys(&["core:endpoint:"]);
        rules.push(
            audit
                .from(writes.clone())
                .after(["test:audit".to_owned()])
                .after(needs)
                .of(Gate::Observability),
        );
    }
    let origins: Vec<Origin> = writes.into_iter().chain(events).chain(mentioned).collect();
    let needs = rules.keys(&["core:endpoint:", "core:outbox"]);
    let file = rules.layout.file(Role::Telemetry, &words("telemetry"));
    let task = Task::new(
        "integration:telemetry",
        Category::Integration,
        "Wire traces, metrics and structured logging of all operations",
        file,
    );
    rules.push(task.from(origins).after(needs).of(Gate::Observability));
}
