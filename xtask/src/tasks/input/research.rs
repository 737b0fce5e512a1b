//! `research.md`: the decisions.

use super::markdown::{Document, Kind, label, plain};
use crate::tasks::model::{Origin, Stated};
use crate::tasks::names::one_line;

const DECISION: [&str; 14] = [
    "decision",
    "decisão",
    "decisao",
    "decisión",
    "décision",
    "entscheidung",
    "決定",
    "决策",
    "决定",
    "결정",
    "решение",
    "chosen",
    "choice",
    "선택",
];

/// Reads the decisions of a document, each once.
pub(crate) fn read(file: &str, document: &Document) -> Vec<Stated> {
    let mut decisions: Vec<(Option<usize>, Stated)> = Vec::new();
    for (index, block) in document.blocks.iter().enumerate() {
        match &block.kind {
            Kind::Heading(level) if *level > 1 => {
                if let Some(title) = heading_title(&block.text) {
                    decisions.push((
                        Some(index),
                        Stated {
                            text: title,
                            origin: Origin::line(file, block.line),
                        },
                    ));
                }
            }
            Kind::Text | Kind::Item(_) => {
                for (offset, line) in (0..).zip(block.text.lines()) {
                    let Some((name, value)) = label(line).filter(|(name, _)| is_decision(name)) else {
                        continue;
                    };
                    let known = decisions
                        .iter_mut()
                        .find(|(heading, _)| heading.is_some() && *heading == block.under);
                    let topic = block
                        .under
                        .and_then(|under| document.get(under))
                        .map(|heading| topic(&heading.text))
                        .unwrap_or_default();
                    let value = if value.is_empty() {
                        following(document, index)
                    } else {
                        value
                    };
                    match known {
                        Some((_, decision))
                            if decision.origin.line
                                == document
                                    .get(block.under.unwrap_or(0))
                                    .map_or(0, |heading| heading.line)
                                && !decision.text.contains(" — ")
                                && !name.is_empty() =>
                        {
                            decision.text = one_line(&format!("{} — {value}", decision.text), 140);
                        }
                        Some(_) => {}
                        None => {
                            let text = if topic.is_empty() {
                                value
                            } else {
                                format!("{topic} — {value}")
                            };
                            decisions.push((
                                block.under,
                                Stated {
                                    text: one_line(&text, 140),
                                    origin: Origin::line(file, block.line + offset),
                                },
                            ));
                        }
                    }
                }
            }
            Kind::Row(header) => {
                let column = header.iter().position(|cell| is_decision(&plain(cell)));
                if let Some(text) = column.and_then(|column| block.cells.get(column)) {
                    let topic = block
                        .cells
                        .first()
                        .filter(|_| column != Some(0))
                        .map(|cell| plain(cell))
                        .unwrap_or_default();
                    let text = if topic.is_empty() || topic.chars().all(|letter| letter.is_ascii_digit()) {
                        plain(text)
                    } else {
                        format!("{topic} — {}", plain(text))
                    };
                    decisions.push((
                        None,
                        Stated {
                            text: one_line(&text, 140),
                            origin: Origin::line(file, block.line),
                        },
                    ));
                }
            }
            _ => {}
        }
    }
    let mut unique: Vec<Stated> = Vec::new();
    for (_, decision) in decisions {
        if !decision.text.trim().is_empty() && !unique.iter().any(|known| known.text == decision.text) {
            unique.push(decision);
        }
    }
    unique
}

fn following(document: &Document, index: usize) -> String {
    document
        .get(index + 1)
        .filter(|next| matches!(next.kind, Kind::Text | Kind::Item(_)))
        .map(|next| next.text.clone())
        .unwrap_or_default()
}

fn is_decision(name: &str) -> bool {
    let lower = name.to_lowercase();
    let lower = lower.trim_start_matches("final ").trim_start_matches("the ");
    DECISION.iter().any(|word| lower.starts_with(word))
        && lower.split_whitespace().count() <= 3
        && !lower.starts_with("decision driver")
        && !lower.starts_with("decision rationale")
}

/// `Decision: X`, `Decision 3 — X`, `R-001: Decision: X`.
fn heading_title(text: &str) -> Option<String> {
    let text = plain(text);
    let lower = text.to_lowercase();
    let word = DECISION.iter().find(|word| lower.starts_with(**word))?;
    let rest = text.get(word.len()..)?;
    let rest =
        rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || " .:：—–-#".contains(letter));
    let chapter = ["s", "s made", "log", "summary", "matrix", "records"]
        .contains(&rest.to_lowercase().trim())
        || rest.to_lowercase().starts_with("s ");
    (!rest.is_empty() && !chapter).then(|| one_line(rest, 120))
}

/// A heading without its number: `## R1: CLI framework`, `### 2. Storage`.
fn topic(text: &str) -> String {
    let text = plain(text);
    for mark in [": ", ". ", ") ", " — ", " – "] {
        if let Some((number, rest)) = text.split_once(mark)
            && number.chars().any(|letter| letter.is_ascii_digit())
            && number.chars().count() <= 16
        {
            return rest.to_owned();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_read_in_all_forms() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<String> = read("research.md", &Document::parse(text))
                .into_iter()
                .map(|stated| stated.text)
                .collect();
            assert_eq!(found, expected, "{text}");
        };
        check(
            "## Decision: Use SQLite\n\n- **Rationale**: small\n",
            &["Use SQLite"],
        );
        check(
            "### R-001: CLI\n\n**Decision**: Use clap\n\n**Rationale**: good\n",
            &["CLI — Use clap"],
        );
        check(
            "## 1. Feed\n\n- **Decision**: CSV\n- **Rationale**: simple\n",
            &["Feed — CSV"],
        );
        check(
            "## Decisão 1 — Ajustar\n\n**Decision**: reduzir\n",
            &["Ajustar — reduzir"],
        );
        check(
            "| Topic | Decision | Why |\n|--|--|--|\n| Storage | PostgreSQL | known |\n",
            &["Storage — PostgreSQL"],
        );
        check("## Decisions\n\ntext\n", &[]);
    }
}
