//! From the text of a parameter back to what it may stand for, by its style (OpenAPI 3.0.3 §4.7.12.3, RFC 6570).

use super::reading::Reading;
use super::style::{Style, StyleName};

/// How a text is decoded: percent-encoding, with `+` for a space in a query; a header is as it is.
pub(super) fn decoded(text: &str, place: &str) -> String {
    match place {
        "header" => text.to_owned(),
        "query" => crate::translate::percent_decoded(&text.replace('+', " ")),
        _ => crate::translate::percent_decoded(text),
    }
}

/// What the only text of a parameter may be; nothing where it has not the form of its style.
pub(super) fn of_text(text: &str, name: &str, style: Style, place: &str) -> Option<Reading> {
    let scalar = |text: &str| Reading::of_text(&decoded(text, place));
    match style.name {
        StyleName::Matrix => return matrix(text, name, style, place),
        StyleName::Label => {
            let text = text.strip_prefix('.')?;
            let mut any = vec![scalar(text)];
            let delimiters: &[&str] = if style.explode { &["."] } else { &[",", "."] };
            for delimiter in delimiters {
                any.extend(structures(text, &[delimiter], style.explode, place));
            }
            return Some(Reading::any(any));
        }
        _ => {}
    }
    let delimiters: &[&str] = match style.name {
        StyleName::SpaceDelimited => &["%20", "+", " "],
        StyleName::PipeDelimited => &["|", "%7C", "%7c"],
        _ => &[","],
    };
    let mut any = vec![scalar(text)];
    any.extend(structures(text, delimiters, style.explode, place));
    Some(Reading::any(any))
}

/// `;name=value`
fn matrix(text: &str, name: &str, style: Style, place: &str) -> Option<Reading> {
    let pairs: Vec<(&str, &str)> = text.strip_prefix(';')?.split(';').map(pair).collect();
    let is_own = pairs.iter().all(|(key, _)| decoded(key, place) == name);
    let mut any = Vec::new();
    match pairs.as_slice() {
        [(_, value)] if is_own && !style.explode => {
            any.extend(of_text(
                value,
                name,
                Style::of("path", Some("simple"), Some(false)),
                place,
            ));
        }
        pairs if is_own && style.explode => any.push(repeated(pairs.iter().map(|(_, value)| *value), place)),
        _ => {}
    }
    if style.explode {
        any.extend(members(&pairs, place));
    }
    (!any.is_empty()).then(|| Reading::any(any))
}

/// Texts under one name.
pub(super) fn repeated<'t>(texts: impl Iterator<Item = &'t str>, place: &str) -> Reading {
    Reading::of_repeated(
        texts
            .map(|text| Reading::of_text(&decoded(text, place)))
            .collect(),
    )
}

pub(super) fn pair(text: &str) -> (&str, &str) {
    text.split_once('=').unwrap_or((text, ""))
}

/// The list and the object that a text with delimiters may be.
fn structures(text: &str, delimiters: &[&str], explode: bool, place: &str) -> Vec<Reading> {
    let parts = split(text, delimiters, place);
    let item = |part: &&str| Reading::of_text(&decoded(part, place));
    let list = Reading::Items(parts.iter().map(item).collect());
    let object = if explode {
        members(&parts.iter().map(|part| pair(part)).collect::<Vec<_>>(), place)
    } else {
        let in_turn: Vec<(&str, &str)> = parts
            .chunks(2)
            .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)))
            .collect();
        members(&in_turn, place).filter(|_| parts.len().is_multiple_of(2))
    };
    let mut found = vec![list];
    found.extend(object);
    if text.is_empty() {
        found.extend([Reading::Items(Vec::new()), Reading::Members(Vec::new())]);
    }
    found
}

/// An object; nothing where a name stands twice.
fn members(pairs: &[(&str, &str)], place: &str) -> Option<Reading> {
    let mut found: Vec<(String, Reading)> = Vec::new();
    for (key, value) in pairs {
        let key = decoded(key, place);
        if found.iter().any(|(known, _)| *known == key) {
            return None;
        }
        found.push((key, Reading::of_text(&decoded(value, place))));
    }
    Some(Reading::Members(found))
}

fn split<'t>(text: &'t str, delimiters: &[&str], place: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut rest = text;
    let next = |rest: &str| {
        let found = delimiters
            .iter()
            .filter_map(|one| Some((rest.find(one)?, one.len())));
        found.min()
    };
    while let Some((at, length)) = next(rest) {
        let (part, after) = rest.split_at(at);
        parts.push(part);
        rest = after.get(length..).unwrap_or_default();
    }
    parts.push(rest);
    if place == "header" {
        // White space around the delimiters of a list means nothing (RFC 9110 §5.6.1).
        return parts
            .into_iter()
            .map(|part| part.trim_matches([' ', '\t']))
            .collect();
    }
    parts
}
