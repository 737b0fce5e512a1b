//! Modules as text: what stands in them is printed as a file is, so that constants are laid out alike wherever they stand.

use std::fmt::Write as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::constants::docs;

/// The text of a module that is written in place; `None` for everything else.
pub(super) fn print_module(tokens: &[TokenTree]) -> Option<Result<String, syn::Error>> {
    let (docs, rest) = docs(tokens);
    let is_word = |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(ident) if ident == word);
    let (visibility, rest) = match rest {
        [first, rest @ ..] if is_word(first, "pub") => ("pub ", rest),
        rest => ("", rest),
    };
    let [keyword, TokenTree::Ident(name), TokenTree::Group(body)] = rest else {
        return None;
    };
    let is_module = is_word(keyword, "mod") && body.delimiter() == Delimiter::Brace;
    if !is_module || has_text_in_lines(&body.stream()) {
        return None;
    }
    let inside = match super::print(body.stream()) {
        Ok(inside) => inside,
        Err(error) => return Some(Err(error)),
    };
    let mut text = String::new();
    for doc in docs {
        writeln!(text, "///{doc}").ok()?;
    }
    write!(text, "{visibility}mod {name} {{").ok()?;
    for (index, line) in inside.trim_start_matches('\n').lines().enumerate() {
        let begins = if index == 0 { "\n" } else { "" };
        let indent = if line.is_empty() { "" } else { "    " };
        writeln!(text, "{begins}{indent}{line}").ok()?;
    }
    text.push_str("}\n");
    Some(Ok(text))
}

/// Whether a literal goes over several lines: it would be another one if they were indented.
fn has_text_in_lines(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Literal(literal) => literal.to_string().contains('\n'),
        TokenTree::Group(group) => has_text_in_lines(&group.stream()),
        _ => false,
    })
}
