//! Events in Markdown contracts.

use super::markdown::pairs;
use super::names_tenant;
use crate::tasks::input::fields::lead;
use crate::tasks::input::markdown::{Block, Document, Kind, label, plain};
use crate::tasks::model::{Contract, Event, Origin};

const EVENT_WORDS: [&str; 13] = [
    "event",
    "message",
    "topic",
    "webhook",
    "notification",
    "socket",
    "channel",
    "evento",
    "événement",
    "イベント",
    "事件",
    "이벤트",
    "событи",
];

/// Takes the event that a block names, if it names one.
pub(super) fn event(contract: &mut Contract, document: &Document, index: usize, block: &Block) {
    let says = |text: &str| EVENT_WORDS.iter().any(|word| text.to_lowercase().contains(word));
    let file = contract.path.rsplit('/').next().unwrap_or_default().to_owned();
    let around = document.above(index).iter().any(|heading| says(&heading.text));
    let name = match &block.kind {
        Kind::Heading(level) if *level > 1 && (around || says(&file) || says(&block.text)) => {
            event_name(&block.text, false)
        }
        Kind::Row(header) if around || says(&file) || header.first().is_some_and(|cell| says(cell)) => {
            let first = header
                .first()
                .map(|cell| plain(cell).to_lowercase())
                .unwrap_or_default();
            let lists = says(&first) || first == "name" || first == "type";
            block
                .cells
                .first()
                .filter(|_| lists)
                .and_then(|cell| event_name(cell, true))
        }
        Kind::Item(0)
            if document
                .above(index)
                .first()
                .is_some_and(|heading| says(&heading.text) && pairs(&heading.text, 0).is_empty()) =>
        {
            lead(&block.text).and_then(|lead| event_name(&lead, true))
        }
        Kind::Text | Kind::Item(_) => label(&block.text)
            .filter(|(name, _)| {
                ["event", "event type", "event name", "topic"].contains(&name.to_lowercase().as_str())
            })
            .and_then(|(_, value)| event_name(&value, false)),
        _ => None,
    };
    if let Some(name) = name.filter(|name| !contract.events.iter().any(|known| known.name == *name)) {
        let tenant = document
            .blocks
            .iter()
            .flat_map(|block| {
                block
                    .text
                    .split(|letter: char| !(letter.is_alphanumeric() || "_-".contains(letter)))
            })
            .find(|word| names_tenant(word) && word.len() > 6);
        contract.events.push(Event {
            name,
            origin: Origin::line(&contract.path, block.line),
            tenant: tenant.map(str::to_owned),
        });
    }
}

/// `SchoolCreated`, `table:snapshot`, `lms.roster.v1.SchoolCreated`: one word with several parts.
fn event_name(text: &str, strict: bool) -> Option<String> {
    let marked = text.split('`').nth(1).map(str::to_owned);
    let cleaned = plain(text);
    let cleaned =
        cleaned.trim_start_matches(|letter: char| letter.is_ascii_digit() || " .)".contains(letter));
    let cleaned = cleaned
        .strip_prefix("Event:")
        .or_else(|| cleaned.strip_prefix("Event "))
        .unwrap_or(cleaned)
        .trim();
    let name = marked.unwrap_or_else(|| {
        cleaned
            .split([' ', '(', '—'])
            .next()
            .unwrap_or_default()
            .trim_end_matches(':')
            .to_owned()
    });
    let whole = text.contains('`')
        || cleaned.split_whitespace().count() == 1
        || cleaned
            .get(name.len()..)
            .is_some_and(|rest| rest.trim_start().starts_with(['(', '—', '-']));
    let shaped = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "._:-".contains(letter))
        && name.chars().next().is_some_and(char::is_alphabetic);
    let separated = name.contains(['.', ':'])
        || name.contains('_') && name.chars().all(|letter| !letter.is_lowercase())
        || (!strict && name.contains(['_', '-']));
    let typed = name.chars().next().is_some_and(char::is_uppercase)
        && crate::tasks::names::words(&name).len() > 1
        && name.chars().any(char::is_lowercase);
    let is_file = [".md", ".json", ".ts", ".yaml", ".py"]
        .iter()
        .any(|ending| name.ends_with(ending));
    (whole && shaped && (separated || typed) && !is_file && name.len() > 3).then_some(name)
}
