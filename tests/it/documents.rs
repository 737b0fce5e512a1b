//! Documents lead where they say: each link to a file of the repository, and to a heading in it, finds both. Somebody follows them at
//! night.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::repository;

/// README, CHANGELOG and everything below `docs/`.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![repository().join("README.md"), repository().join("CHANGELOG.md")];
    let mut open = vec![repository().join("docs")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The lines of a document that are no examples.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_example = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_example ^= is_fence;
        !is_example && !is_fence
    })
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter(|line| line.starts_with('#'));
    headings
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Where a document's links lead.
fn targets(text: &str) -> Vec<&str> {
    let in_line = |line| {
        let parts = str::split(line, "](").skip(1);
        parts.filter_map(|part| part.split_once(')').map(|(target, _)| target))
    };
    prose(text).flat_map(in_line).collect()
}

/// What is wrong with a link in the document at `path`.
fn fault(path: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() {
        path.to_owned()
    } else {
        path.parent()?.join(file)
    };
    if !file.exists() {
        return Some(format!("{}: there is no {target}", path.display()));
    }
    let is_there =
        anchor.is_empty() || anchors(&std::fs::read_to_string(&file).unwrap_or_default()).contains(anchor);
    (!is_there).then(|| {
        format!(
            "{}: no heading of {} is #{anchor}",
            path.display(),
            file.display()
        )
    })
}

#[test]
fn every_link_leads_somewhere() {
    let mut count = 0;
    let mut faults = Vec::new();
    for path in documents() {
        let text = std::fs::read_to_string(&path).expect("a document");
        for target in targets(&text) {
            count += 1;
            faults.extend(fault(&path, target));
        }
    }
    assert!(count > 50, "{count} links are found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let path = repository().join("README.md");
    for (target, leads) in [
        ("docs/OPERATIONS.md#health", true),
        ("#configuration", true),
        ("https://example.org/#nothing", true),
        ("docs/OPERATIONS.md#wealth", false),
        ("docs/NOTHING.md", false),
        ("#", true),
    ] {
        assert_eq!(fault(&path, target).is_none(), leads, "{target}");
    }
    assert_eq!(anchor("What is the `Host`, really?"), "what-is-the-host-really");
}
