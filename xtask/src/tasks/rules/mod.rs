//! From the documents to the tasks: one room for each category and each gate.

mod contract_first;
mod core;
mod integration;
mod lifecycle;
mod objectives;
mod observability;
mod outbox;
mod polish;
mod setup;
mod tenant_isolation;
mod tests;
mod tree;

use super::layout::Layout;
use super::model::{Endpoint, Feature, Task};
use super::names::words;

/// What the rules fill.
pub(crate) struct Rules<'a> {
    feature: &'a Feature,
    layout: Layout<'a>,
    tasks: Vec<Task>,
}

/// All tasks of a feature, not yet ordered.
pub(crate) fn tasks(feature: &Feature) -> Vec<Task> {
    let mut rules = Rules {
        feature,
        layout: Layout::new(&feature.plan),
        tasks: Vec::new(),
    };
    setup::add(&mut rules);
    contract_first::add(&mut rules);
    tests::add(&mut rules);
    core::add(&mut rules);
    tenant_isolation::add(&mut rules);
    outbox::add(&mut rules);
    lifecycle::add(&mut rules);
    core::add_endpoints(&mut rules);
    integration::add(&mut rules);
    observability::add(&mut rules);
    tree::add(&mut rules);
    polish::add(&mut rules);
    objectives::add(&mut rules);
    polish::add_last(&mut rules);
    rules.tasks
}

impl Rules<'_> {
    /// Adds a task; a second one of the same key gives it what it follows from.
    fn push(&mut self, task: Task) {
        if let Some(known) = self.tasks.iter_mut().find(|known| known.key == task.key) {
            let merged = known.clone().from(task.origins);
            *known = merged;
            return;
        }
        self.tasks.push(task);
    }

    /// The keys that begin with one of these.
    fn keys(&self, starts: &[&str]) -> Vec<String> {
        self.tasks
            .iter()
            .map(|task| &task.key)
            .filter(|key| starts.iter().any(|start| key.starts_with(start)))
            .cloned()
            .collect()
    }

    /// A path that no other task writes: a number is appended to the name where needed.
    fn unique(&self, make: impl Fn(&[String]) -> String, subject: &[String]) -> String {
        let taken = |path: &str| {
            self.tasks
                .iter()
                .any(|task| task.files.iter().any(|file| file == path))
        };
        let path = make(subject);
        if !taken(&path) {
            return path;
        }
        let mut numbered = (2_u32..).map(|number| {
            let mut parts = subject.to_vec();
            parts.push(number.to_string());
            make(&parts)
        });
        numbered.find(|path| !taken(path)).unwrap_or(path)
    }
}

/// The parts of a path that are neither version nor parameter, and not what every path of a tenant begins with.
pub(crate) fn segments(path: &str) -> Vec<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_parameter = |part: &str| part.starts_with(['{', ':', '<', '[', '$', '*']);
    let is_version = |part: &str| {
        part == "api"
            || part == "rest"
            || (part.starts_with('v')
                && part.len() > 1
                && part
                    .chars()
                    .skip(1)
                    .all(|letter| letter.is_ascii_digit() || letter == '.'))
    };
    let mut kept: Vec<&str> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let of_tenant = parts
            .get(index + 1)
            .is_some_and(|next| is_parameter(next) && next.to_lowercase().contains("tenant"));
        let more = parts.iter().skip(index + 2).any(|part| !is_parameter(part));
        if !(is_parameter(part) || is_version(part) || of_tenant && more) {
            kept.push(part);
        }
    }
    kept.into_iter().map(str::to_owned).collect()
}

/// The resource that an endpoint belongs to, as the words of a file's name.
pub(crate) fn resource(endpoint: &Endpoint) -> Vec<String> {
    match endpoint.method.as_str() {
        "QUERY" | "MUTATION" | "SUBSCRIPTION" => vec!["resolvers".to_owned()],
        _ => segments(&endpoint.path)
            .first()
            .map(|segment| words(segment))
            .filter(|words| !words.is_empty())
            .unwrap_or_else(|| vec!["root".to_owned()]),
    }
}
