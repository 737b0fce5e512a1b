//! Relationships between entities.

use super::markdown::{Document, Kind, label};
use crate::tasks::model::{Entity, Origin, Relation};
use crate::tasks::names::sameness;

const WORDS: [&str; 14] = [
    "relationship",
    "relations",
    "관계",
    "关系",
    "關係",
    "関連",
    "リレーション",
    "relacion",
    "relacionament",
    "beziehung",
    "связи",
    "associations",
    "references",
    "belongs to",
];

/// Adds a relationship, once.
pub(crate) fn add(entity: &mut Entity, target: &str, origin: Origin) {
    let same = sameness(target);
    if same != sameness(&entity.name)
        && !entity
            .relations
            .iter()
            .any(|known| sameness(&known.target) == same)
    {
        entity.relations.push(Relation {
            target: target.to_owned(),
            origin,
        });
    }
}

/// Fills in the relationships of the entities.
pub(crate) fn read(file: &str, document: &Document, entities: &mut [Entity]) {
    let names: Vec<(String, String)> = entities
        .iter()
        .filter(|entity| !entity.enumeration)
        .map(|entity| (sameness(&entity.name), entity.name.clone()))
        .collect();
    for entity in entities.iter_mut() {
        let origin = entity.origin.clone();
        let mut targets = Vec::new();
        for field in &entity.fields {
            let upper = field.says.to_uppercase();
            let refers = upper.contains("FK")
                || upper.contains("FOREIGN")
                || upper.contains("REFERENCE")
                || field.says.contains('→');
            targets.extend(named(&field.says, &names, !refers));
            let stem = field
                .name
                .strip_suffix("Id")
                .or_else(|| field.name.strip_suffix("_id"))
                .or_else(|| field.name.strip_suffix("ID"));
            targets.extend(stem.and_then(|stem| {
                names
                    .iter()
                    .find(|(same, _)| *same == sameness(stem))
                    .map(|(_, name)| name.clone())
            }));
        }
        for target in targets {
            add(entity, &target, origin.clone());
        }
    }
    for (index, block) in document.blocks.iter().enumerate() {
        let heading = document
            .above(index)
            .first()
            .map(|heading| heading.text.to_lowercase())
            .unwrap_or_default();
        let labelled = label(&block.text).is_some_and(|(name, _)| is_about(&name));
        if !(is_about(&heading) || labelled) || matches!(block.kind, Kind::Heading(_) | Kind::Code(_)) {
            continue;
        }
        let text = if block.cells.is_empty() {
            block.text.clone()
        } else {
            block.cells.join(" ")
        };
        let mut found = named(&text, &names, false);
        let around = document.above(index).iter().find_map(|heading| {
            super::entity_names::entity_name(&heading.text).and_then(|name| {
                names
                    .iter()
                    .find(|(same, _)| *same == sameness(&name))
                    .map(|(_, name)| name.clone())
            })
        });
        let Some(source) = around.or_else(|| found.first().cloned()) else {
            continue;
        };
        found.retain(|name| *name != source);
        if let Some(entity) = entities.iter_mut().find(|entity| entity.name == source) {
            for target in found {
                add(entity, &target, Origin::line(file, block.line));
            }
        }
    }
}

fn is_about(text: &str) -> bool {
    let lower = text.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// The entities that a text names; as types only where a word is written like a type.
fn named(text: &str, names: &[(String, String)], as_types: bool) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')) {
        if as_types && !word.chars().next().is_some_and(char::is_uppercase) {
            continue;
        }
        let same = sameness(word);
        if let Some((_, name)) = names.iter().find(|(other, _)| !same.is_empty() && *other == same)
            && !found.contains(name)
        {
            found.push(name.clone());
        }
    }
    found
}
