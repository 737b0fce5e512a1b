//! States of entities, and from which to which they go.

use super::markdown::{Block, Document, Kind, plain};
use crate::tasks::model::Entity;
use crate::tasks::names::sameness;

const STATE_WORDS: [&str; 18] = [
    "state",
    "lifecycle",
    "life cycle",
    "transition",
    "상태",
    "状态",
    "狀態",
    "状態",
    "estado",
    "ciclo de vida",
    "cycle de vie",
    "zustand",
    "состояни",
    "status",
    "ライフサイクル",
    "生命周期",
    "workflow",
    "수명",
];

/// Fills in the states of the entities.
pub(crate) fn read(document: &Document, entities: &mut [Entity]) {
    let enumerations: Vec<(String, Vec<String>)> = entities
        .iter()
        .filter(|entity| entity.enumeration)
        .map(|entity| {
            (
                entity.name.clone(),
                entity.fields.iter().map(|field| field.name.clone()).collect(),
            )
        })
        .collect();
    for entity in entities.iter_mut() {
        let status = entity.fields.iter().find(|field| {
            let name = field.name.to_lowercase();
            ["status", "state"].iter().any(|word| {
                name == *word
                    || name.ends_with(&format!("_{word}"))
                    || name.ends_with(word)
                        && field.name.ends_with(char::is_lowercase)
                        && field.name.contains(|letter: char| letter.is_uppercase())
            })
        });
        if let Some(field) = status {
            let kind = field
                .says
                .trim_matches(['`', '?', ' '])
                .split(['<', ' ', '?'])
                .next()
                .unwrap_or_default();
            let listed = enumerations
                .iter()
                .find(|(name, _)| name == kind)
                .map(|(_, values)| values.clone());
            entity.states = listed.unwrap_or_else(|| values(&field.says));
        }
    }
    for (index, block) in document.blocks.iter().enumerate() {
        let transitions = transitions(block, is_about_states(document, index, block));
        if transitions.is_empty() {
            continue;
        }
        let Some(position) = owner(document, index, &transitions, entities) else {
            continue;
        };
        if let Some(entity) = entities.get_mut(position) {
            for (from, to) in transitions {
                for state in [&from, &to] {
                    if !entity
                        .states
                        .iter()
                        .any(|known| known.eq_ignore_ascii_case(state))
                    {
                        entity.states.push(state.clone());
                    }
                }
                if !entity.transitions.contains(&(from.clone(), to.clone())) {
                    entity.transitions.push((from, to));
                }
            }
        }
    }
}

fn is_about_states(document: &Document, index: usize, block: &Block) -> bool {
    let says = |text: &str| {
        let lower = text.to_lowercase();
        STATE_WORDS.iter().any(|word| lower.contains(word))
    };
    let before = index.checked_sub(1).and_then(|before| document.get(before));
    let labelled = block
        .text
        .split(':')
        .next()
        .is_some_and(|label| label.len() < 40 && says(label));
    labelled
        || document
            .above(index)
            .first()
            .is_some_and(|heading| says(&heading.text))
        || before.is_some_and(|before| {
            before.text.trim_end().ends_with(':') && before.text.len() < 120 && says(&before.text)
        })
}

/// The entity that transitions belong to: the one around them, or the one that has the states, or the only one.
fn owner(
    document: &Document,
    index: usize,
    transitions: &[(String, String)],
    entities: &[Entity],
) -> Option<usize> {
    let above = document.above(index);
    let named = above.iter().find_map(|heading| {
        let text = plain(&heading.text);
        let mut words: Vec<String> = text
            .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .filter(|word| !word.is_empty())
            .map(sameness)
            .collect();
        words.push(
            super::entity_names::entity_name(&heading.text)
                .map(|name| sameness(&name))
                .unwrap_or_default(),
        );
        entities
            .iter()
            .position(|entity| words.contains(&sameness(&entity.name)))
    });
    let holding = || {
        entities.iter().position(|entity| {
            transitions.iter().any(|(from, to)| {
                [from, to].iter().any(|state| {
                    entity
                        .states
                        .iter()
                        .any(|known| known.eq_ignore_ascii_case(state))
                })
            })
        })
    };
    named
        .or_else(holding)
        .or_else(|| (entities.len() == 1).then_some(0))
}

/// The values that a field's type lists: `enum: PENDING | ACCEPTED`, `(Active|Archived)`, `'a' | 'b'`.
fn values(says: &str) -> Vec<String> {
    let mut candidates: Vec<Vec<String>> = Vec::new();
    for part in says.split(['(', ')', '{', '}', '[', ']', ':', '—', ';', '.', '\n']) {
        for separator in ['|', '/', ',', '→'] {
            // `string, one of draft/published`: what is before the list is the type.
            let part = part.rsplit("one of ").next().unwrap_or(part);
            let tokens: Vec<&str> = part
                .split(separator)
                .map(|token| {
                    token
                        .trim()
                        .trim_start_matches("enum ")
                        .trim_start_matches("one of ")
                        .trim_start_matches("or ")
                        .trim_matches(['`', '"', '\'', '*', '\\', ' ', '.'])
                })
                .collect();
            let good = tokens.len() > 1 && tokens.iter().all(|token| is_state(token));
            if good {
                candidates.push(tokens.into_iter().map(str::to_owned).collect());
            }
        }
    }
    let types = [
        "string",
        "null",
        "not null",
        "text",
        "enum",
        "varchar",
        "required",
        "undefined",
    ];
    let mut best = candidates.into_iter().max_by_key(Vec::len).unwrap_or_default();
    best.retain(|value| !types.contains(&value.to_lowercase().as_str()));
    if best.len() > 1 { best } else { Vec::new() }
}

fn is_state(token: &str) -> bool {
    let count = token.chars().count();
    (2..=30).contains(&count)
        && token
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
        && token.chars().any(char::is_alphabetic)
}

fn transitions(block: &Block, about: bool) -> Vec<(String, String)> {
    let diagram = matches!(&block.kind, Kind::Code(_)) && block.text.contains("stateDiagram");
    if !(diagram || about) || matches!(block.kind, Kind::Heading(_)) {
        return Vec::new();
    }
    let text = if block.cells.is_empty() {
        block.text.clone()
    } else {
        block.cells.join(" ")
    };
    let mut found = Vec::new();
    for line in text.lines().flat_map(|line| line.split([',', ';'])) {
        if line.contains('─') || line.contains("--(") {
            continue;
        }
        let line = line
            .replace("-->", "→")
            .replace("->", "→")
            .replace("=>", "→")
            .replace(['`', '*'], "");
        let parts: Vec<&str> = line.split('→').collect();
        for pair in parts.windows(2) {
            let [left, right] = pair else { continue };
            let from = left
                .rsplit(':')
                .next()
                .unwrap_or_default()
                .split('(')
                .next()
                .unwrap_or_default()
                .split_whitespace()
                .next_back();
            let to = right
                .split_whitespace()
                .next()
                .map(|word| word.trim_end_matches([':', '.', ')', ']']));
            if let (Some(from), Some(to)) = (from, to)
                && is_state(from)
                && is_state(to)
            {
                found.push((from.to_owned(), to.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_listed_in_many_forms() {
        let check = |says: &str, expected: &[&str]| assert_eq!(values(says), expected, "{says}");
        check("enum: `PENDING` \\| `ACCEPTED`", &["PENDING", "ACCEPTED"]);
        check("(Active|Archived)", &["Active", "Archived"]);
        check("'open' | 'closed'", &["open", "closed"]);
        check("string, one of draft/published", &["draft", "published"]);
        check("varchar NOT NULL", &[]);
    }
}
