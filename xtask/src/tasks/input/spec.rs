//! `spec.md`: the user stories, and what success is measured by.

use super::markdown::{Document, Kind, plain};
use crate::tasks::model::{Origin, Stated, Story};
use crate::tasks::names::one_line;

const STORY: [&str; 14] = [
    "user story",
    "story ",
    "사용자 스토리",
    "用户故事",
    "使用者故事",
    "ユーザーストーリー",
    "história de usuário",
    "historia de usuario",
    "récit utilisateur",
    "пользовательская история",
    "us",
    "scenario ",
    "user journey",
    "história",
];

/// Reads the user stories.
pub(crate) fn read(file: &str, document: &Document) -> Vec<Story> {
    let mut stories: Vec<Story> = Vec::new();
    let mut push = |title: &str, line: u64| {
        let title = one_line(&plain(title), 110);
        if !title.is_empty() && !title.starts_with('[') {
            stories.push(Story {
                label: format!("US{}", stories.len() + 1),
                title,
                origin: Origin::line(file, line),
            });
        }
    };
    for block in &document.blocks {
        if !matches!(block.kind, Kind::Heading(level) if level > 1) {
            continue;
        }
        if let Some(title) = story_title(&block.text) {
            push(&title, block.line);
        }
    }
    if stories.is_empty() {
        let mut push = |title: &str, line: u64| {
            let title = one_line(&plain(title), 110);
            stories.push(Story {
                label: format!("US{}", stories.len() + 1),
                title,
                origin: Origin::line(file, line),
            });
        };
        for (index, block) in document.blocks.iter().enumerate() {
            let above = document
                .above(index)
                .first()
                .map(|heading| heading.text.to_lowercase())
                .unwrap_or_default();
            let about = [
                "user stor",
                "primary user story",
                "acceptance scenario",
                "user scenario",
            ]
            .iter()
            .any(|word| above.contains(word));
            let text = plain(&block.text);
            let lower = text.to_lowercase();
            let tells = lower.starts_with("as a") || lower.starts_with("given") || lower.starts_with("como ");
            if about && tells && matches!(block.kind, Kind::Item(0) | Kind::Text) {
                push(&text, block.line);
            }
        }
    }
    stories
}

/// `User Story 2 - Mark items (Priority: P1)` is `Mark items`.
fn story_title(heading: &str) -> Option<String> {
    let text = plain(heading);
    let lower = text.to_lowercase();
    let word = STORY.iter().find(|word| lower.starts_with(**word))?;
    let rest = text.get(word.len()..)?.trim_start_matches(['-', ' ', '#']);
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    let rest = rest
        .get(digits..)?
        .trim_start_matches(|letter: char| " .:：—–-)".contains(letter));
    let end = rest
        .to_lowercase()
        .find("(priority")
        .or_else(|| rest.find("(P"))
        .or_else(|| rest.find("（"))
        .unwrap_or(rest.len());
    let title = rest.get(..end).unwrap_or(rest).trim().to_owned();
    Some(if title.is_empty() { text } else { title })
}

/// Success criteria and requirements that name a latency or an availability.
pub(crate) fn objectives(file: &str, document: &Document) -> Vec<Stated> {
    let measured = |text: &str| {
        let lower = text.to_lowercase();
        [
            "p95",
            "p99",
            "p50",
            "percentile",
            "availability",
            "uptime",
            "latency",
        ]
        .iter()
        .any(|word| lower.contains(word))
            && lower.chars().any(|letter| letter.is_ascii_digit())
    };
    document
        .blocks
        .iter()
        .filter(|block| matches!(block.kind, Kind::Item(_)) && measured(&block.text))
        .map(|block| Stated {
            text: one_line(&block.text, 160),
            origin: Origin::line(file, block.line),
        })
        .collect()
}
