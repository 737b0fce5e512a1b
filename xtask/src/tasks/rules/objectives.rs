//! The gate of SLO validation: where plan, contracts or specification promise a latency or an availability.

use super::Rules;
use crate::tasks::layout::Role;
use crate::tasks::model::{Category, Gate, Task};
use crate::tasks::names::{one_line, words};

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    let Some(first) = feature.objectives.first() else {
        return;
    };
    let more = feature.objectives.len() - 1;
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let text = format!(
        "Performance test that what is promised holds: {}{more}",
        one_line(&first.text.replace('\n', "; "), 110)
    );
    let file = rules.layout.file(Role::PerformanceTest, &words("latency"));
    let needs = rules.keys(&["core:endpoint:", "core:contract:", "integration:telemetry"]);
    let origins = feature.objectives.iter().map(|stated| stated.origin.clone());
    rules.push(
        Task::new("polish:slo", Category::Polish, text, file)
            .from(origins)
            .after(needs)
            .of(Gate::Objectives),
    );
}
