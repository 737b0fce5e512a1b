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
    if !is_encoded(label) {
        return true;
    }
    let (decoded, result) = idna::domain_to_unicode(label);
    result.is_ok() && !is_reserved(&decoded) && is_allowed(&decoded)
}

fn is_encoded(label: &str) -> bool {
    label
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"))
}

/// Names of other scripts have hyphens in the third and fourth place for encodings only (RFC 5891 §4.2.3.1). Names of hosts
/// may have them: those of a large video service do.
fn is_reserved(label: &str) -> bool {
    label.chars().skip(2).take(2).eq(['-', '-']) && !is_encoded(label)
}

pub(super) fn is_idn_hostname(text: &str) -> bool {
    // Encoding makes nothing shorter, and what is looked at below takes a time that grows with the square of a label's length.
    let is_too_long = |text: &str, most: usize| text.chars().nth(most).is_some();
    let is_label =
        |label: &str| !is_too_long(label, LABEL_LENGTH_MAX) && !is_reserved(label) && is_allowed(label);
    let is_host = |ascii: String| is_hostname(&ascii);
    !is_too_long(text, HOSTNAME_LENGTH_MAX)
        && text
            .split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
            .all(is_label)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphens_in_the_third_and_fourth_place_are_reserved_in_names_of_other_scripts_alone() {
        for (text, is_host, is_idn) in [
            ("r3---sn-apo3qvuoxuxbt-j5pe.googlevideo.com", true, false),
            ("ab--cd.example", true, false),
            ("a--b.example", true, true),
            ("xn--4gbwdl.xn--wgbh1c", true, true),
            ("XN--aa---o47jg78q", false, false),
            ("-ab.example", false, false),
            ("ab-.example", false, false),
        ] {
            assert_eq!(is_hostname(text), is_host, "{text}");
            assert_eq!(is_idn_hostname(text), is_idn, "{text}");
        }
    }

    /// Each digit of one script is compared with all characters for one of the other.
    #[test]
    fn a_name_of_millions_of_characters_is_refused_by_its_length() {
        let digits = "\u{660}".repeat(3_000_000);
        assert!(!is_idn_hostname(&digits));
        assert!(!is_idn_email(&format!("me@{digits}")));
        assert!(!is_idn_hostname(&"\u{660}.".repeat(1_000_000)));
        assert!(
            is_idn_hostname("\u{628}\u{660}.\u{628}\u{661}"),
            "short ones are looked at"
        );
    }
}
