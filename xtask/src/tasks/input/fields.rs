//! The fields of an entity, in the forms that people list them.

use super::entity_names::is_generic;
use super::markdown::{Document, Kind, label, plain};
use super::types;
use crate::tasks::model::Field;
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
/// Labels and columns that announce fields.
pub(crate) const FIELD_LABELS: [&str; 17] = [
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

/// The fields that stand below a heading: its own, and those under sub-headings such as `Fields`; `None` where code below
/// it declares types of other names, so that the heading is a chapter's.
pub(crate) fn fields(document: &Document, heading: usize, name: &str) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let mut code: Option<Vec<Field>> = None;
    let mut others = false;
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
                let declared = types::read(&block.text, block.line);
                let own = declared.iter().find(|declared| is_same(&declared.name, name));
                if own.is_none() && !declared.is_empty() {
                    others = true;
                }
                code = own
                    .map(|own| own.fields.clone())
                    .or_else(|| types::read_json(&block.text));
            }
            _ => {}
        }
    }
    if !fields.is_empty() {
        return Some(fields);
    }
    if code.is_none() && others {
        return None;
    }
    Some(code.unwrap_or_default())
}

/// `User` is declared as `User`, `IUser` or `UserEntity`.
fn is_same(declared: &str, name: &str) -> bool {
    let (declared, name) = (sameness(declared), sameness(name));
    let rest = declared
        .strip_prefix(&name)
        .or_else(|| declared.strip_prefix('i')?.strip_prefix(&name));
    rest.is_some_and(|rest| {
        [
            "", "entity", "model", "record", "schema", "base", "table", "document", "type",
        ]
        .contains(&rest)
    })
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
pub(crate) fn inline_fields(text: &str) -> Vec<Field> {
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
pub(crate) fn item_field(text: &str) -> Option<Field> {
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
