//! Names of hosts and mail addresses.

use email_address::{EmailAddress, Options};

/// The longest host name (RFC 1035 §2.3.4).
const HOSTNAME_LENGTH_MAX: usize = 253;
const LABEL_LENGTH_MAX: usize = 63;

fn is_address(text: &str) -> bool {
    let options = Options::default().without_display_text();
    EmailAddress::parse_with_options(text, options).is_ok()
}

pub(super) fn is_email(text: &str) -> bool {
    text.is_ascii() && is_address(text)
}

pub(super) fn is_idn_email(text: &str) -> bool {
    is_address(text)
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
        Some(prefix) if prefix.eq_ignore_ascii_case("xn--") => idna::domain_to_unicode(label).1.is_ok(),
        // Hyphens in the third and fourth place are for encodings (RFC 5891 §4.2.3.1).
        Some(prefix) => !prefix.ends_with("--"),
        None => true,
    }
}

pub(super) fn is_idn_hostname(text: &str) -> bool {
    idna::domain_to_ascii_strict(text).is_ok_and(|ascii| is_hostname(&ascii))
}
