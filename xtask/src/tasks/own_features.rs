//! The task lists of this repository's own features are what the generator makes of their documents, and what they say is
//! done is done.

use std::fs;
use std::path::{Path, PathBuf};

use super::input::{self, folder::Text};
use super::model::{Feature, TaskList};
use super::stable_ids::Previous;
use super::{check, checklist, order, output, rules};

/// What is made of a feature, and the list that is committed.
struct Made {
    feature: Feature,
    list: TaskList,
    previous: Previous,
    committed: String,
    generated: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn features() -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join("docs/features")).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "there is at least one feature");
    folders
}

fn make(folder: &Path) -> Made {
    let feature = input::load(folder).unwrap();
    let committed = Text::of(&fs::read(folder.join("tasks.md")).unwrap()).content;
    let previous = Previous::parse(&committed);
    let list = order::order(rules::tasks(&feature), &previous);
    let points = checklist::check(&feature, &list);
    let generated = output::markdown::write(&feature, &list, &points);
    Made {
        feature,
        list,
        previous,
        committed,
        generated,
    }
}

#[test]
fn the_lists_of_our_features_are_fresh() {
    for folder in features() {
        let made = make(&folder);
        let name = folder.display();
        assert!(
            made.feature.problems.is_empty(),
            "{name}: {:?}",
            made.feature.problems
        );
        assert_eq!(
            check::check(&made.feature, &made.list, &made.previous),
            Vec::<String>::new()
        );
        assert!(
            made.generated == made.committed,
            "{name}/tasks.md is stale; run `cargo xtask tasks` on its folder"
        );
    }
}

#[test]
fn what_our_features_say_is_done_is_there() {
    for folder in features() {
        let made = make(&folder);
        let done: Vec<_> = made.list.tasks.iter().filter(|task| task.done).collect();
        assert!(!done.is_empty(), "{} ticks nothing", folder.display());
        for task in done {
            for file in &task.files {
                assert!(
                    root().join(file).exists(),
                    "{} is ticked, and there is no {file}",
                    task.id
                );
            }
        }
    }
}
