//! Descriptions as doc comments.
//!
//! A description is Markdown of somebody who did not think of rustdoc. What rustdoc would take for code and run, for a link to an
//! item or for HTML is written so that it is shown as it stands.

use proc_macro2::TokenStream;
use quote::quote;

/// A description as a doc comment, one line each.
pub(crate) fn doc(text: &str) -> TokenStream {
    let lines = lines(text).into_iter().map(|line| {
        let line = if line.is_empty() { line } else { format!(" {line}") };
        quote!(#[doc = #line])
    });
    quote!(#(#lines)*)
}

fn lines(text: &str) -> Vec<String> {
    let text: String = text
        .trim()
        .replace("\r\n", "\n")
        .chars()
        .filter_map(shown)
        .collect();
    let mut fence: Option<&str> = None;
    let mut found = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim_end();
        let start = trimmed.trim_start();
        let marker = ["```", "~~~"]
            .into_iter()
            .find(|marker| start.starts_with(marker));
        match (fence, marker) {
            (None, Some(marker)) if !start.trim_start_matches(['`', '~']).contains(['`', '~']) => {
                fence = Some(marker);
                found.push(format!("{marker}text"));
            }
            (Some(open), Some(marker)) if open == marker => {
                fence = None;
                found.push(open.to_owned());
            }
            (Some(_), _) => found.push(trimmed.to_owned()),
            (None, _) => found.push(prose(trimmed)),
        }
    }
    found.extend(fence.map(str::to_owned));
    found
}

/// Characters that a comment can hold: no others of control, and none that turn the direction of the text, which the compiler refuses.
fn shown(character: char) -> Option<char> {
    match character {
        '\n' | '\r' => Some('\n'),
        '\t' => Some(' '),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        other if other.is_control() => None,
        other => Some(other),
    }
}

/// Four blanks at the beginning of a line would make it code.
const INDENT_MAX: usize = 3;

fn prose(line: &str) -> String {
    let start = line.trim_start();
    let indent = (line.len() - start.len()).min(INDENT_MAX);
    let mut text = " ".repeat(indent);
    // What stands between backticks is shown as it is.
    let spans = start.matches('`').count().is_multiple_of(2);
    for (index, part) in start.split('`').enumerate() {
        if index > 0 {
            text.push_str(if spans { "`" } else { "\\`" });
        }
        if spans && index % 2 == 1 {
            text.push_str(part);
        } else {
            escape(part, &mut text);
        }
    }
    text
}

fn escape(part: &str, text: &mut String) {
    let mut rest = part;
    while let Some(next) = rest.chars().next() {
        if let Some(length) = link_length(rest) {
            text.push_str(rest.get(..length).unwrap_or_default());
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        if let Some(length) = url_length(rest) {
            text.push('<');
            text.push_str(rest.get(..length).unwrap_or_default());
            text.push('>');
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        if matches!(next, '[' | ']' | '<' | '>') {
            text.push('\\');
        }
        text.push(next);
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
}

/// The length of a link to the web at the beginning: `[text](https://…)`.
fn link_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let (label, rest) = inner.split_once(']')?;
    let (target, _) = rest.strip_prefix('(')?.split_once(')')?;
    let plain = !label.contains(['[', '<', '>', '`']) && !target.contains([' ', '<', '>', '`', '(']);
    let is_web = target.starts_with("http://") || target.starts_with("https://");
    (plain && is_web && url_length(label).is_none() && !label.contains("://"))
        .then_some(1 + label.len() + 2 + target.len() + 1)
}

/// The length of an address at the beginning, without the full stop that ends the sentence.
fn url_length(text: &str) -> Option<usize> {
    if !(text.starts_with("http://") || text.starts_with("https://")) {
        return None;
    }
    let ends = |character: char| {
        character.is_whitespace()
            || matches!(
                character,
                '<' | '>' | '"' | '\'' | '[' | ']' | '(' | ')' | '`' | '*' | '|'
            )
    };
    let length = text.find(ends).unwrap_or(text.len());
    let url = text
        .get(..length)?
        .trim_end_matches(['.', ',', ';', ':', '!', '?', '\\']);
    (url.len() > "https://".len()).then_some(url.len())
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn rustdoc_runs_and_links_nothing() {
        for (text, expected) in [
            ("a `b` [c] <d>\n", vec!["a `b` \\[c\\] \\<d\\>"]),
            (
                "```json\n{\"a\": [1]}\n```",
                vec!["```text", "{\"a\": [1]}", "```"],
            ),
            ("```\nopen", vec!["```text", "open", "```"]),
            ("a\n        code()", vec!["a", "   code()"]),
            ("see https://a.example/b.", vec!["see <https://a.example/b>."]),
            (
                "[a](https://a.example) [b](c.md)",
                vec!["[a](https://a.example) \\[b\\](c.md)"],
            ),
            ("`[a]` and ` alone", vec!["\\`\\[a\\]\\` and \\` alone"]),
            ("a\r\nb\rc\u{202e}\u{7}", vec!["a", "b", "c"]),
            ("", vec![]),
        ] {
            assert_eq!(lines(text), expected, "{text:?}");
        }
    }
}
