//! Mermaid's entity-relationship and class diagrams.

use crate::tasks::model::Field;
use crate::tasks::names::{pascal, words};

/// An entity of a diagram.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// Its name as a type would have it.
    pub(crate) name: String,
    /// Its attributes.
    pub(crate) fields: Vec<Field>,
    /// The entities that a line leads to.
    pub(crate) targets: Vec<String>,
    /// The line in the document.
    pub(crate) line: u64,
}

fn name_of(text: &str) -> Option<String> {
    let name = text
        .trim()
        .trim_matches('"')
        .split(['[', ' ', '~', '<'])
        .next()?
        .to_owned();
    let good = !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || "_-".contains(letter));
    let cased = if name.chars().any(char::is_lowercase) {
        words(&name)
    } else {
        words(&name.to_lowercase())
    };
    good.then(|| pascal(&cased))
}

/// Reads a diagram; one of another kind has no entities.
pub(crate) fn read(code: &str, first_line: u64) -> Vec<Drawn> {
    let classes = code.contains("classDiagram");
    if !code.contains("erDiagram") && !classes {
        return Vec::new();
    }
    let mut drawn: Vec<Drawn> = Vec::new();
    let mut open = false;
    for (offset, line) in (0..).zip(code.lines()) {
        let at = first_line + offset;
        let line = line.trim();
        if line.starts_with("%%") || line.ends_with("Diagram") {
            continue;
        }
        if let Some(head) = line.strip_suffix('{') {
            if let Some(name) = name_of(head.trim().trim_start_matches("class ")) {
                position(&mut drawn, name, at);
                open = true;
            }
        } else if line.starts_with('}') && line.len() == 1 {
            open = false;
        } else if open {
            let mut parts = line
                .trim_start_matches(['+', '-', '#'])
                .splitn(3, char::is_whitespace);
            if let (Some(kind), Some(name)) = (parts.next(), parts.next()) {
                let rest = parts.next().unwrap_or_default();
                let says = format!("{kind} {rest}");
                if let Some(last) = drawn
                    .iter_mut()
                    .max_by_key(|drawn| drawn.line)
                    .filter(|_| !name.contains('('))
                {
                    last.fields.push(Field {
                        name: name.trim_end_matches(',').to_owned(),
                        says,
                    });
                }
            }
        } else if let Some((from, to)) = relation(line) {
            let source = position(&mut drawn, from.clone(), at);
            position(&mut drawn, to.clone(), at);
            if let Some(entity) = drawn
                .get_mut(source)
                .filter(|entity| !entity.targets.contains(&to) && from != to)
            {
                entity.targets.push(to);
            }
        }
    }
    drawn
}

/// The place of a name; a later line with attributes moves the entity there.
fn position(drawn: &mut Vec<Drawn>, name: String, line: u64) -> usize {
    if let Some(index) = drawn.iter().position(|drawn| drawn.name == name) {
        if let Some(known) = drawn.get_mut(index) {
            known.line = line;
        }
        return index;
    }
    drawn.push(Drawn {
        name,
        fields: Vec::new(),
        targets: Vec::new(),
        line,
    });
    drawn.len() - 1
}

fn relation(line: &str) -> Option<(String, String)> {
    let line = line.split(" : ").next()?.split(':').next()?.trim();
    let mut parts = line
        .split_whitespace()
        .filter(|part| !part.starts_with('"') || part.len() > 4);
    let (from, arrow, to) = (parts.next()?, parts.next()?, parts.next()?);
    let is_arrow = (arrow.contains("--") || arrow.contains(".."))
        && !arrow
            .chars()
            .any(|letter| letter.is_alphabetic() && letter != 'o');
    if !is_arrow {
        return None;
    }
    Some((name_of(from)?, name_of(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn er_diagrams_are_read() {
        let drawn = read(
            "erDiagram\n  LINK ||--o{ PAIRING_CODE : \"has\"\n  LINK {\n    string id PK\n    enum status \"a|b\"\n  }\n",
            5,
        );
        let seen: Vec<(&str, usize, &[String])> = drawn
            .iter()
            .map(|drawn| (drawn.name.as_str(), drawn.fields.len(), drawn.targets.as_slice()))
            .collect();
        assert_eq!(
            seen,
            [
                ("Link", 2, &["PairingCode".to_owned()][..]),
                ("PairingCode", 0, &[][..])
            ]
        );
        assert_eq!(drawn[0].line, 7);
    }
}
