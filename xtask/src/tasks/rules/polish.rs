//! Polish: unit tests, documents, validation of the quickstart.

use super::Rules;
use crate::tasks::layout::Role;
use crate::tasks::model::{Category, Gate, Origin, Task};
use crate::tasks::names::{sameness, slug, words};

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    for entity in feature
        .entities
        .iter()
        .filter(|entity| !entity.fields.is_empty() && !entity.enumeration)
    {
        let same = sameness(&entity.name);
        let file = rules.unique(
            |parts| rules.layout.file(Role::UnitTest, parts),
            &words(&entity.name),
        );
        let task = Task::new(
            format!("polish:unit:{same}"),
            Category::Polish,
            format!("Unit tests of the rules of {}", entity.name),
            file,
        );
        rules.push(
            task.from([entity.origin.clone()])
                .after([format!("core:model:{same}")]),
        );
    }
    for (number, scenario) in (1..).zip(&feature.scenarios) {
        let subject = slug(&scenario.text, 6, &format!("scenario {number}"));
        let file = rules.unique(|parts| rules.layout.file(Role::QuickstartTest, parts), &subject);
        let task = Task::new(
            format!("polish:quickstart:{}", scenario.text.to_lowercase()),
            Category::Polish,
            format!("Validate the quickstart as a test: {}", scenario.text),
            file,
        );
        let needs = rules.keys(&["core:endpoint:", "core:contract:", "integration:"]);
        rules.push(task.from([scenario.origin.clone()]).after(needs));
    }
    if rules.keys(&["integration:telemetry"]).is_empty() {
        return;
    }
    let task = Task::new(
        "polish:observability-docs",
        Category::Polish,
        "Describe metrics, dashboards, audit records and what consumers of events notice",
        "docs/observability.md",
    );
    let origins = rules
        .tasks
        .iter()
        .find(|task| task.key == "integration:telemetry")
        .map(|task| task.origins.clone())
        .unwrap_or_default();
    rules.push(
        task.from(origins)
            .after(["integration:telemetry".to_owned()])
            .of(Gate::Observability),
    );
}

/// What comes when everything else is done.
pub(super) fn add_last(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    let name = feature.folder.rsplit('/').next().unwrap_or(&feature.folder);
    let task = Task::new(
        "polish:docs",
        Category::Polish,
        "Document the feature for its users",
        format!("docs/{name}.md"),
    );
    let needs = rules.keys(&["core:endpoint:", "core:contract:", "core:service:"]);
    rules.push(task.from([Origin::line("plan.md", 1)]).after(needs));
    let task = Task::new(
        "polish:waivers",
        Category::Polish,
        "Remove duplication and record temporary waivers",
        "docs/risk-register.md",
    );
    let needs = rules.keys(&["core:", "integration:", "plan:file:"]);
    rules.push(task.from([Origin::line("plan.md", 1)]).after(needs));
    if feature
        .documents
        .iter()
        .any(|document| document == "quickstart.md")
    {
        let task = Task::new(
            "polish:smoke",
            Category::Polish,
            "Run the quickstart by hand as it stands and correct it where it fails",
            format!("{}/quickstart.md", feature.folder),
        );
        let needs = rules.keys(&["polish:quickstart:", "polish:slo", "polish:waivers"]);
        rules.push(task.from([Origin::line("quickstart.md", 1)]).after(needs));
    }
}
