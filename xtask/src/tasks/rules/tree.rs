//! The files that the plan draws and that no other task writes.

use super::Rules;
use crate::tasks::language::Language;
use crate::tasks::layout::is_test;
use crate::tasks::model::{Category, Origin, Task};
use crate::tasks::names::one_line;

const MOST: usize = 60;

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    let mut added = 0;
    for entry in &feature.plan.tree {
        let path = &entry.path;
        let taken = rules
            .tasks
            .iter()
            .any(|task| task.files.iter().any(|file| file == path));
        let lower = entry.note.to_lowercase();
        let stays = [
            "unchanged",
            "existing",
            "already",
            "no change",
            "reuse",
            "untouched",
            "as is",
            "not modified",
            "있음",
            "既存",
            "已有",
            "existente",
        ]
        .iter()
        .any(|word| lower.contains(word))
            && !["modif", "extend", "update", "add", "+"]
                .iter()
                .any(|word| lower.contains(word));
        let name = path.rsplit('/').next().unwrap_or_default();
        let glue = [
            "__init__.py",
            "index.ts",
            "index.js",
            "mod.rs",
            "package.json",
            "lib.rs",
        ]
        .contains(&name)
            && entry.note.is_empty();
        if path.ends_with('/') || taken || stays || glue || added >= MOST || Language::of_file(path).is_none()
        {
            continue;
        }
        added += 1;
        let changes = [
            "modif", "extend", "update", "edit", "refactor", "change", "수정", "修改", "変更",
        ]
        .iter()
        .any(|word| lower.contains(word));
        let note = one_line(entry.note.trim_matches(['(', ')', '-', ' ']), 90);
        let marks = [
            "NEW", "MODIFIED", "MODIFY", "UPDATED", "UPDATE", "EXTEND", "ADD", "CHANGE", "EDIT",
        ];
        let mark = marks.into_iter().find(|mark| note.starts_with(mark));
        let note = mark.and_then(|mark| note.strip_prefix(mark)).unwrap_or(&note);
        let note = note
            .trim_start_matches([':', '-', '—', '–', ' ', ',', ')'])
            .to_owned();
        let said = if note.is_empty() {
            String::new()
        } else {
            format!(": {note}")
        };
        let test = is_test(path);
        let (verb, category) = match (test, changes) {
            (true, _) => ("Write test", Category::Tests),
            (false, true) => ("Change", Category::Core),
            (false, false) => ("Write", Category::Core),
        };
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let mut task = Task::new(
            format!("plan:file:{path}"),
            category,
            format!("{verb} `{stem}`{said}"),
            path.clone(),
        )
        .from([Origin::line("plan.md", entry.line)])
        .after(["setup:project".to_owned()]);
        if !test {
            let tested = rules
                .tasks
                .iter()
                .find(|other| other.category == Category::Tests)
                .map(|other| other.key.clone());
            task = task.after(tested);
        }
        rules.push(task);
    }
}
