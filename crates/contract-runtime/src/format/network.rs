//! Names of hosts and mail addresses.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr as _;

use email_address::{EmailAddress, Options};

/// The longest host name (RFC 1035 §2.3.4).
const HOSTNAME_LENGTH_MAX: usize = 253;
const LABEL_LENGTH_MAX: usize = 63;

fn is_address(text: &str, is_host: fn(&str) -> bool) -> bool {
    let options = Options::default().without_display_text();
    let is_domain = || match text.rsplit_once('@').map(|(_, domain)| domain) {
        Some(domain) => literal(domain).map_or_else(|| is_host(domain), is_address_literal),
        None => false,
    };
    EmailAddress::parse_with_options(text, options).is_ok() && is_domain()
}

/// What stands in brackets instead of a name.
fn literal(domain: &str) -> Option<&str> {
    domain.strip_prefix('[')?.strip_suffix(']')
}

/// RFC 5321 §4.1.3
fn is_address_literal(text: &str) -> bool {
    match text.strip_prefix("IPv6:") {
        Some(address) => Ipv6Addr::from_str(address).is_ok(),
        None => Ipv4Addr::from_str(text).is_ok(),
    }
}

pub(super) fn is_email(text: &str) -> bool {
    text.is_ascii() && is_address(text, is_hostname)
}

pub(super) fn is_idn_email(text: &str) -> bool {
    is_address(text, is_idn_hostname)
}

/// Letters, digits and hyphens; a label that begins with `xn--` stands for one of another script and must be right for that.
pub(super) fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_LENGTH_MAX
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
            && is_encoded_rightly(label)
    };
    text.len() <= HOSTNAME_LENGTH_MAX && text.split('.').all(is_label)
}

fn is_encoded_rightly(label: &str) -> bool {
    match label.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("xn--") => {
            let (decoded, result) = idna::domain_to_unicode(label);
            result.is_ok() && is_allowed(&decoded)
        }
        // Hyphens in the third and fourth place are for encodings (RFC 5891 §4.2.3.1).
        Some(prefix) => !prefix.ends_with("--"),
        None => true,
    }
}

pub(super) fn is_idn_hostname(text: &str) -> bool {
    let is_host = |ascii: String| is_hostname(&ascii);
    text.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
        .all(is_allowed)
        && idna::domain_to_ascii_strict(text).is_ok_and(is_host)
}

/// What the library leaves to registries: characters that are disallowed for themselves, or allowed in some company only
/// (RFC 5892 §2.6, appendix A.3 to A.9).
fn is_allowed(label: &str) -> bool {
    const DISALLOWED: [char; 10] = [
        '\u{640}', '\u{7fa}', '\u{302e}', '\u{302f}', '\u{3031}', '\u{3032}', '\u{3033}', '\u{3034}',
        '\u{3035}', '\u{303b}',
    ];
    let characters: Vec<char> = label.chars().collect();
    let is_any = |range: std::ops::RangeInclusive<char>| characters.iter().any(|one| range.contains(one));
    let in_company = |(index, character): (usize, &char)| {
        let before = index
            .checked_sub(1)
            .and_then(|index| characters.get(index))
            .copied();
        let after = characters.get(index + 1).copied();
        match character {
            '\u{b7}' => before == Some('l') && after == Some('l'),
            '\u{375}' => after.is_some_and(is_greek),
            '\u{5f3}' | '\u{5f4}' => before.is_some_and(|last| ('\u{591}'..='\u{5f4}').contains(&last)),
            '\u{30fb}' => characters.iter().any(|one| is_japanese(*one)),
            '\u{660}'..='\u{669}' => !is_any('\u{6f0}'..='\u{6f9}'),
            '\u{6f0}'..='\u{6f9}' => !is_any('\u{660}'..='\u{669}'),
            other => !DISALLOWED.contains(other),
        }
    };
    characters.iter().enumerate().all(in_company)
}

fn is_greek(character: char) -> bool {
    matches!(character, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')
}

/// Hiragana, Katakana and Han, the dot between words itself apart.
fn is_japanese(character: char) -> bool {
    matches!(character, '\u{3005}' | '\u{3007}' | '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}
