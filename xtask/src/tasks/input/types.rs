//! Types in pieces of code, in the languages that data models are written in.

use crate::tasks::model::Field;
use crate::tasks::names::{pascal, words};

/// A declared type.
#[derive(Debug)]
pub(crate) struct Declared {
    /// Its name.
    pub(crate) name: String,
    /// Its fields.
    pub(crate) fields: Vec<Field>,
    /// Whether it enumerates values.
    pub(crate) enumeration: bool,
    /// The line in the document.
    pub(crate) line: u64,
}

const KEYWORDS: [&str; 14] = [
    "interface",
    "class",
    "struct",
    "type",
    "model",
    "record",
    "enum",
    "table",
    "entity",
    "message",
    "@dataclass",
    "defstruct",
    "trait",
    "object",
];
const MODIFIERS: [&str; 16] = [
    "export", "public", "pub", "data", "abstract", "final", "sealed", "internal", "declare", "private",
    "partial", "default", "open", "static", "readonly", "const",
];

/// The types that a piece of code declares at its outermost level.
pub(crate) fn read(code: &str, first_line: u64) -> Vec<Declared> {
    let mut declared: Vec<Declared> = Vec::new();
    let mut open = false;
    for (offset, line) in (0..).zip(code.lines()) {
        let outer = !line.starts_with([' ', '\t', '{', '}', ')', '#', '/', '*', '@']);
        let trimmed = line.trim();
        if outer && !trimmed.is_empty() {
            if let Some((name, enumeration)) = declaration(trimmed) {
                let values = if enumeration {
                    inline_values(trimmed)
                } else {
                    Vec::new()
                };
                declared.push(Declared {
                    name,
                    fields: values,
                    enumeration,
                    line: first_line + offset,
                });
                open = true;
                continue;
            }
            open = false;
        }
        if let Some(last) = declared.last_mut().filter(|_| open && !outer) {
            let sql = code.to_uppercase().contains("CREATE TABLE");
            if last.enumeration {
                last.fields.extend(inline_values(&format!("{{ {trimmed}")));
            } else {
                last.fields.extend(member(trimmed, sql));
            }
        }
    }
    declared.retain(|declared| {
        !declared.name.ends_with("Validator")
            && !declared.name.ends_with("Repository")
            && !declared.name.ends_with("Configuration")
    });
    declared
}

/// `{ Active, Suspended = 2 }`
fn inline_values(line: &str) -> Vec<Field> {
    let inside = line.split_once('{').map_or("", |(_, inside)| inside);
    let parts = inside
        .split([',', '}'])
        .map(|part| part.split(['=', '(', '/']).next().unwrap_or_default().trim());
    parts
        .filter_map(clean)
        .map(|name| Field {
            name,
            says: String::new(),
        })
        .collect()
}

fn declaration(line: &str) -> Option<(String, bool)> {
    let upper = line.to_uppercase();
    if let Some(rest) = upper
        .strip_prefix("CREATE TABLE")
        .or_else(|| upper.strip_prefix("CREATE TYPE"))
    {
        let rest = line.get(line.len() - rest.len()..)?;
        let name = rest
            .split(|letter: char| letter.is_whitespace() || letter == '(')
            .filter(|word| !word.is_empty())
            .find(|word| !["IF", "NOT", "EXISTS"].contains(&word.to_uppercase().as_str()))?;
        let name = name.rsplit('.').next()?.trim_matches(['"', '`', '[', ']']);
        return clean(name).map(|name| (pascal(&words(&name)), upper.starts_with("CREATE TYPE")));
    }
    let mut rest = line
        .split_whitespace()
        .skip_while(|word| MODIFIERS.contains(word))
        .peekable();
    let keyword = *rest.peek()?;
    if !KEYWORDS.contains(&keyword) {
        return None;
    }
    rest.next();
    let mut name = rest.next()?;
    if name == "class" || name == "struct" {
        name = rest.next()?;
    }
    let after = line.get(line.find(name)? + name.len()..).unwrap_or_default();
    let bare = name.split(['(', ':', '{', '<', '=', ';']).next()?;
    let opens = line.contains('{')
        || line.ends_with(':')
        || line.contains('(')
        || after.contains("struct")
        || keyword == "class";
    let shaped = bare.chars().next().is_some_and(char::is_uppercase);
    (opens && (shaped || keyword == "model" || keyword == "table"))
        .then(|| clean(bare))
        .flatten()
        .map(|name| (pascal_if_lower(&name), keyword == "enum"))
}

