//! `tasks.md` in the template's form.

use std::fmt::Write;

use crate::tasks::checklist::Point;
use crate::tasks::input::plan::Structure;
use crate::tasks::model::{Category, Feature, Gate, Task, TaskList};
use crate::tasks::stable_ids::MARK;

/// Writes the list.
pub(crate) fn write(feature: &Feature, list: &TaskList, points: &[Point]) -> String {
    let mut text = String::new();
    head(&mut text, feature);
    for category in Category::ALL {
        phase(&mut text, list, category);
    }
    if !list.added.is_empty() {
        line(&mut text, "## Added by Hand\n");
        for added in &list.added {
            line(&mut text, added);
        }
        line(&mut text, "");
    }
    dependencies(&mut text, list);
    examples(&mut text, list);
    gates(&mut text, list);
    notes(&mut text, feature);
    line(
        &mut text,
        "## Validation Checklist\n\n_GATE: Checked by main() before returning_\n",
    );
    for point in points {
        let tick = if point.failures.is_empty() { 'x' } else { ' ' };
        line(&mut text, &format!("- [{tick}] {}", point.title));
        for failure in &point.failures {
            line(&mut text, &format!("  - {failure}"));
        }
    }
    line(&mut text, &format!("\n{MARK}T{:03} -->", list.next));
    text
}

fn line(text: &mut String, content: &str) {
    text.push_str(content);
    text.push('\n');
}

