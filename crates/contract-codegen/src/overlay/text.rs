//! The tree as text that a person can read: each member of a node has a line of its own.

use std::fmt::Write as _;

use serde_json::Value;

use super::Node;

pub(super) fn of(tree: &Node) -> String {
    let mut text = String::new();
    node(&mut text, tree, 0);
    text
}

fn node(text: &mut String, members: &Node, depth: usize) {
    text.push('{');
    let mut separator = "";
    for (key, member) in members {
        text.push_str(separator);
        separator = ",";
        let is_line = members.len() > 1;
        if is_line {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', depth + 1));
        }
        value(text, &Value::from(key.as_str()));
        text.push(':');
        match member {
            Value::Object(below) if key.starts_with('/') => node(text, below, depth + usize::from(is_line)),
            other => value(text, other),
        }
    }
    text.push('}');
}

/// Characters that change the direction of the text around them would show a source file as it is not; rustc refuses them.
fn value(text: &mut String, value: &Value) {
    for character in value.to_string().chars() {
        match character {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            other => text.push(other),
        }
    }
}
