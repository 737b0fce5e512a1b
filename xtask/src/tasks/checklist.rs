//! The validation checklist: each point is ticked by checking it.

use std::collections::{HashMap, HashSet};

use super::model::{Category, Feature, TaskList};
use super::names::sameness;

/// A point of the checklist, and what speaks against it.
#[derive(Debug)]
pub(crate) struct Point {
    /// As the template puts it.
    pub(crate) title: &'static str,
    /// Which task, and why; empty if the point holds.
    pub(crate) failures: Vec<String>,
}

/// Checks a list against its feature.
pub(crate) fn check(feature: &Feature, list: &TaskList) -> Vec<Point> {
    vec![
        Point {
            title: "All contracts have corresponding tests",
            failures: contracts(feature, list),
        },
        Point {
            title: "All entities have model tasks",
            failures: entities(feature, list),
        },
        Point {
            title: "All endpoints have implementation tasks",
            failures: endpoints(feature, list),
        },
        Point {
            title: "All tests come before implementation",
            failures: order(list),
        },
        Point {
            title: "Parallel tasks truly independent",
            failures: independence(list),
        },
        Point {
            title: "Each task specifies exact file path",
            failures: paths(list),
        },
        Point {
            title: "No task modifies same file as another [P] task",
            failures: files(list),
        },
    ]
}

fn contracts(feature: &Feature, list: &TaskList) -> Vec<String> {
    let tested = |path: &str| {
        list.tasks.iter().any(|task| {
            task.category == Category::Tests && task.origins.iter().any(|origin| origin.document == path)
        })
    };
    feature
        .contracts
        .iter()
        .filter(|contract| !tested(&contract.path))
        .map(|contract| format!("{} has no test task", contract.path))
        .collect()
}

fn entities(feature: &Feature, list: &TaskList) -> Vec<String> {
    let modelled = |name: &str| list.of_key(&format!("core:model:{}", sameness(name))).is_some();
    feature
        .entities
        .iter()
        .filter(|entity| !modelled(&entity.name))
        .map(|entity| format!("{} ({}) has no model task", entity.name, entity.origin))
        .collect()
}

fn endpoints(feature: &Feature, list: &TaskList) -> Vec<String> {
    let built: HashSet<&str> = list
        .tasks
        .iter()
        .filter_map(|task| task.key.strip_prefix("core:endpoint:"))
        .collect();
    let missing = feature.endpoints().into_iter().filter(|endpoint| {
        !built.contains(endpoint.title().as_str())
            && !built
                .iter()
                .any(|key| endpoint.title().starts_with(key.trim_end_matches(" …")))
    });
    missing
        .map(|endpoint| {
            format!(
                "{} ({}) has no implementation task",
                endpoint.title(),
                endpoint.origin
            )
        })
        .collect()
}

fn order(list: &TaskList) -> Vec<String> {
    let positions: HashMap<&str, usize> = list
        .tasks
        .iter()
        .enumerate()
        .map(|(index, task)| (task.key.as_str(), index))
        .collect();
    let mut failures = Vec::new();
    let first = list.tasks.iter().position(|task| task.category > Category::Tests);
    for (index, task) in list.tasks.iter().enumerate() {
        if task.category == Category::Tests && first.is_some_and(|first| first < index) {
            failures.push(format!("{} is a test and comes after implementation", task.id));
        }
        for key in &task.needs {
            if positions
                .get(key.as_str())
                .is_none_or(|position| *position >= index)
            {
                failures.push(format!("{} comes before what it needs ({key})", task.id));
            }
        }
    }
    failures
}

fn independence(list: &TaskList) -> Vec<String> {
    let mut failures = Vec::new();
    for group in &list.groups {
        let members: HashMap<&str, &str> = group
            .iter()
            .filter_map(|index| list.tasks.get(*index))
            .filter(|task| task.parallel)
            .map(|task| (task.key.as_str(), task.id.as_str()))
            .collect();
        for task in group
            .iter()
            .filter_map(|index| list.tasks.get(*index))
            .filter(|task| task.parallel)
        {
            let mut open: Vec<&str> = task.needs.iter().map(String::as_str).collect();
            let mut seen: HashSet<&str> = HashSet::new();
            while let Some(key) = open.pop() {
                if let Some(other) = members.get(key) {
                    failures.push(format!(
                        "{} and {other} are marked [P] together, and {} needs {other}",
                        task.id, task.id
                    ));
                }
                if seen.insert(key)
                    && let Some(before) = list.of_key(key).filter(|before| before.category == task.category)
                {
                    open.extend(before.needs.iter().map(String::as_str));
                }
            }
        }
    }
    failures
}

fn paths(list: &TaskList) -> Vec<String> {
    let missing = list
        .tasks
        .iter()
        .filter(|task| task.files.is_empty() || task.files.iter().any(|file| file.trim().is_empty()));
    missing.map(|task| format!("{} names no file", task.id)).collect()
}

fn files(list: &TaskList) -> Vec<String> {
    let mut failures = Vec::new();
    let mut writers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, task) in list.tasks.iter().enumerate() {
        for file in &task.files {
            writers.entry(file).or_default().push(index);
        }
    }
    for (index, task) in list.tasks.iter().enumerate().filter(|(_, task)| task.parallel) {
        for file in &task.files {
            let others = writers
                .get(file.as_str())
                .into_iter()
                .flatten()
                .filter(|other| **other != index);
            for other in others.filter_map(|other| list.tasks.get(*other)) {
                failures.push(format!(
                    "{} is marked [P], and {} writes {file} too",
                    task.id, other.id
                ));
            }
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::model::Task;

    fn list(tasks: Vec<Task>) -> TaskList {
        let groups = vec![(0..tasks.len()).collect()];
        TaskList {
            tasks,
            groups,
            next: 1,
            added: Vec::new(),
        }
    }

    fn task(id: &str, category: Category, file: &str, needs: &[&str]) -> Task {
        let mut task = Task::new(id, category, id, file).after(needs.iter().map(|key| (*key).to_owned()));
        id.clone_into(&mut task.id);
        task.parallel = true;
        task
    }

    #[test]
    fn each_point_can_fail() {
        let one = list(vec![
            task("T001", Category::Core, "a", &[]),
            task("T002", Category::Tests, "a", &["T001"]),
        ]);
        assert_eq!(order(&one), ["T002 is a test and comes after implementation"]);
        assert_eq!(
            files(&one),
            [
                "T001 is marked [P], and T002 writes a too",
                "T002 is marked [P], and T001 writes a too"
            ]
        );
        let two = list(vec![
            task("T001", Category::Core, "a", &[]),
            task("T002", Category::Core, "", &["T001"]),
        ]);
        assert_eq!(
            independence(&two),
            ["T002 and T001 are marked [P] together, and T002 needs T001"]
        );
        assert_eq!(paths(&two), ["T002 names no file"]);
        let three = list(vec![
            task("T001", Category::Core, "a", &["T002"]),
            task("T002", Category::Core, "b", &[]),
        ]);
        assert_eq!(order(&three), ["T001 comes before what it needs (T002)"]);
    }
}
