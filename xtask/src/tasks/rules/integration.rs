//! Integration: database, health.

use super::Rules;
use crate::tasks::layout::Role;
use crate::tasks::model::{Category, Task};
use crate::tasks::names::{one_line, words};

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    if let Some(storage) = &feature.plan.storage
        && !feature.entities.is_empty()
    {
        let needs = rules.keys(&["core:service:", "core:outbox"]);
        let needs = if needs.is_empty() {
            rules.keys(&["core:model:"])
        } else {
            needs
        };
        let storage_text = one_line(&storage.text.replace('\n', ", "), 80);
        let text = format!(
            "Connect models and services to {}",
            storage_text.trim_end_matches('.')
        );
        let file = rules.layout.file(Role::Database, &words("connection"));
        rules.push(
            Task::new("integration:storage", Category::Integration, text, file)
                .from([storage.origin.clone()])
                .after(needs),
        );
    }
    let endpoints = feature.endpoints();
    if let Some(first) = endpoints.iter().find(|endpoint| endpoint.path.starts_with('/')) {
        let mut parts: Vec<&str> = Vec::new();
        if feature.plan.storage.is_some() {
            parts.push("database");
        }
        if !feature.events().is_empty() {
            parts.push("broker and outbox backlog");
        }
        let reflects = if parts.is_empty() {
            "what the service needs".to_owned()
        } else {
            parts.join(", ")
        };
        let needs = rules.keys(&["core:endpoint:"]);
        let file = rules.layout.file(Role::Endpoint, &words("health"));
        rules.push(
            Task::new(
                "integration:health",
                Category::Integration,
                format!("Update health endpoints to reflect {reflects}"),
                file,
            )
            .from([first.origin.clone()])
            .after(needs),
        );
    }
}
