//! `--check`: an existing `tasks.md` against the documents.

use std::collections::HashMap;

use super::model::{Feature, TaskList};
use super::names::{sameness, words};
use super::stable_ids::{Listed, Previous};

/// What is missing, stale, out of order or wrongly parallel.
pub(crate) fn check(feature: &Feature, expected: &TaskList, listed: &Previous) -> Vec<String> {
    let mut findings = parallel(listed);
    findings.extend(repeated(listed));
    if listed.generated {
        findings.extend(generated(expected, listed));
    } else {
        findings.extend(written(feature, listed));
    }
    findings
}

/// A list that was generated: task by task.
fn generated(expected: &TaskList, listed: &Previous) -> Vec<String> {
    let mut findings = Vec::new();
    let position = |key: &str| {
        listed
            .tasks
            .iter()
            .position(|task| task.key.as_deref() == Some(key))
    };
    for task in &expected.tasks {
        let origin = task
            .origins
            .first()
            .map(|origin| format!(" ({origin})"))
            .unwrap_or_default();
        let Some((index, found)) =
            position(&task.key).and_then(|index| listed.tasks.get(index).map(|found| (index, found)))
        else {
            findings.push(format!("missing: {}{origin}", task.description()));
            continue;
        };
        if found.text != task.description() {
            findings.push(format!(
                "stale: {} (line {}) says \"{}\"; the documents now say \"{}\"{origin}",
                found.id,
                found.line,
                found.text,
                task.description()
            ));
        }
        if found.parallel && !task.parallel {
            findings.push(format!(
                "wrongly parallel: {} (line {}) is marked [P], and is not independent",
                found.id, found.line
            ));
        }
        if found.phase != Some(task.category) {
            findings.push(format!(
                "out of order: {} (line {}) belongs to {}",
                found.id,
                found.line,
                task.category.heading()
            ));
        }
        for key in &task.needs {
            if let Some(before) = position(key)
                .filter(|before| *before > index)
                .and_then(|before| listed.tasks.get(before))
            {
                findings.push(format!(
                    "out of order: {} (line {}) comes before {}, which it needs",
                    found.id, found.line, before.id
                ));
            }
        }
    }
    for task in &listed.tasks {
        if let Some(key) = task.key.as_deref().filter(|key| expected.of_key(key).is_none()) {
            findings.push(format!(
                "stale: {} (line {}): no document gives cause for it any more ({key})",
                task.id, task.line
            ));
        }
    }
    findings
}

/// A list that a person wrote: whatever the documents name must be named.
fn written(feature: &Feature, listed: &Previous) -> Vec<String> {
    let mut findings = Vec::new();
    let texts: Vec<String> = listed.tasks.iter().map(|task| task.text.to_lowercase()).collect();
    let flat: Vec<String> = listed
        .tasks
        .iter()
        .map(|task| words(&task.text).concat())
        .collect();
    let names = |name: &str| {
        let same = sameness(name);
        flat.iter().any(|text| text.contains(&same))
    };
    for contract in &feature.contracts {
        let file = contract.path.rsplit('/').next().unwrap_or_default();
        let stem = file.split('.').next().unwrap_or(file);
        let by_part = contract.endpoints.iter().any(|endpoint| {
            texts
                .iter()
                .any(|text| text.contains(&endpoint.path.to_lowercase()))
        }) || contract.events.iter().any(|event| names(&event.name));
        let tested = texts.iter().any(|text| {
            text.contains("test")
                && (text.contains(&file.to_lowercase()) || text.contains(&stem.to_lowercase()))
        });
        if !(by_part || tested || names(stem)) {
            findings.push(format!("missing: no task tests {}", contract.path));
        }
    }
    for endpoint in feature.endpoints() {
        let path = endpoint.path.to_lowercase();
        let last = super::rules::segments(&endpoint.path)
            .last()
            .map(|segment| sameness(segment))
            .unwrap_or_default();
        if !texts.iter().any(|text| text.contains(&path))
            && (last.is_empty() || !flat.iter().any(|text| text.contains(&last)))
        {
            findings.push(format!(
                "missing: no task names {} ({})",
                endpoint.title(),
                endpoint.origin
            ));
        }
    }
    for entity in &feature.entities {
        if !names(&entity.name) {
            findings.push(format!(
                "missing: no task names the entity {} ({})",
                entity.name, entity.origin
            ));
        }
    }
    for story in &feature.stories {
        let number = story.label.to_lowercase();
        let any = listed.tasks.iter().any(|task| {
            let heading = task.heading.to_lowercase();
            task.text.to_lowercase().contains(&number)
                || heading.contains(&number)
                || heading.contains(&format!("story {}", number.trim_start_matches("us")))
                || heading.contains(&story.title.to_lowercase())
        });
        if !any && !names(&story.title) {
            findings.push(format!(
                "missing: no task is of {} \"{}\" ({})",
                story.label, story.title, story.origin
            ));
        }
    }
    findings
}

/// `[P]` tasks under one heading that write one file.
fn parallel(listed: &Previous) -> Vec<String> {
    let mut findings = Vec::new();
    let mut writers: HashMap<(String, String), &Listed> = HashMap::new();
    for task in listed.tasks.iter().filter(|task| task.parallel) {
        let files = task.files();
        // Where several files are named, the last one is what is written; the others are referred to.
        if let Some(file) = files.last() {
            match writers.get(&(task.heading.clone(), file.clone())) {
                Some(other) => findings.push(format!(
                    "wrongly parallel: {} (line {}) and {} (line {}) are marked [P] and write {file}",
                    other.id, other.line, task.id, task.line
                )),
                None => {
                    writers.insert((task.heading.clone(), file.clone()), task);
                }
            }
        }
    }
    findings
}

fn repeated(listed: &Previous) -> Vec<String> {
    let mut seen: HashMap<&str, u64> = HashMap::new();
    let mut findings = Vec::new();
    for task in &listed.tasks {
        if let Some(line) = seen.insert(&task.id, task.line) {
            findings.push(format!(
                "wrong: {} stands on line {line} and on line {}",
                task.id, task.line
            ));
        }
    }
    findings
}
