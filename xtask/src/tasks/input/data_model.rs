//! `data-model.md`: entities with their fields, states and relationships.
//!
//! People describe an entity as a heading with a table, a list or a type below it, as a row of a table of entities, as an
//! item of a list under "Entities", or in a diagram. What shows an entity is its fields; a heading alone is one only where
//! the heading above it speaks of entities. This holds in every language; the word lists only keep the other chapters out.

use super::entity_names::{entity_name, is_about_entities};
use super::fields::{FIELD_LABELS, fields, inline_fields, item_field, lead};
use super::markdown::{Block, Document, Kind, plain};
use super::{diagrams, relations, states, types};
use crate::tasks::model::{Entity, Field, Origin};
use crate::tasks::names::sameness;

const ENTITY_COLUMNS: [&str; 21] = [
    "entity",
    "entities",
    "table",
    "model",
    "entity name",
    "collection",
    "aggregate",
    "object",
    "entidad",
    "entidade",
    "tabela",
    "实体",
    "實體",
    "エンティティ",
    "テーブル",
    "엔티티",
    "개체",
    "테이블",
    "сущность",
    "entité",
    "entität",
];

/// Reads the entities of a document.
pub(crate) fn read(file: &str, document: &Document) -> Vec<Entity> {
    let mut found = Found {
        file,
        entities: Vec::new(),
    };
    for (index, block) in document.blocks.iter().enumerate() {
        match &block.kind {
            Kind::Heading(level) if *level > 1 => found.heading(document, index, block),
            Kind::Row(header) => found.row(header, block),
            Kind::Code(_) => found.code(document, index, block),
            _ => {}
        }
    }
    found.listed(document);
    found.diagrams(document);
    if found.entities.is_empty() {
        found.typed(document);
    }
    let mut entities = found.entities;
    states::read(document, &mut entities);
    relations::read(file, document, &mut entities);
    entities
}

/// Reads the entities that a list under a heading such as `Key Entities` names.
pub(crate) fn read_list(file: &str, document: &Document) -> Vec<Entity> {
    let mut found = Found {
        file,
        entities: Vec::new(),
    };
    found.listed(document);
    relations::read(file, document, &mut found.entities);
    found.entities
}

struct Found<'a> {
    file: &'a str,
    entities: Vec<Entity>,
}

