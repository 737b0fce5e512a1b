//! The gate of contract-first artifacts: contracts are checked before anything is built on them.

use super::Rules;
use crate::tasks::model::{Category, Gate, Origin, Task};

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    if feature.contracts.is_empty() {
        return;
    }
    let origins: Vec<Origin> = feature
        .contracts
        .iter()
        .map(|contract| Origin::line(&contract.path, 1))
        .collect();
    let mut formats: Vec<&str> = Vec::new();
    for contract in &feature.contracts {
        if !formats.contains(&contract.format) {
            formats.push(contract.format);
        }
    }
    let repairs = rules.keys(&["setup:repair:"]);
    let count = feature.contracts.len();
    let files = if count == 1 {
        "the contract".to_owned()
    } else {
        format!("all {count} contracts")
    };
    let task = Task::new(
        "setup:contracts",
        Category::Setup,
        format!(
            "Check {files} ({}) for validity and breaking changes on every change",
            formats.join(", ")
        ),
        ".github/workflows/contracts.yml",
    );
    rules.push(
        task.from(origins)
            .after(["setup:project".to_owned()])
            .after(repairs)
            .of(Gate::ContractFirst),
    );
}
