//! Which headings name an entity, and which are chapters of a document.

use super::markdown::plain;
use crate::tasks::names::{pascal, words};

const ABOUT_ENTITIES: [&str; 33] = [
    "entit",
    "entidad",
    "实体",
    "實體",
    "エンティティ",
    "엔티티",
    "개체",
    "сущност",
    "domain model",
    "data model",
    "domain object",
    "core model",
    "models",
    "tables",
    "collections",
    "aggregate",
    "value object",
    "data structure",
    "core types",
    "data types",
    "types",
    "schemas",
    "modelo de dados",
    "modelo de datos",
    "数据模型",
    "データモデル",
    "데이터 모델",
    "modèle de données",
    "datenmodell",
    "database schema",
    "core concepts",
    "domain types",
    "structs",
];

/// Words of chapters that every data model has and that no entity is called.
const GENERIC: &str = "\
    관계 관계도 개요 상태 전이 검증 제약 인덱스 关系 關係 关联 概述 概要 状态 狀態 状態 转换 验证 驗證 约束 約束 索引 検証 リレーション \
    リレーションシップ インデックス relacionamentos relacionamento relações relaciones relación validações validaciones validação índices \
    resumo resumen notas exemplos ejemplos transições transiciones estados fluxo flujo связи обзор валидация индексы миграции vue beziehungen \
    übersicht validierung regeln règles regras reglas overview summary introduction purpose relationships relationship relations diagram diagrams erd \
    validation validations constraints constraint indexes indices index transitions transition migration \
    migrations lifecycle notes note example examples queries strategy rules flow flows patterns \
    considerations requirements mapping mappings integrity retention fields attributes properties \
    methods invariants storage persistence dtos requests responses security performance glossary scope \
    questions references decisions assumptions enums enumerations schema schemas database tables \
    entities entity model models definitions definition types context description usage compatibility \
    versioning testing tests access layout structure operations hierarchy machine machines states \
    cascade cascades volume seed conventions changes boundaries metadata: cardinality traceability \
    location source sources behavior behaviour";
const PREFIXES: [&str; 24] = [
    "entity",
    "domain entity",
    "value object",
    "model",
    "table",
    "aggregate",
    "aggregate root",
    "type",
    "interface",
    "class",
    "struct",
    "enum",
    "object",
    "entidade",
    "entidad",
    "entité",
    "entität",
    "实体",
    "實體",
    "エンティティ",
    "엔티티",
    "сущность",
    "collection",
    "new entity",
];
const SUFFIXES: [&str; 14] = [
    "entity",
    "table",
    "model",
    "aggregate",
    "object",
    "interface",
    "class",
    "struct",
    "collection",
    "type",
    "enum",
    "schema",
    "document",
    "record",
];

/// Whether a heading announces entities.
pub(crate) fn is_about_entities(heading: &str) -> bool {
    let lower = plain(heading).to_lowercase();
    let excluded = [
        "relationship",
        "diagram",
        "validation",
        "dto",
        "transition",
        "summary of changes",
    ];
    ABOUT_ENTITIES.iter().any(|word| lower.contains(word))
        && !excluded.iter().any(|word| lower.contains(word))
}

/// Whether a word is a chapter's rather than an entity's.
pub(crate) fn is_generic(word: &str) -> bool {
    let lower = word.to_lowercase();
    GENERIC.split_whitespace().any(|generic| generic == lower)
        || [
            "type",
            "rationale",
            "required",
            "format",
            "values",
            "default",
            "primary",
            "unique",
            "file",
            "why",
            "when",
            "status:",
            "feature",
            "date",
            "branch",
            "spec",
            "created",
            "input",
            "related",
            "new",
            "modified",
            "unchanged",
        ]
        .contains(&lower.as_str())
}

