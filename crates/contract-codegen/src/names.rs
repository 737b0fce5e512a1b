//! Rust names from the contract's names.
//!
//! A name is cut into words; the words are joined as Rust has it for what is named. What cannot be in an identifier separates words.
//! Signs at the beginning are spelled out where they tell names apart (`+1` and `-1`, `<=` and `>`), and a name
//! without anything that an identifier could hold is made of the code points of its characters.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::GeneralSecurityProfile as _;

/// Signs that mean something, as words.
const SIGNS: [(char, &str); 22] = [
    ('*', "asterisk"),
    ('+', "plus"),
    ('-', "minus"),
    ('<', "less"),
    ('>', "greater"),
    ('=', "equal"),
    ('!', "not"),
    ('~', "tilde"),
    ('/', "slash"),
    ('\\', "backslash"),
    ('%', "percent"),
    ('&', "and"),
    ('|', "or"),
    ('^', "caret"),
    ('#', "hash"),
    ('.', "dot"),
    (',', "comma"),
    (':', "colon"),
    (';', "semicolon"),
    ('?', "question"),
    ('_', "underscore"),
    (' ', "space"),
];

/// The words of a name: split at what is no letter or digit, and where lower case turns to upper case.
fn words(name: &str) -> Vec<String> {
    let name: String = name.nfc().collect();
    let mut words = leading_sign(&name);
    let mut previous = ' ';
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(|next| next.is_lowercase());
        if !is_part(character) {
            previous = ' ';
            continue;
        }
        let begins = previous == ' '
            || (character.is_uppercase() && (previous.is_lowercase() || previous.is_numeric()))
            || (character.is_uppercase() && previous.is_uppercase() && next_is_lower);
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase().filter(|lower| is_part(*lower)));
        }
        previous = character;
    }
    if words.is_empty() {
        return spelled(&name);
    }
    words
}

/// `+1` is plus one, `-1` is minus one.
fn leading_sign(name: &str) -> Vec<String> {
    let mut characters = name.chars();
    let word = match characters.next() {
        Some('+') => "plus",
        Some('-') => "minus",
        _ => return Vec::new(),
    };
    let number = characters.next().is_some_and(|next| next.is_ascii_digit());
    if number { vec![word.to_owned()] } else { Vec::new() }
}

/// A name of signs alone.
fn spelled(name: &str) -> Vec<String> {
    let word = |character: char| {
        let sign = SIGNS.iter().find(|(sign, _)| *sign == character);
        sign.map_or_else(
            || format!("u{:x}", u32::from(character)),
            |(_, word)| (*word).to_owned(),
        )
    };
    name.chars().take(SPELLED_MAX).map(word).collect()
}

/// So many signs are spelled out.
const SPELLED_MAX: usize = 8;

/// Whether an identifier may hold the character, and the compiler does not warn of it.
fn is_part(character: char) -> bool {
    character != '_' && unicode_ident::is_xid_continue(character) && character.identifier_allowed()
}

fn identifier(text: &str) -> Ident {
    // Normalised as the compiler does it: two names must not become one there.
    let text: String = text.nfc().collect();
    if !text.starts_with(unicode_ident::is_xid_start) {
        return format_ident!("value_{text}");
    }
    match text.as_str() {
        "self" | "super" | "crate" | "Self" => format_ident!("{text}_"),
        _ => syn::parse_str(&text).unwrap_or_else(|_| Ident::new_raw(&text, Span::call_site())),
    }
}

/// `tenantId` → `tenant_id`
#[must_use]
pub(crate) fn snake(name: &str) -> Ident {
    let text = words(name).join("_");
    if text.is_empty() {
        return format_ident!("empty");
    }
    identifier(&text)
}

/// `ETag` → `etag`: a header's name is one word between hyphens, or whatever else is no letter or digit.
#[must_use]
pub(crate) fn header_field(name: &str) -> Ident {
    snake(&name.to_ascii_lowercase())
}

/// `tenant-header-invalid` → `TenantHeaderInvalid`; `01` → `Value01`
#[must_use]
pub(crate) fn camel(name: &str) -> Ident {
    let text = camel_text(name);
    if text.is_empty() {
        return format_ident!("Empty");
    }
    if !text.starts_with(unicode_ident::is_xid_start) {
        return format_ident!("Value{text}");
    }
    identifier(&text)
}

/// The same as a part of a longer name.
#[must_use]
pub(crate) fn camel_text(name: &str) -> String {
    let capitalise = |word: String| {
        let mut characters = word.chars();
        characters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(characters).collect()
        })
    };
    words(name).into_iter().map(capitalise).collect()
}

/// `ThingPage` → `THING_PAGE`
#[must_use]
pub(crate) fn constant(name: &str) -> Ident {
    let text = words(name).join("_").to_uppercase();
    if text.is_empty() {
        return format_ident!("EMPTY");
    }
    if !text.starts_with(unicode_ident::is_xid_start) {
        return format_ident!("VALUE_{text}");
    }
    identifier(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_rust() {
        assert_eq!(snake("tenantId").to_string(), "tenant_id");
        assert_eq!(snake("X-Tenant-Id").to_string(), "x_tenant_id");
        assert_eq!(snake("type").to_string(), "r#type");
        assert_eq!(header_field("ETag").to_string(), "etag");
        assert_eq!(camel("thing-name-taken").to_string(), "ThingNameTaken");
        assert_eq!(camel("IT").to_string(), "It");
        assert_eq!(camel("01").to_string(), "Value01");
        assert_eq!(constant("OpenAPIDocument").to_string(), "OPEN_API_DOCUMENT");
    }

    #[test]
    fn whatever_a_contract_calls_something_is_an_identifier() {
        for (name, snake_name, camel_name) in [
            ("", "empty", "Empty"),
            ("*", "asterisk", "Asterisk"),
            ("<=", "less_equal", "LessEqual"),
            ("+1", "plus_1", "Plus1"),
            ("-1", "minus_1", "Minus1"),
            ("- 1", "value_1", "Value1"),
            ("@odata.type", "odata_type", "OdataType"),
            ("self", "self_", "Self_"),
            ("größe", "größe", "Größe"),
            ("e\u{301}", "é", "É"),
            ("m²", "m", "M"),
            ("²", "ub2", "Ub2"),
            ("😀", "u1f600", "U1f600"),
            ("İ", "i\u{307}", "İ"),
        ] {
            assert_eq!(snake(name).to_string(), snake_name, "{name}");
            assert_eq!(camel(name).to_string(), camel_name, "{name}");
            assert!(
                syn::parse_str::<Ident>(&constant(name).to_string()).is_ok(),
                "{name}"
            );
        }
    }
}
