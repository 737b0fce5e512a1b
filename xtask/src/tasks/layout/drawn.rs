//! The files and folders that a plan draws, looked up by what they are for.

use super::{Layout, Role};
use crate::tasks::input::plan::{Plan, Structure};
use crate::tasks::language::Language;
use crate::tasks::names::{sameness, snake, words};

impl Layout<'_> {
    /// The drawn folder of a role.
    pub(super) fn drawn_folder(&self, role: Role, tests: bool) -> Option<String> {
        let of_side = |path: &str| {
            if role == Role::Page {
                path.starts_with(&self.surface)
            } else {
                self.is_ours(path)
            }
        };
        let mut drawn: Vec<(usize, &str)> = self
            .plan
            .tree
            .iter()
            .map(|entry| entry.path.as_str())
            .filter(|path| {
                path.ends_with('/') && of_side(path) && is_test(path) == tests && *path != self.root
            })
            .filter_map(|path| {
                let name = path
                    .trim_end_matches('/')
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_lowercase()
                    .replace('.', "");
                role.folders()
                    .iter()
                    .position(|folder| *folder == name)
                    .map(|rank| (rank, path))
            })
            .collect();
        // A top-level `api/` holds a project, not the endpoints.
        drawn.retain(|(_, path)| {
            !(role == Role::Endpoint
                && path.matches('/').count() == 1
                && *path == "api/"
                && self.plan.structure != Structure::Single)
        });
        drawn.sort_by_key(|(rank, path)| (!path.starts_with(&self.root), *rank, path.len()));
        drawn.first().map(|(_, path)| (*path).to_owned())
    }

    /// The file that the plan draws for a subject, or the only one of a role.
    pub(super) fn drawn_file(&self, role: Role, subject: &[String]) -> Option<String> {
        let marks = role.marks();
        let wanted = sameness(&snake(subject));
        let mut of_role: Vec<&str> = Vec::new();
        for entry in
            self.plan.tree.iter().filter(|entry| {
                !entry.path.ends_with('/') && !is_test(&entry.path) && self.is_ours(&entry.path)
            })
        {
            let mut parts = entry.path.rsplit('/');
            let name = parts.next().unwrap_or_default();
            let folder = parts.next().unwrap_or_default().to_lowercase();
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            if Language::of_file(name).is_none() {
                continue;
            }
            let mut parts = words(stem);
            let before = parts.len();
            parts.retain(|part| !marks.contains(&part.as_str()));
            let marked = parts.len() < before;
            let in_folder = role.folders().contains(&folder.as_str());
            if (marked || in_folder) && !parts.is_empty() && sameness(&snake(&parts)) == wanted {
                return Some(entry.path.clone());
            }
            if marked {
                of_role.push(&entry.path);
            }
        }
        // What is of no entity does not go into the one file that a feature draws for its own.
        let shared = ["health", "outbox", "audit"]
            .iter()
            .any(|word| subject.iter().any(|part| part == word));
        match of_role.as_slice() {
            [only] if !shared && self.drawn_folder(role, false).is_none() => Some((*only).to_owned()),
            _ => None,
        }
    }
}

/// The folder of a part of the project: `backend/`, `shop-api/`.
pub(super) fn part(plan: &Plan, names: &[&str], otherwise: &str) -> String {
    let is_part = |path: &str, name: &str| {
        path.ends_with(&format!("{name}/"))
            && path.matches('/').count() <= 2
            && path
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .is_some_and(|last| last == name || last.ends_with(&format!("-{name}")))
    };
    names
        .iter()
        .find_map(|name| {
            plan.tree
                .iter()
                .map(|entry| &entry.path)
                .find(|path| is_part(path, name))
        })
        .cloned()
        .unwrap_or_else(|| otherwise.to_owned())
}

/// Whether a path is of tests.
pub(crate) fn is_test(path: &str) -> bool {
    let mut parts = path.trim_end_matches('/').split('/');
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let lower = name.to_lowercase();
    parts.any(|part| {
        matches!(
            part.to_lowercase().as_str(),
            "tests" | "test" | "__tests__" | "e2e" | "spec"
        ) || part.ends_with("Tests")
            || part.ends_with(".Tests")
    }) || [".test.", ".spec.", "_test."]
        .iter()
        .any(|mark| lower.contains(mark))
        || (lower.starts_with("test_") && lower.contains('.'))
        || name
            .split('.')
            .next()
            .is_some_and(|stem| stem.ends_with("Test") || stem.ends_with("Tests"))
}

/// The deepest folder that all paths stand in.
pub(super) fn shared_folder(paths: &[&str]) -> String {
    let Some(first) = paths.first() else {
        return String::new();
    };
    let mut shared = first
        .rsplit_once('/')
        .map(|(folder, _)| format!("{folder}/"))
        .unwrap_or_default();
    while !shared.is_empty() && !paths.iter().all(|path| path.starts_with(&shared)) {
        let cut = shared
            .trim_end_matches('/')
            .rsplit_once('/')
            .map(|(folder, _)| format!("{folder}/"));
        shared = cut.unwrap_or_default();
    }
    shared
}
