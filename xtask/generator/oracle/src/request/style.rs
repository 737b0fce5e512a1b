//! From a value to the text of a parameter (OpenAPI 3.0.3 §4.7.12.3).
//!
//! A value that a style cannot carry, or of which the specification leaves open how it would, is not sent: an empty list, a
//! list in a list, `null` in either. A text that holds a delimiter is sent, and may be read as something else then.

use serde_json::Value;

/// A style, with `explode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) name: StyleName,
    pub(super) explode: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StyleName {
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
}

impl Style {
    /// As the contract says it, or as it is where the contract does not say.
    pub(super) fn of(place: &str, name: Option<&str>, explode: Option<bool>) -> Self {
        let name = match (name, place) {
            (Some("label"), _) => StyleName::Label,
            (Some("matrix"), _) => StyleName::Matrix,
            (Some("spaceDelimited"), _) => StyleName::SpaceDelimited,
            (Some("pipeDelimited"), _) => StyleName::PipeDelimited,
            (Some("deepObject"), _) => StyleName::DeepObject,
            (Some("simple"), _) | (None, "path" | "header") => StyleName::Simple,
            _ => StyleName::Form,
        };
        let explode = explode.unwrap_or(name == StyleName::Form);
        Self { name, explode }
    }

    /// What stands between the items of a list in one text.
    fn delimiter(self) -> &'static str {
        match self.name {
            StyleName::SpaceDelimited => "%20",
            StyleName::PipeDelimited => "|",
            StyleName::Label if self.explode => ".",
            _ => ",",
        }
    }
}

/// The texts of a value: one, or for a query as many as there are pairs.
pub(super) fn texts(name: &str, style: Style, place: &str, value: &Value) -> Option<Vec<String>> {
    let parts = Parts::of(value, style, place)?;
    let key = encoded(name);
    if place == "query" {
        return in_query(&key, style, &parts);
    }
    let text = match (style.name, &parts) {
        (StyleName::Matrix, Parts::One(text)) => format!(";{key}={text}"),
        (StyleName::Matrix, Parts::Items(items)) if style.explode => {
            format!(";{key}={}", items.join(&format!(";{key}=")))
        }
        (StyleName::Matrix, Parts::Members(_)) if style.explode => format!(";{}", parts.joined(";", true)),
        (StyleName::Matrix, _) => format!(";{key}={}", parts.joined(",", false)),
        (StyleName::Label, _) => format!(".{}", parts.joined(style.delimiter(), style.explode)),
        // A cookie that is exploded would be several; servers do not agree on that.
        (StyleName::Form, Parts::One(text)) => text.clone(),
        (StyleName::Form, Parts::Items(_)) if !style.explode => parts.joined(",", false),
        (StyleName::Simple, _) => parts.joined(",", style.explode),
        _ => return None,
    };
    let is_empty_segment = place == "path" && matches!(text.as_str(), "" | "." | "..");
    (!is_empty_segment).then(|| vec![text])
}

fn in_query(key: &str, style: Style, parts: &Parts) -> Option<Vec<String>> {
    let pair = |value: &str| format!("{key}={value}");
    Some(match (style.name, parts) {
        (StyleName::DeepObject, Parts::Members(members)) => members
            .iter()
            .map(|(name, value)| format!("{key}%5B{name}%5D={value}"))
            .collect(),
        (StyleName::DeepObject, _) => return None,
        (_, Parts::One(text)) => vec![pair(text)],
        (StyleName::Form, Parts::Items(items)) if style.explode => {
            items.iter().map(|item| pair(item)).collect()
        }
        (StyleName::Form, Parts::Members(members)) if style.explode => members
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        (_, _) if style.explode && style.name != StyleName::Form => return None,
        _ => vec![pair(&parts.joined(style.delimiter(), false))],
    })
}

/// The parts of a value, each written as it must be where it goes.
enum Parts {
    One(String),
    Items(Vec<String>),
    Members(Vec<(String, String)>),
}

