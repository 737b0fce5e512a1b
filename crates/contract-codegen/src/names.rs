//! Rust names from the contract's names.

use proc_macro2::{Ident, Span};
use quote::format_ident;

/// The words of a name: split at what is no letter or digit, and where lower case turns to upper case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for (index, character) in name.char_indices() {
        let next_is_lower = name
            .get(index..)
            .is_some_and(|rest| rest.chars().nth(1).is_some_and(char::is_lowercase));
        if !character.is_alphanumeric() {
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
            word.extend(character.to_lowercase());
        }
        previous = character;
    }
    words
}

/// Whether the functions below can make an identifier of `name`.
pub(crate) fn can_be_rust(name: &str) -> bool {
    words(name)
        .iter()
        .all(|word| syn::parse_str::<Ident>(&format!("a{word}")).is_ok())
}

fn identifier(text: &str) -> Ident {
    if text.starts_with(|first: char| first.is_ascii_digit()) || text.is_empty() {
        return format_ident!("value_{text}");
    }
    match text {
        "self" | "super" | "crate" | "Self" => format_ident!("{text}_"),
        _ => syn::parse_str(text).unwrap_or_else(|_| Ident::new_raw(text, Span::call_site())),
    }
}

/// `tenantId` → `tenant_id`
#[must_use]
pub(crate) fn snake(name: &str) -> Ident {
    identifier(&words(name).join("_"))
}

/// `ETag` → `etag`: a header's name is one word between hyphens.
#[must_use]
pub(crate) fn header_field(name: &str) -> Ident {
    identifier(&name.to_ascii_lowercase().replace('-', "_"))
}

/// `tenant-header-invalid` → `TenantHeaderInvalid`; `01` → `Value01`
#[must_use]
pub(crate) fn camel(name: &str) -> Ident {
    let capitalise = |word: String| {
        let mut characters = word.chars();
        characters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(characters).collect()
        })
    };
    let text: String = words(name).into_iter().map(capitalise).collect();
    if text.starts_with(|first: char| first.is_ascii_digit()) || text.is_empty() {
        return format_ident!("Value{text}");
    }
    identifier(&text)
}

/// `ThingPage` → `THING_PAGE`
#[must_use]
pub(crate) fn constant(name: &str) -> Ident {
    identifier(&words(name).join("_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_identifier_is_known_beforehand() {
        for (name, expected) in [
            ("tenantId", true),
            ("01", true),
            ("größe", true),
            ("", true),
            ("²", false),
        ] {
            assert_eq!(can_be_rust(name), expected, "{name}");
        }
    }

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
}
