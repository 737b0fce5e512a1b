//! `quickstart.md`: the scenarios that show that the feature works.

use super::markdown::{Document, Kind, plain};
use crate::tasks::model::{Origin, Stated};
use crate::tasks::names::one_line;

const SCENARIO: [&str; 22] = [
    "scenario",
    "test case",
    "validat",
    "verify",
    "verification",
    "smoke",
    "step ",
    "try",
    "check",
    "use case",
    "example",
    "walkthrough",
    "시나리오",
    "검증",
    "场景",
    "验证",
    "シナリオ",
    "検証",
    "cenário",
    "escenario",
    "szenario",
    "сценари",
];
const NO_SCENARIO: [&str; 30] = [
    "prerequisite",
    "install",
    "setup",
    "set up",
    "environment",
    "troubleshoot",
    "next step",
    "shutdown",
    "stop",
    "clean",
    "requirements",
    "overview",
    "project structure",
    "configuration",
    "reference",
    "common issues",
    "resources",
    "deploy",
    "architecture",
    "requisitos",
    "faq",
    "support",
    "summary",
    "time",
    "사전 조건",
    "前提",
    "先决条件",
    "implementation guide",
    "file structure",
    "checklist",
];

/// Reads the scenarios: headings that say so; otherwise the numbered chapters; otherwise the steps of a validation list.
pub(crate) fn read(file: &str, document: &Document) -> Vec<Stated> {
    let stated = |text: &str, line: u64| Stated {
        text: one_line(without_number(&plain(text)), 110),
        origin: Origin::line(file, line),
    };
    let headings: Vec<_> = document
        .blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| matches!(block.kind, Kind::Heading(level) if level > 1))
        .collect();
    let has = |text: &str, words: &[&str]| {
        let lower = plain(text).to_lowercase();
        words.iter().any(|word| lower.contains(word))
    };
    let parent = |index: usize| {
        headings.iter().any(|(_, block)| {
            block.under == Some(index) && starts_with_number(&block.text) | has(&block.text, &SCENARIO)
        })
    };
    let mut found: Vec<Stated> = headings
        .iter()
        .filter(|(index, block)| {
            let above = block
                .under
                .and_then(|under| document.get(under))
                .is_some_and(|above| {
                    matches!(above.kind, Kind::Heading(level) if level > 1)
                        && has(
                            &above.text,
                            &["scenario", "test", "validation", "시나리오", "场景", "シナリオ"],
                        )
                });
            (has(&block.text, &SCENARIO) || above) && !has(&block.text, &NO_SCENARIO) && !parent(*index)
        })
        .map(|(_, block)| stated(&block.text, block.line))
        .collect();
    if found.is_empty() {
        found = headings
            .iter()
            .filter(|(_, block)| starts_with_number(&block.text) && !has(&block.text, &NO_SCENARIO))
            .map(|(_, block)| stated(&block.text, block.line))
            .collect();
    }
    let lists: Vec<Stated> = document
        .blocks
        .iter()
        .filter(|block| block.kind == Kind::Item(0))
        .filter(|block| {
            block
                .under
                .and_then(|under| document.get(under))
                .is_some_and(|above| {
                    has(
                        &above.text,
                        &[
                            "scenario",
                            "validation",
                            "verif",
                            "시나리오",
                            "场景",
                            "验证",
                            "シナリオ",
                            "acceptance",
                            "smoke",
                        ],
                    )
                })
        })
        .map(|block| stated(block.text.lines().next().unwrap_or_default(), block.line))
        .collect();
    if found.len() <= 1 && lists.len() > 1 {
        lists
    } else {
        found
    }
}

fn without_number(text: &str) -> &str {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let numbered = rest.len() < text.len() && rest.starts_with(['.', ')', ':']);
    if numbered {
        rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || ".): ".contains(letter))
    } else {
        text
    }
}

fn starts_with_number(text: &str) -> bool {
    let text = plain(text);
    text.chars()
        .find(|letter| letter.is_alphanumeric())
        .is_some_and(|letter| letter.is_ascii_digit())
        && text.contains(['.', ')', ':', ' '])
}