/// The entity that a heading, a cell or an item names: `### 2. User Entity (extended)` is `User`.
pub(crate) fn entity_name(text: &str) -> Option<String> {
    let text = text.lines().next()?.replace("~~", "");
    let cleaned = strip_number(&plain(&text));
    let lower = cleaned.to_lowercase();
    let mut name = cleaned.clone();
    for mark in [": ", "：", " — ", " – ", " - "] {
        let Some((before, after)) = cleaned.split_once(mark) else {
            continue;
        };
        let start = before.trim().to_lowercase();
        let start = start.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
        let kept = if PREFIXES.contains(&start) || start.starts_with("entity") {
            after
        } else {
            before
        };
        kept.clone_into(&mut name);
        break;
    }
    let prefixed = PREFIXES
        .iter()
        .find(|prefix| lower.starts_with(&format!("{prefix} `")));
    if let Some(code) = text
        .split('`')
        .nth(1)
        .filter(|code| prefixed.is_some() || name.contains(*code))
    {
        name = code.to_owned();
    }
    let end = name.find([' ', '\u{3000}']).and_then(|_| {
        name.find([' ']).filter(|end| {
            name.get(end + 1..)
                .is_some_and(|rest| rest.starts_with(['(', '[', '/', '→', '<', '+']))
        })
    });
    let cut = name.find(['(', '（', '[', '<']).or(end).unwrap_or(name.len());
    let inside = name
        .get(cut..)
        .map(|rest| rest.trim_matches(['(', ')', '（', '）', ' ']).to_owned())
        .unwrap_or_default();
    let mut name = name
        .get(..cut)?
        .trim()
        .trim_end_matches(['/', '→', ',', '.', ':'])
        .trim()
        .to_owned();
    if !name.is_ascii() && is_identifier(&inside) {
        name = inside;
    }
    let name = strip_affixes(&name);
    let parts: Vec<&str> = name.split_whitespace().collect();
    if parts.is_empty() || parts.len() > 4 || parts.iter().any(|part| is_generic(part)) {
        return None;
    }
    if let [one] = parts.as_slice() {
        return is_identifier(one).then(|| shape(one));
    }
    let titles = parts.iter().all(|part| {
        part.chars()
            .next()
            .is_some_and(|letter| letter.is_uppercase() || !letter.is_ascii())
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || "_-'".contains(letter))
    });
    titles.then(|| pascal(&words(&name)))
}

fn is_identifier(word: &str) -> bool {
    word.chars()
        .next()
        .is_some_and(|letter| letter.is_alphabetic() || letter == '_')
        && word
            .chars()
            .all(|letter| letter.is_alphanumeric() || "_-.".contains(letter))
        && !word.ends_with('.')
        && !word.to_lowercase().ends_with(".md")
        && word.chars().count() > 1
}

/// `LIST_ITEM` and `friend_requests` as a type would have them.
fn shape(word: &str) -> String {
    if word.chars().any(char::is_lowercase)
        && !word.contains(['_', '-', '.'])
        && word.chars().next().is_some_and(char::is_uppercase)
    {
        return word.to_owned();
    }
    if word.chars().any(char::is_lowercase) {
        pascal(&words(word))
    } else {
        pascal(&words(&word.to_lowercase()))
    }
}

fn strip_number(text: &str) -> String {
    let text = text.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let number = text
        .find(|letter: char| !(letter.is_ascii_digit() || letter == '.'))
        .unwrap_or(0);
    let rest = text.get(number..).unwrap_or(text);
    let numbered = number > 0 && rest.starts_with([' ', ')', ':']);
    let rest = if numbered {
        rest.trim_start_matches([' ', ')', ':'])
    } else {
        text
    };
    // `E1. User`, `E1: User`
    let mut letters = rest.chars();
    if letters.next().is_some_and(|letter| letter.is_ascii_uppercase()) {
        let after = letters
            .as_str()
            .trim_start_matches(|letter: char| letter.is_ascii_digit());
        if after.len() < letters.as_str().len() && after.starts_with([':', '.', ')']) {
            return after.trim_start_matches([':', '.', ')', ' ']).to_owned();
        }
    }
    rest.to_owned()
}

fn strip_affixes(name: &str) -> String {
    let mut name = name.to_owned();
    let lower = name.to_lowercase();
    if let Some(prefix) = PREFIXES
        .iter()
        .find(|prefix| lower.starts_with(&format!("{prefix} ")))
        && name.split_whitespace().count() > prefix.split_whitespace().count()
    {
        name = name.get(prefix.len()..).unwrap_or_default().trim().to_owned();
    }
    let mut parts: Vec<&str> = name.split_whitespace().collect();
    if parts.len() > 1
        && parts
            .last()
            .is_some_and(|last| SUFFIXES.contains(&last.to_lowercase().as_str()))
    {
        parts.pop();
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_known_by_their_headings() {
        let check = |heading: &str, expected: Option<&str>| {
            assert_eq!(entity_name(heading).as_deref(), expected, "{heading}");
        };
        check("User", Some("User"));
        check("1. User", Some("User"));
        check("### 1.2 `Category` (Enum)", Some("Category"));
        check("Entity: FriendRequest", Some("FriendRequest"));
        check("Domain entity: Car (aggregate root — extended)", Some("Car"));
        check("ListItem Entity", Some("ListItem"));
        check("Entity 3: Shopping List", Some("ShoppingList"));
        check("E2. Enrollment", Some("Enrollment"));
        check("friend_requests", Some("FriendRequests"));
        check("PAIRING_CODE", Some("PairingCode"));
        check("Table: `users`", Some("Users"));
        check("사용자 (User)", Some("User"));
        check("Order — what a customer buys", Some("Order"));
        check("Validation Rules", None);
        check("State Transitions", None);
        check("Relationships", None);
        check("Mapping to functional requirements", None);
        check("Entities", None);
        check("How a user signs in", None);
    }
}