impl Parts {
    fn of(value: &Value, style: Style, place: &str) -> Option<Self> {
        // Of brackets in the names of members nobody says what they mean.
        let is_nameable = |name: &str| style.name != StyleName::DeepObject || !name.contains(['[', ']']);
        let written = |value: &Value| written(value, place);
        match value {
            Value::Array(items) if items.is_empty() || style.name == StyleName::DeepObject => None,
            Value::Array(items) => Some(Self::Items(items.iter().map(written).collect::<Option<_>>()?)),
            // An empty text may be read as nothing.
            Value::Null if place == "query" && style.name != StyleName::DeepObject => {
                Some(Self::One(String::new()))
            }
            Value::Object(members) if members.is_empty() => None,
            Value::Object(members) => {
                let pair = |(name, value): (&String, &Value)| {
                    let name = Value::from(name.as_str());
                    let pair = Some((written(&name)?, written(value)?));
                    pair.filter(|(written, _)| !written.is_empty() && name.as_str().is_some_and(is_nameable))
                };
                Some(Self::Members(members.iter().map(pair).collect::<Option<_>>()?))
            }
            scalar => Some(Self::One(written(scalar)?)),
        }
    }

    fn joined(&self, delimiter: &str, explode: bool) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::Items(items) => items.join(delimiter),
            Self::Members(members) => {
                let between = if explode { "=" } else { delimiter };
                let pairs: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("{name}{between}{value}"))
                    .collect();
                pairs.join(delimiter)
            }
        }
    }
}

/// A scalar as text where it goes; none where it cannot go there.
fn written(value: &Value, place: &str) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    match place {
        "header" => is_plain(&text).then_some(text),
        // What cookies may hold is narrower, and nobody agrees on how the rest is written.
        "cookie" => text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-._~".contains(letter))
            .then_some(text),
        _ => Some(encoded(&text)),
    }
}

/// Whether a header can hold a text, and keeps it as it is.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.trim() == text && !text.is_empty()
}

/// Everything but unreserved characters percent-encoded (RFC 3986 §2.3).
pub(super) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The table of OpenAPI 3.0.3 §4.7.12.4, as far as it is defined.
    #[test]
    fn each_style_as_the_specification_shows_it() {
        let list = json!(["blue", "black", "brown"]);
        let object = json!({"R": 100, "G": 200, "B": 150});
        let check = |place: &str, name: &str, explode: bool, value: &Value, expected: Option<&[&str]>| {
            let found = texts("color", Style::of(place, Some(name), Some(explode)), place, value);
            let expected =
                expected.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
            assert_eq!(found, expected, "{place} {name} {explode} {value}");
        };
        check("path", "matrix", false, &json!("blue"), Some(&[";color=blue"]));
        check("path", "matrix", false, &list, Some(&[";color=blue,black,brown"]));
        check(
            "path",
            "matrix",
            false,
            &object,
            Some(&[";color=R,100,G,200,B,150"]),
        );
        check(
            "path",
            "matrix",
            true,
            &list,
            Some(&[";color=blue;color=black;color=brown"]),
        );
        check("path", "matrix", true, &object, Some(&[";R=100;G=200;B=150"]));
        check("path", "label", true, &list, Some(&[".blue.black.brown"]));
        check("path", "label", true, &object, Some(&[".R=100.G=200.B=150"]));
        check("path", "simple", false, &object, Some(&["R,100,G,200,B,150"]));
        check("header", "simple", true, &object, Some(&["R=100,G=200,B=150"]));
        check("query", "form", false, &list, Some(&["color=blue,black,brown"]));
        check(
            "query",
            "form",
            true,
            &list,
            Some(&["color=blue", "color=black", "color=brown"]),
        );
        check(
            "query",
            "form",
            false,
            &object,
            Some(&["color=R,100,G,200,B,150"]),
        );
        check("query", "form", true, &object, Some(&["R=100", "G=200", "B=150"]));
        check(
            "query",
            "spaceDelimited",
            false,
            &list,
            Some(&["color=blue%20black%20brown"]),
        );
        check(
            "query",
            "pipeDelimited",
            false,
            &list,
            Some(&["color=blue|black|brown"]),
        );
        check(
            "query",
            "deepObject",
            true,
            &object,
            Some(&["color%5BR%5D=100", "color%5BG%5D=200", "color%5BB%5D=150"]),
        );
    }

    #[test]
    fn what_a_style_cannot_carry_is_not_sent() {
        let form = Style::of("query", None, None);
        for value in [json!([]), json!({}), json!([null]), json!([["a"]])] {
            assert_eq!(texts("a", form, "query", &value), None, "{value}");
        }
        assert_eq!(
            texts("a", Style::of("path", None, None), "path", &json!("..")),
            None
        );
        assert_eq!(
            texts("a", Style::of("header", None, None), "header", &json!(" a")),
            None
        );
    }
}
