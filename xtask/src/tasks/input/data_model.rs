//! `data-model.md`: entities with their fields, states and relationships.
//!
//! People describe an entity as a heading with a table, a list or a type below it, as a row of a table of entities, as an
//! item of a list under "Entities", or in a diagram. What shows an entity is its fields; a heading alone is one only where
//! the heading above it speaks of entities. This holds in every language; the word lists only keep the other chapters out.

use super::entity_names::{entity_name, is_about_entities, is_generic};
use super::markdown::{Block, Document, Kind, label, plain};
use super::{diagrams, relations, states, types};
use crate::tasks::model::{Entity, Field, Origin};
use crate::tasks::names::sameness;

const FIELD_COLUMNS: [&str; 30] = [
    "field",
    "fields",
    "field name",
    "name",
    "column",
    "column name",
    "attribute",
    "property",
    "member",
    "key",
    "campo",
    "nome",
    "nombre",
    "atributo",
    "字段",
    "字段名",
    "欄位",
    "属性",
    "屬性",
    "フィールド",
    "項目",
    "カラム",
    "필드",
    "필드명",
    "컬럼",
    "속성",
    "поле",
    "champ",
    "feld",
    "parameter",
];
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
const FIELD_LABELS: [&str; 17] = [
    "fields",
    "attributes",
    "properties",
    "columns",
    "key attributes",
    "key fields",
    "campos",
    "atributos",
    "propiedades",
    "字段",
    "属性",
    "フィールド",
    "필드",
    "속성",
    "поля",
    "champs",
    "felder",
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
        let transfers = above.iter().any(|heading| {
            let lower = heading.text.to_lowercase();
            [
                "dto",
                "transfer",
                "request",
                "response",
                "repositor",
                "interface",
                "query",
                "queries",
            ]
            .iter()
            .any(|word| lower.contains(word))
        });
        if transfers
            || above
                .iter()
                .any(|heading| self.is_entity(&heading.text) && !is_about_entities(&heading.text))
        {
            return;
        }
        let fields = fields(document, index);
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
        if let Some(entity) = self.entity(&name, block.line) {
            if entity.fields.is_empty() {
                add(entity, fields);
            }
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
            under = lead
                .and_then(|lead| entity_name(&lead))
                .filter(|name| name.chars().next().is_some_and(|letter| !letter.is_lowercase()));
            if let Some(name) = under.clone() {
                self.entity(&name, block.line);
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

    /// Types in pieces of code, where nothing else names entities.
    fn typed(&mut self, document: &Document) {
        for block in document
            .blocks
            .iter()
            .filter(|block| matches!(block.kind, Kind::Code(_)))
        {
            for declared in types::read(&block.text, block.line) {
                if let Some(entity) = self.entity(&declared.name, declared.line) {
                    entity.enumeration |= declared.enumeration;
                    add(entity, declared.fields);
                }
            }
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

/// The fields that stand below a heading: its own, and those under sub-headings such as `Fields`.
fn fields(document: &Document, heading: usize) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut code: Option<Vec<Field>> = None;
    for index in document.section(heading) {
        let Some(block) = document.get(index) else { break };
        let own = block.under == Some(heading);
        let generic = block
            .under
            .and_then(|under| document.get(under))
            .is_some_and(|under| is_field_heading(&under.text));
        if !(own || generic) {
            continue;
        }
        match &block.kind {
            Kind::Row(header) if is_field_table(header) => {
                if let [name, rest @ ..] = block.cells.as_slice() {
                    fields.extend(field(name, &rest.join(" ")));
                }
            }
            Kind::Item(_) | Kind::Text => match label(&block.text) {
                Some((name, value)) if is_field_label(&name) => fields.extend(inline_fields(&value)),
                _ if matches!(block.kind, Kind::Item(_)) => fields.extend(item_field(&block.text)),
                _ => {}
            },
            Kind::Code(_) if code.is_none() => {
                code = types::read(&block.text, block.line)
                    .into_iter()
                    .next()
                    .map(|declared| declared.fields)
                    .or_else(|| types::read_json(&block.text));
            }
            _ => {}
        }
    }
    if fields.is_empty() {
        code.unwrap_or_default()
    } else {
        fields
    }
}

fn is_field_label(name: &str) -> bool {
    FIELD_LABELS.contains(&name.to_lowercase().trim())
}

fn is_field_heading(text: &str) -> bool {
    let lower = plain(text).to_lowercase();
    FIELD_LABELS
        .iter()
        .any(|label| lower == *label || lower.starts_with(&format!("{label} ")))
        || lower.contains("schema")
        || lower.contains("definition")
}

fn is_field_table(header: &[String]) -> bool {
    let first = header
        .first()
        .map(|cell| plain(cell).to_lowercase())
        .unwrap_or_default();
    header.len() > 1 && FIELD_COLUMNS.contains(&first.trim())
}

fn field(name: &str, says: &str) -> Option<Field> {
    let name = plain(name);
    let bare = name
        .split(['(', ':', '?', ' '])
        .next()
        .unwrap_or_default()
        .trim_end_matches('?')
        .to_owned();
    let identifier = !bare.is_empty()
        && bare
            .chars()
            .all(|letter| letter.is_alphanumeric() || "_-.".contains(letter));
    identifier.then(|| Field {
        name: bare,
        says: says.to_owned(),
    })
}

/// `tenantId (UUID), name, status (Active|Suspended)`
fn inline_fields(text: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut depth = 0_i32;
    let parts = text.split(|letter: char| {
        depth += i32::from("([{".contains(letter)) - i32::from(")]}".contains(letter));
        depth == 0 && (letter == ',' || letter == '\n' || letter == ';' || letter == '、')
    });
    for part in parts {
        let part = part.trim().trim_start_matches("- ");
        let end = part.find(['(', ':', ' ']).unwrap_or(part.len());
        let (name, says) = part.split_at(end);
        fields.extend(field(name, says).filter(|field| !field.name.contains('.')));
    }
    fields
}

/// The marked beginning of an item: `**Name**`, `` `name` ``.
pub(crate) fn lead(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some((bold, _)) = text.strip_prefix("**").and_then(|rest| rest.split_once("**")) {
        return Some(bold.trim_end_matches([':', '：']).to_owned());
    }
    if let Some((code, _)) = text.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
        return Some(code.to_owned());
    }
    let (name, _) = text
        .split_once([':', '：'])
        .or_else(|| text.split_once(" - "))
        .or_else(|| text.split_once(" — "))
        .or_else(|| text.split_once(" ("))?;
    Some(name.trim().to_owned())
}

/// `` - `id` (UUID): … ``, `- **text**: string`, `- id: UUID`
fn item_field(text: &str) -> Option<Field> {
    let first = text.lines().next()?;
    let name = lead(first)?;
    let plain_name = plain(&name);
    let one_word = plain_name.split_whitespace().count() == 1;
    if !one_word || is_generic(&plain_name) || is_field_label(&plain_name) {
        return None;
    }
    let rest = first.get(first.find(&name)? + name.len()..).unwrap_or_default();
    field(&plain_name, rest.trim_matches(['*', '`', ':', ' ']))
}
