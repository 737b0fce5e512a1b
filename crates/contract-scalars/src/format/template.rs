//! URI templates (RFC 6570 §2).

pub(super) fn is_uri_template(text: &str) -> bool {
    let mut rest = text;
    loop {
        let Some(at) = rest.find(['{', '}']) else {
            return is_literal(rest);
        };
        let (literal, after) = rest.split_at(at);
        let Some((expression, after)) = after.strip_prefix('{').and_then(|after| after.split_once('}'))
        else {
            return false;
        };
        if !is_literal(literal) || !is_expression(expression) {
            return false;
        }
        rest = after;
    }
}

fn is_literal(text: &str) -> bool {
    let is_plain = |character: char| {
        !character.is_control() && !matches!(character, ' ' | '"' | '\'' | '<' | '>' | '\\' | '^' | '`' | '|')
    };
    text.chars().all(is_plain) && are_escapes_whole(text)
}

/// Each `%` has two hexadecimal digits behind it.
fn are_escapes_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        rest.get(..2)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

fn is_expression(text: &str) -> bool {
    // The last five are kept for extensions, which are still templates by their form.
    let operators = ['+', '#', '.', '/', ';', '?', '&', '=', ',', '!', '@', '|'];
    let variables = text.strip_prefix(operators).unwrap_or(text);
    variables.split(',').all(is_variable)
}

fn is_variable(text: &str) -> bool {
    let name = match text.split_once(':') {
        Some((name, length)) => {
            let is_length = !length.is_empty()
                && length.len() <= 4
                && !length.starts_with('0')
                && length.bytes().all(|byte| byte.is_ascii_digit());
            if !is_length {
                return false;
            }
            name
        }
        None => text.strip_suffix('*').unwrap_or(text),
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'%' | b'.');
    name.split('.').all(|part| !part.is_empty()) && name.bytes().all(is_plain) && are_escapes_whole(name)
}
