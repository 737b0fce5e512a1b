//! The frame of the service's own pages.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::asset::Asset;

const STYLE: &str = include_str!("style.css");
const LAYOUT: &str = include_str!("layout.html");

/// A page titled `title` around `content`, which is HTML already.
pub(super) fn page(title: &str, content: &str) -> Asset {
    let style_hash = STANDARD.encode(Sha256::digest(STYLE));
    // No script at all, no request to anywhere, and of styles only this very one.
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style_hash}'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let text = render(
        LAYOUT,
        &[("title", &escape(title)), ("style", STYLE), ("content", content)],
    );
    Asset::page(text, &policy)
}

/// `template` with each `{{name}}` replaced, in one pass: a value that looks like a name stays as it is.
pub(super) fn render(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        text.push_str(before);
        text.extend(
            values
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| *value),
        );
        rest = after;
    }
    text.push_str(rest);
    text
}

/// `text` as HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The paragraphs of `text`, which empty lines separate; what stands in backticks is code.
pub(super) fn paragraphs(text: &str) -> String {
    text.split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .fold(String::new(), |mut html, paragraph| {
            let _ = write!(html, "<p>{}</p>", code_spans(paragraph));
            html
        })
}

fn code_spans(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    let mut rest = text;
    // A backtick without a partner is just one.
    while let Some((before, (code, after))) = rest
        .split_once('`')
        .and_then(|(before, after)| Some((before, after.split_once('`')?)))
    {
        let _ = write!(html, "{}<code>{}</code>", escape(before), escape(code));
        rest = after;
    }
    html.push_str(&escape(rest));
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_a_contract_is_text() {
        assert_eq!(
            paragraphs("Use `<a>` & go.\n\nA lone ` stays."),
            "<p>Use <code>&lt;a&gt;</code> &amp; go.</p><p>A lone ` stays.</p>"
        );
        assert_eq!(render("{{a}}-{{b}}", &[("a", "{{b}}"), ("b", "x")]), "{{b}}-x");
    }
}