fn pascal_if_lower(name: &str) -> String {
    if name.chars().next().is_some_and(char::is_uppercase) {
        name.to_owned()
    } else {
        pascal(&words(name))
    }
}

fn clean(name: &str) -> Option<String> {
    let good = !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_');
    good.then(|| name.to_owned())
}

/// `id: string;`, `public Guid Id { get; set; }`, `id UUID PRIMARY KEY,`, `Name string`
fn member(line: &str, sql: bool) -> Option<Field> {
    let line = line
        .split("//")
        .next()?
        .split(" #")
        .next()?
        .trim()
        .trim_end_matches([',', ';']);
    let skipped = [
        "{",
        "/*",
        "*",
        "#",
        "@",
        "//",
        "--",
        "}",
        ")",
        "def ",
        "fn ",
        "func ",
        "return",
        "\"\"\"",
        "FOREIGN",
        "PRIMARY",
        "UNIQUE",
        "CONSTRAINT",
        "CHECK",
        "INDEX",
        "KEY ",
    ];
    if line.is_empty()
        || skipped.iter().any(|skipped| line.starts_with(skipped))
        || line.contains("=>")
        || (line.contains('(') && line.ends_with('{'))
    {
        return None;
    }
    let says = |name: &str, rest: &str| {
        let name = name
            .trim()
            .trim_matches(['"', '`', '\'', '?'])
            .trim_start_matches("pub ")
            .trim_start_matches("readonly ")
            .trim_start_matches("val ")
            .trim_start_matches("var ")
            .trim();
        clean(name.trim_end_matches('?')).map(|name| Field {
            name,
            says: rest.trim().to_owned(),
        })
    };
    if sql {
        let (name, rest) = line.split_once(char::is_whitespace)?;
        return says(name, rest);
    }
    if let Some((name, rest)) = line.split_once(':') {
        return says(name, rest);
    }
    let before = line.split(['{', '=']).next()?.trim();
    let words: Vec<&str> = before
        .split_whitespace()
        .filter(|word| !MODIFIERS.contains(word))
        .collect();
    match words.as_slice() {
        [kind, name] if line.contains("get;") || line.contains('=') || line.contains('<') => says(name, kind),
        [name, kind, ..]
            if kind
                .chars()
                .next()
                .is_some_and(|letter| letter.is_alphabetic() || "*[".contains(letter)) =>
        {
            says(name, kind)
        }
        _ => None,
    }
}

/// The members of a JSON example.
pub(crate) fn read_json(code: &str) -> Option<Vec<Field>> {
    let value: serde_json::Value = serde_json::from_str(code).ok()?;
    let members = value.as_object()?;
    let members = members
        .get("properties")
        .and_then(serde_json::Value::as_object)
        .unwrap_or(members);
    Some(
        members
            .iter()
            .map(|(name, value)| Field {
                name: name.clone(),
                says: value.as_str().unwrap_or_default().to_owned(),
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &[(&str, &[&str])]) {
        let declared = read(code, 1);
        let seen: Vec<(&str, Vec<&str>)> = declared
            .iter()
            .map(|declared| {
                (
                    declared.name.as_str(),
                    declared.fields.iter().map(|field| field.name.as_str()).collect(),
                )
            })
            .collect();
        let expected: Vec<(&str, Vec<&str>)> = expected
            .iter()
            .map(|(name, fields)| (*name, fields.to_vec()))
            .collect();
        assert_eq!(seen, expected, "{code}");
    }

    #[test]
    fn types_are_read_in_many_languages() {
        check(
            "export interface User {\n  id: string;\n  name?: string;\n}\n",
            &[("User", &["id", "name"])],
        );
        check(
            "@dataclass\nclass Task:\n    id: int\n    title: str = \"\"\n\nclass Tag(BaseModel):\n    name: str\n",
            &[("Task", &["id", "title"]), ("Tag", &["name"])],
        );
        check(
            "CREATE TABLE IF NOT EXISTS public.list_items (\n  id UUID PRIMARY KEY,\n  FOREIGN KEY (x) REFERENCES y\n);\n",
            &[("ListItems", &["id"])],
        );
        check(
            "pub struct School {\n    pub id: Uuid,\n}\n",
            &[("School", &["id"])],
        );
        check("type Device struct {\n\tID string\n}\n", &[("Device", &["ID"])]);
        check(
            "public class Item\n{\n    public Guid Id { get; set; }\n}\n",
            &[("Item", &["Id"])],
        );
        check("model User {\n  id String @id\n}\n", &[("User", &["id"])]);
    }
}