impl Found<'_> {
    /// The entity of a name: the known one, or a new one.
    fn entity(&mut self, name: &str, line: u64) -> Option<&mut Entity> {
        let same = sameness(name);
        let position = self
            .entities
            .iter()
            .position(|entity| sameness(&entity.name) == same);
        let position = position.unwrap_or_else(|| {
            self.entities.push(Entity {
                name: name.to_owned(),
                origin: Origin::line(self.file, line),
                enumeration: false,
                fields: Vec::new(),
                states: Vec::new(),
                transitions: Vec::new(),
                relations: Vec::new(),
            });
            self.entities.len() - 1
        });
        self.entities.get_mut(position)
    }

    fn heading(&mut self, document: &Document, index: usize, block: &Block) {
        let Some(name) = entity_name(&block.text) else {
            return;
        };
        let above = document.above(index);
        let chapters = above.iter().filter(|heading| heading.kind != Kind::Heading(1));
        let parent = chapters.take(2).any(|heading| is_about_entities(&heading.text));
        let transfers = is_transfer(&above);
        if transfers
            || above
                .iter()
                .any(|heading| self.is_entity(&heading.text) && !is_about_entities(&heading.text))
        {
            return;
        }
        let Some(fields) = fields(document, index, &name) else {
            return;
        };
        let enumeration = block.text.to_lowercase().contains("enum")
            || above
                .first()
                .is_some_and(|heading| heading.text.to_lowercase().contains("enum"));
        let strict = name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if fields.is_empty() && !(parent && strict) && !(enumeration && strict) {
            return;
        }
        if let Some(entity) = self.entity(&name, block.line) {
            entity.enumeration |= enumeration;
            add(entity, fields);
        }
    }

    fn is_entity(&self, heading: &str) -> bool {
        entity_name(heading).is_some_and(|name| {
            self.entities
                .iter()
                .any(|entity| sameness(&entity.name) == sameness(&name))
        })
    }

    fn row(&mut self, header: &[String], block: &Block) {
        let first = header
            .first()
            .map(|cell| plain(cell).to_lowercase())
            .unwrap_or_default();
        if !ENTITY_COLUMNS.contains(&first.as_str()) {
            return;
        }
        let Some(name) = block.cells.first().and_then(|cell| entity_name(cell)) else {
            return;
        };
        let position = header.iter().position(|cell| {
            let lower = plain(cell).to_lowercase();
            FIELD_LABELS.iter().any(|label| lower.contains(label))
                || ["column", "주요 열", "열"]
                    .iter()
                    .any(|word| lower.contains(word))
        });
        let fields = position
            .and_then(|position| block.cells.get(position))
            .map(|cell| inline_fields(cell))
            .unwrap_or_default();
        if let Some(entity) = self.entity(&name, block.line)
            && entity.fields.is_empty()
        {
            add(entity, fields);
        }
    }

    /// Items of lists directly under a heading about entities.
    fn listed(&mut self, document: &Document) {
        let mut under: Option<String> = None;
        for (index, block) in document.blocks.iter().enumerate() {
            let Kind::Item(depth) = block.kind else { continue };
            let above = document.above(index);
            let Some(heading) = above.first() else { continue };
            if !is_about_entities(&heading.text)
                || self.is_entity(&heading.text) && entity_name(&heading.text).is_some()
            {
                continue;
            }
            if depth > 0 {
                let fields = item_field(&block.text).into_iter().collect();
                if let Some(entity) = under.clone().and_then(|name| self.entity(&name, block.line)) {
                    add(entity, fields);
                }
                continue;
            }
            let lead = lead(&block.text);
            // `- samples: id, owner, notes` names an entity in lower case; `- owner: text` does not.
            let value = block.text.split_once([':', '：']).map_or("", |(_, value)| value);
            let fields = if value.contains(['.', '*']) {
                Vec::new()
            } else {
                inline_fields(value)
            };
            let several = fields.len() > 1 && fields.len() == value.split(',').count();
            under = lead.and_then(|lead| {
                entity_name(&lead).filter(|_| {
                    several
                        || lead
                            .trim_start_matches('`')
                            .chars()
                            .next()
                            .is_some_and(|letter| !letter.is_lowercase())
                })
            });
            if let Some(entity) = under.clone().and_then(|name| self.entity(&name, block.line))
                && several
            {
                add(entity, fields);
            }
        }
    }

    fn diagrams(&mut self, document: &Document) {
        for block in &document.blocks {
            let Kind::Code(language) = &block.kind else {
                continue;
            };
            if language != "mermaid" && !block.text.contains("erDiagram") {
                continue;
            }
            for drawn in diagrams::read(&block.text, block.line) {
                let origin = Origin::line(self.file, drawn.line);
                if let Some(entity) = self.entity(&drawn.name, drawn.line) {
                    if entity.fields.is_empty() {
                        add(entity, drawn.fields);
                    }
                    for target in drawn.targets {
                        relations::add(entity, &target, origin.clone());
                    }
                }
            }
        }
    }

    /// Types in pieces of code of a chapter about entities, where its heading names none.
    fn code(&mut self, document: &Document, index: usize, block: &Block) {
        let above = document.above(index);
        let about = above
            .iter()
            .any(|heading| heading.kind != Kind::Heading(1) && is_about_entities(&heading.text));
        let named = above.iter().any(|heading| self.is_entity(&heading.text));
        if about && !named && !is_transfer(&above) {
            self.declared(block);
        }
    }

    fn declared(&mut self, block: &Block) {
        for declared in types::read(&block.text, block.line) {
            if let Some(entity) = self.entity(&declared.name, declared.line) {
                entity.enumeration |= declared.enumeration;
                add(entity, declared.fields);
            }
        }
    }

    /// Types in pieces of code, where nothing else names entities.
    fn typed(&mut self, document: &Document) {
        for block in document
            .blocks
            .iter()
            .filter(|block| matches!(block.kind, Kind::Code(_)))
        {
            self.declared(block);
        }
    }
}

fn add(entity: &mut Entity, fields: Vec<Field>) {
    for field in fields {
        if !entity.fields.iter().any(|known| known.name == field.name) {
            entity.fields.push(field);
        }
    }
}

/// Whether a chapter is about what is sent and queried rather than about what is.
fn is_transfer(above: &[&Block]) -> bool {
    const WORDS: [&str; 8] = [
        "dto",
        "transfer",
        "request",
        "response",
        "repositor",
        "interface",
        "query",
        "queries",
    ];
    above.iter().any(|heading| {
        let lower = heading.text.to_lowercase();
        WORDS.iter().any(|word| lower.contains(word))
    })
}
