//! `cargo xtask tasks` as people run it: folders in, lists out.
//!
//! `UPDATE_GOLDEN=1` writes the expected lists anew; read the difference before you commit it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run(arguments: &[&str], folder: &Path) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("tasks")
        .args(arguments)
        .arg(folder)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn names() -> Vec<String> {
    let entries = fs::read_dir(fixtures().join("tasks")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of a fixture as `specs/<name>`.
fn feature(name: &str) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("specs").join(name);
    copy(&fixtures().join("tasks").join(name), &folder);
    (root, folder)
}

fn list(folder: &Path) -> String {
    fs::read_to_string(folder.join("tasks.md")).unwrap()
}

fn golden(file: &str, actual: &str) {
    let path = fixtures().join("tasks-golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "{file} is not what is expected; run with UPDATE_GOLDEN=1 and read the difference"
    );
}

#[test]
fn every_style_gives_the_expected_list_and_the_same_one_again() {
    assert!(names().len() >= 10);
    for name in names() {
        let (_root, folder) = feature(&name);
        let first = run(&[], &folder);
        let text = list(&folder);
        let told = first.err.replace(&format!("{}/", folder.display()), "");
        golden(
            &format!("{name}.md"),
            &format!("{text}\n<!-- exit {}\n{}{told}-->\n", first.code, first.out),
        );
        assert_eq!(run(&[], &folder).code, first.code, "{name}");
        assert!(list(&folder) == text, "{name}: a second run changes nothing");
        let check = run(&["--check"], &folder);
        assert_eq!(
            (check.code, check.out.as_str()),
            (first.code, "tasks.md agrees with its documents\n"),
            "{name}"
        );
    }
}

#[test]
fn data_and_diagram_say_the_same_as_the_list() {
    for name in names() {
        let (_root, folder) = feature(&name);
        let data = run(&["--format", "json"], &folder).out;
        assert!(!folder.join("tasks.md").exists(), "{name}: data is only printed");
        let data: Value = serde_json::from_str(&data).unwrap();
        run(&[], &folder);
        let text = list(&folder);
        let mut before: Vec<&str> = Vec::new();
        for task in data["tasks"].as_array().unwrap() {
            let id = task["id"].as_str().unwrap();
            let line = text
                .lines()
                .find(|line| line.starts_with(&format!("- [ ] {id} ")))
                .unwrap();
            assert!(
                line.contains(task["description"].as_str().unwrap()),
                "{name}: {line}"
            );
            assert_eq!(
                line.contains(" [P] "),
                task["parallel"].as_bool().unwrap(),
                "{name}: {line}"
            );
            assert!(
                !task["from"].as_array().unwrap().is_empty(),
                "{name}: {id} follows from something"
            );
            for need in task["needs"].as_array().unwrap() {
                assert!(
                    before.contains(&need.as_str().unwrap()),
                    "{name}: {id} comes before {need}"
                );
            }
            before.push(id);
        }
        assert!(
            data["checklist"]
                .as_array()
                .unwrap()
                .iter()
                .all(|point| point["holds"] == true),
            "{name}"
        );
        let diagram = run(&["--format", "mermaid"], &folder).out;
        let arrows = data["graph"].as_array().unwrap();
        assert_eq!(diagram.matches(" --> ").count(), arrows.len(), "{name}");
    }
    let (_root, folder) = feature("01-roster-python");
    golden("01-roster-python.json", &run(&["--format", "json"], &folder).out);
    golden(
        "01-roster-python.mmd",
        &run(&["--format", "mermaid"], &folder).out,
    );
}

#[test]
fn without_a_plan_there_is_nothing_to_do() {
    let root = tempfile::tempdir().unwrap();
    let run = run(&[], root.path());
    assert_eq!(
        (run.code, run.err.as_str(), run.out.as_str()),
        (2, "ERROR \"No implementation plan found\"\n", "")
    );
}

#[test]
fn what_is_wrong_is_named_and_the_others_go_on() {
    let (_root, folder) = feature("08-broken");
    let run = run(&[], &folder);
    assert_eq!(run.code, 3);
    for named in [
        "contracts/a-duplicate.yaml:5: duplicate",
        "contracts/b-broken.json:1:",
        "contracts/c-empty.yaml:1: the file is empty",
        "contracts/e-latin.yaml:2:",
        "research.md:3:",
        "data-model.md:1: the file is empty",
    ] {
        assert!(run.err.contains(named), "{named} in {}", run.err);
    }
    assert!(list(&folder).contains("GET /good endpoint"));
}

#[test]
fn ids_and_ticks_stay_when_the_documents_grow() {
    let (_root, folder) = feature("11-chinese-python");
    run(&[], &folder);
    let first = list(&folder);
    let ticked = first.replacen("- [ ] T005", "- [x] T005", 1).replacen(
        "## Dependencies",
        "- [ ] T900 Call the printer\n\n## Dependencies",
        1,
    );
    fs::write(folder.join("tasks.md"), ticked).unwrap();
    let contract = folder.join("contracts/api.md");
    let grown = fs::read_to_string(&contract)
        .unwrap()
        .replace("| POST | /books |", "| DELETE | /books |  |\n| POST | /books |");
    fs::write(&contract, grown).unwrap();
    assert_eq!(run(&[], &folder).code, 0);
    let second = list(&folder);
    assert!(
        second.contains("- [x] T005 [P] Contract test GET /books"),
        "{second}"
    );
    assert!(
        second.contains("- [ ] T901 [P] Contract test DELETE /books"),
        "{second}"
    );
    assert!(second.contains("- [ ] T900 Call the printer"), "{second}");
    for line in first
        .lines()
        .filter(|line| line.starts_with("- [ ] T") && !line.contains("T005"))
    {
        let id: String = line.chars().skip(6).take(4).collect();
        let key = line.split("<!-- ").nth(1).unwrap().split(" | ").next().unwrap();
        assert!(
            second
                .lines()
                .any(|other| other.contains(&id) && other.contains(&format!("<!-- {key} | "))),
            "{line}"
        );
    }
    run(&[], &folder);
    assert!(list(&folder) == second, "a further run changes nothing");
}

#[test]
fn a_list_that_is_not_fresh_is_told_apart() {
    let check = |change: &dyn Fn(&str) -> String, expected: &str| {
        let (_root, folder) = feature("11-chinese-python");
        run(&[], &folder);
        fs::write(folder.join("tasks.md"), change(&list(&folder))).unwrap();
        let run = run(&["--check"], &folder);
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(
            run.out.lines().any(|line| line.starts_with(expected)),
            "{expected} in {}",
            run.out
        );
    };
    check(
        &|text| {
            text.lines()
                .filter(|line| !line.contains("POST /books endpoint"))
                .fold(String::new(), |all, line| all + line + "\n")
        },
        "missing: POST /books endpoint",
    );
    check(
        &|text| text.replace("Book model with id, title", "Book model with id"),
        "stale: T009",
    );
    check(
        &|text| text.replace("core:model:book", "core:model:newspaper"),
        "stale: T009",
    );
    check(
        &|text| text.replace("T013 GET", "T013 [P] GET"),
        "wrongly parallel: T013",
    );
    check(
        &|text| text.replace("- [ ] T010", "- [ ] T009"),
        "wrong: T009 stands on line",
    );
    check(
        &|text| {
            let mut lines: Vec<&str> = text.lines().collect();
            let test = lines
                .iter()
                .position(|line| line.starts_with("- [ ] T006"))
                .unwrap();
            let moved = lines.remove(test);
            let last = lines
                .iter()
                .position(|line| line.starts_with("- [ ] T025"))
                .unwrap();
            lines.insert(last, moved);
            lines.join("\n")
        },
        "out of order: T006",
    );
}

#[test]
fn a_list_that_a_person_wrote_is_checked_and_kept() {
    let (_root, folder) = feature("11-chinese-python");
    let written = "# Tasks\n\n## Phase 1\n\n- [ ] T001 [P] Book model in bookshop/models.py\n- [ ] T002 [P] Test GET /books in bookshop/models.py\n";
    fs::write(folder.join("tasks.md"), written).unwrap();
    let checked = run(&["--check"], &folder);
    assert_eq!(checked.code, 1);
    assert!(checked.out.contains("wrongly parallel: T001"), "{}", checked.out);
    assert!(
        checked.out.contains("missing: no task names the entity Author"),
        "{}",
        checked.out
    );
    assert!(!checked.out.contains("entity Book"), "{}", checked.out);
    assert_eq!(run(&[], &folder).code, 0);
    assert_eq!(
        fs::read_to_string(folder.join("tasks.previous.md")).unwrap(),
        written
    );
}

#[test]
fn two_hundred_contracts_have_two_hundred_tests() {
    let (_root, folder) = feature("12-plan-only");
    fs::create_dir_all(folder.join("contracts")).unwrap();
    for number in 0..200 {
        let text =
            format!("openapi: 3.1.0\npaths:\n  /things{number}/{{id}}:\n    get: {{responses: {{}}}}\n");
        fs::write(folder.join(format!("contracts/thing-{number:03}.yaml")), text).unwrap();
    }
    assert_eq!(run(&[], &folder).code, 0);
    let text = list(&folder);
    assert_eq!(
        text.lines()
            .filter(|line| line.contains("[P] Contract test GET /things"))
            .count(),
        200
    );
    assert_eq!(run(&["--check"], &folder).code, 0);
}

#[test]
fn the_example_of_the_manual_is_true() {
    let manual = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/TASKS.md")).unwrap();
    let block = |after: &str| {
        let rest = manual.split(after).nth(1).unwrap();
        let code = rest.split("```markdown\n").nth(1).unwrap();
        code.split("```").next().unwrap().to_owned()
    };
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("specs/001-shop");
    fs::create_dir_all(folder.join("contracts")).unwrap();
    fs::write(folder.join("plan.md"), block("`specs/001-shop/plan.md`:")).unwrap();
    fs::write(
        folder.join("contracts/api.md"),
        block("`specs/001-shop/contracts/api.md`:"),
    )
    .unwrap();
    let run = run(&[], &folder);
    assert!(manual.contains(run.out.trim()), "{}", run.out);
    let text = list(&folder);
    let shown = block("and `tasks.md` begins:");
    for line in shown.lines() {
        assert!(text.lines().any(|other| other == line), "{line}");
    }
}
