//! The order of the tasks: what blocks what, the numbers, and what can run together.

use std::collections::{HashMap, HashSet};

use super::model::{Category, Task, TaskList};
use super::stable_ids::Previous;

/// Orders tasks by phase and dependency, keeps the ids that they had, and marks what is parallel.
pub(crate) fn order(mut tasks: Vec<Task>, previous: &Previous) -> TaskList {
    tasks.sort_by_key(|task| task.category);
    let keys: HashSet<String> = tasks.iter().map(|task| task.key.clone()).collect();
    for task in &mut tasks {
        task.needs.retain(|key| keys.contains(key));
    }
    one_after_another(&mut tasks);
    let mut tasks = topological(tasks);
    let mut next = previous.next.max(1);
    for task in &mut tasks {
        if let Some(known) = previous.of_key(&task.key) {
            task.id.clone_from(&known.id);
            task.done = known.done;
        } else {
            task.id = format!("T{next:03}");
            next += 1;
        }
    }
    let groups = groups(&mut tasks);
    TaskList {
        tasks,
        groups,
        next,
        added: previous.added.clone(),
    }
}

/// Tasks that write the same file follow each other.
fn one_after_another(tasks: &mut [Task]) {
    let mut last: HashMap<String, String> = HashMap::new();
    for task in tasks {
        let files = task.files.clone();
        for file in files.iter().filter(|file| !file.ends_with('/')) {
            if let Some(before) = last.insert(file.clone(), task.key.clone())
                && before != task.key
                && !task.needs.contains(&before)
            {
                task.needs.push(before);
            }
        }
    }
}

/// Kahn's algorithm; among the tasks that could come next, the first in the order given. What stands in a circle comes
/// last, in the order given, where the checklist names it.
fn topological(tasks: Vec<Task>) -> Vec<Task> {
    let mut done: HashSet<String> = HashSet::new();
    let mut waiting: Vec<Task> = tasks;
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let phase = waiting.iter().map(|task| task.category).min();
        let ready = waiting
            .iter()
            .position(|task| Some(task.category) == phase && task.needs.iter().all(|key| done.contains(key)));
        let task = waiting.remove(ready.unwrap_or(0));
        done.insert(task.key.clone());
        ordered.push(task);
    }
    ordered
}

/// Marks as parallel what writes files that no other task writes, and gathers those that start together.
fn groups(tasks: &mut [Task]) -> Vec<Vec<usize>> {
    let mut writers: HashMap<&str, usize> = HashMap::new();
    for file in tasks.iter().flat_map(|task| &task.files) {
        *writers.entry(file).or_default() += 1;
    }
    let mut levels: HashMap<&str, (Category, usize)> = HashMap::new();
    let mut groups: Vec<((Category, usize), Vec<usize>)> = Vec::new();
    for (index, task) in tasks.iter().enumerate() {
        let before = task
            .needs
            .iter()
            .filter_map(|key| levels.get(key.as_str()))
            .filter(|(category, _)| *category == task.category);
        let level = before.map(|(_, level)| level + 1).max().unwrap_or(0);
        levels.insert(&task.key, (task.category, level));
        let alone = task
            .files
            .iter()
            .all(|file| !file.ends_with('/') && writers.get(file.as_str()) == Some(&1));
        if !alone {
            continue;
        }
        match groups
            .iter_mut()
            .find(|(place, _)| *place == (task.category, level))
        {
            Some((_, group)) => group.push(index),
            None => groups.push(((task.category, level), vec![index])),
        }
    }
    groups.sort_by_key(|(place, _)| *place);
    let groups: Vec<Vec<usize>> = groups.into_iter().map(|(_, group)| group).collect();
    for group in &groups {
        for index in group {
            if let Some(task) = tasks.get_mut(*index) {
                task.parallel = group.len() > 1
                    || task.category == Category::Tests
                    || task.key.starts_with("core:model:");
            }
        }
    }
    groups.into_iter().filter(|group| group.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(key: &str, category: Category, file: &str, needs: &[&str]) -> Task {
        Task::new(key, category, key, file).after(needs.iter().map(|key| (*key).to_owned()))
    }

    fn check(tasks: Vec<Task>, expected: &[(&str, &str, bool)]) {
        let list = order(tasks, &Previous::default());
        let seen: Vec<(&str, &str, bool)> = list
            .tasks
            .iter()
            .map(|task| (task.id.as_str(), task.key.as_str(), task.parallel))
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn phases_come_first_then_dependencies() {
        check(
            vec![
                task("c", Category::Core, "c", &["t"]),
                task("t", Category::Tests, "t", &["s"]),
                task("s", Category::Setup, "s", &[]),
            ],
            &[("T001", "s", false), ("T002", "t", true), ("T003", "c", false)],
        );
    }

    #[test]
    fn the_same_file_is_sequential_and_never_parallel() {
        let tasks = vec![
            task("a", Category::Core, "x", &[]),
            task("b", Category::Core, "x", &[]),
            task("c", Category::Core, "y", &[]),
            task("d", Category::Core, "z", &[]),
        ];
        let list = order(tasks.clone(), &Previous::default());
        assert_eq!(list.of_key("b").unwrap().needs, ["a"]);
        check(
            tasks,
            &[
                ("T001", "a", false),
                ("T002", "b", false),
                ("T003", "c", true),
                ("T004", "d", true),
            ],
        );
    }
}