fn head(text: &mut String, feature: &Feature) {
    let plan = &feature.plan;
    let title = if plan.title.is_empty() {
        &feature.folder
    } else {
        &plan.title
    };
    let mut documents: Vec<&str> = feature
        .documents
        .iter()
        .map(String::as_str)
        .filter(|document| !document.starts_with("contracts/"))
        .collect();
    let contracts = feature.contracts.len();
    let counted = format!("contracts/ ({contracts})");
    if contracts > 0 {
        documents.push(&counted);
    }
    let folders = match plan.structure {
        Structure::Single => "`src/`, `tests/` at repository root",
        Structure::Web => "`backend/src/`, `frontend/src/`",
        Structure::Mobile => "`api/src/`, `ios/src/` or `android/src/`",
    };
    let real = if plan.tree.is_empty() {
        "the plan draws no tree; paths follow the convention"
    } else {
        "paths follow the tree of plan.md"
    };
    let _ = write!(
        text,
        "# Tasks: {title}\n\n**Input**: Design documents from `/{}/`\n**Prerequisites**: {}\n\n\
         ## Format: `[ID] [P?] Description`\n\n- **[P]**: Can run in parallel (different files, no dependencies)\n\
         - Include exact file paths in descriptions\n- The comment behind a task names its key and what it follows from\n\n\
         ## Path Conventions\n\n- **{}**: {folders}; {real}\n\n",
        feature.folder,
        documents.join(", "),
        capital(plan.structure.title()),
    );
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn phase(text: &mut String, list: &TaskList, category: Category) {
    line(text, &format!("## {}\n", category.heading()));
    if category == Category::Tests {
        line(
            text,
            "**CRITICAL: These tests MUST be written and MUST FAIL before ANY implementation**\n",
        );
    }
    let mut any = false;
    for task in list.tasks.iter().filter(|task| task.category == category) {
        any = true;
        line(text, &task_line(task));
    }
    if !any {
        line(text, "_Nothing in the documents gives cause for a task._");
    }
    line(text, "");
}

fn task_line(task: &Task) -> String {
    const SHOWN: usize = 8;
    let tick = if task.done { 'x' } else { ' ' };
    let parallel = if task.parallel { "[P] " } else { "" };
    let mut origins: Vec<String> = task
        .origins
        .iter()
        .take(SHOWN)
        .map(|origin| origin.to_string().replace("--", "–"))
        .collect();
    if task.origins.len() > SHOWN {
        origins.push(format!("and {} more", task.origins.len() - SHOWN));
    }
    format!(
        "- [{tick}] {} {parallel}{} <!-- {} | {} -->",
        task.id,
        task.description(),
        task.key,
        origins.join(", ")
    )
}

/// `T004-T007, T009`
fn ranges(ids: &[&str]) -> String {
    let numbers: Vec<u32> = ids
        .iter()
        .filter_map(|id| id.trim_start_matches('T').parse().ok())
        .collect();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let shown = runs.iter().map(|(first, last)| {
        if first == last {
            format!("T{first:03}")
        } else {
            format!("T{first:03}-T{last:03}")
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn dependencies(text: &mut String, list: &TaskList) {
    line(text, "## Dependencies\n");
    let of = |categories: &[Category]| {
        ranges(
            &list
                .tasks
                .iter()
                .filter(|task| categories.contains(&task.category))
                .map(|task| task.id.as_str())
                .collect::<Vec<_>>(),
        )
    };
    let (setup, tests, polish) = (
        of(&[Category::Setup]),
        of(&[Category::Tests]),
        of(&[Category::Polish]),
    );
    let built = of(&[Category::Core, Category::Integration]);
    line(text, &format!("- Setup ({setup}) before everything else"));
    if !tests.is_empty() && !built.is_empty() {
        line(
            text,
            &format!("- Tests ({tests}) before implementation ({built})"),
        );
    }
    for task in list.tasks.iter().filter(|task| task.key != "setup:project") {
        let blocked: Vec<&str> = list
            .tasks
            .iter()
            .filter(|other| other.needs.contains(&task.key) && other.category < Category::Polish)
            .map(|other| other.id.as_str())
            .collect();
        if !blocked.is_empty() {
            line(text, &format!("- {} blocks {}", task.id, ranges(&blocked)));
        }
    }
    let before = if built.is_empty() {
        "Everything".to_owned()
    } else {
        format!("Implementation ({built})")
    };
    line(text, &format!("- {before} before polish ({polish})\n"));
}

fn examples(text: &mut String, list: &TaskList) {
    line(text, "## Parallel Example\n");
    let mut groups: Vec<Vec<&Task>> = list
        .groups
        .iter()
        .map(|group| {
            group
                .iter()
                .filter_map(|index| list.tasks.get(*index))
                .filter(|task| task.parallel)
                .collect()
        })
        .collect();
    groups.retain(|group: &Vec<&Task>| group.len() > 1);
    if groups.is_empty() {
        line(text, "_No two tasks can run together._\n");
        return;
    }
    let tests = groups
        .iter()
        .position(|group| group.first().is_some_and(|task| task.category == Category::Tests));
    let core = groups
        .iter()
        .position(|group| group.first().is_some_and(|task| task.category == Category::Core));
    let mut chosen: Vec<usize> = tests.into_iter().chain(core).collect();
    if chosen.is_empty() {
        chosen.push(0);
    }
    line(text, "```");
    for (number, group) in chosen.iter().filter_map(|index| groups.get(*index)).enumerate() {
        if number > 0 {
            line(text, "");
        }
        let ids: Vec<&str> = group.iter().map(|task| task.id.as_str()).collect();
        line(text, &format!("# Launch {} together:", ranges(&ids)));
        for task in group.iter().take(8) {
            line(
                text,
                &format!("Task: \"{}\"", task.description().replace('"', "'")),
            );
        }
        if group.len() > 8 {
            line(text, &format!("# … and {} more", group.len() - 8));
        }
    }
    line(text, "```\n");
}

fn gates(text: &mut String, list: &TaskList) {
    line(text, "## Constitution Gates\n\n| Gate | Tasks |\n| --- | --- |");
    for gate in Gate::ALL {
        let ids: Vec<&str> = list
            .tasks
            .iter()
            .filter(|task| task.gate == Some(gate))
            .map(|task| task.id.as_str())
            .collect();
        let shown = if ids.is_empty() {
            "no document gives cause".to_owned()
        } else {
            ranges(&ids)
        };
        line(text, &format!("| {} | {shown} |", gate.name()));
    }
    line(text, "");
}

fn notes(text: &mut String, feature: &Feature) {
    line(
        text,
        "## Notes\n\n- [P] tasks = different files, no dependencies\n- Verify tests fail before implementing\n- Commit after each task\n- Avoid: vague tasks, same file conflicts",
    );
    for name in ["data-model.md", "research.md", "quickstart.md", "spec.md"] {
        if !feature.documents.iter().any(|document| document == name) {
            line(text, &format!("- {name} is not there; nothing was taken from it"));
        }
    }
    if feature.plan.language_text.is_empty() {
        line(
            text,
            "- plan.md names no language; file names follow what it draws, or the convention",
        );
    }
    for problem in &feature.problems {
        line(text, &format!("- PARTIAL: {problem}"));
    }
    line(text, "");
}
