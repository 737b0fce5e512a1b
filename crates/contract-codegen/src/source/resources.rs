//! Schemas that were documents of their own before they were pasted into a contract.
//!
//! Such a schema names itself (`$id`), its draft (`$schema`) or its format (`schemaFormat` beside it), and its references begin at itself:
//! `#/definitions/code` means the `definitions` beside its other keywords (draft-07 §8.2). In a contract they begin at the document, which
//! is what most authors mean, so a reference is read as the schema's own only where it leads nowhere else.

use serde_json::Value;

use super::child;
use super::node::{Content, Node};

/// Makes every reference that leads from its schema alone one that leads there from the root of the file.
pub(super) fn lead_from_root(root: &mut Node) {
    let mut search = Search {
        root,
        path: Vec::new(),
        found: Vec::new(),
    };
    search.node(root, None);
    for (pointer, text) in search.found {
        if let Some(reference) = root.at_mut(&pointer) {
            reference.content = Content::Scalar(Value::from(text));
        }
    }
}

struct Search<'a> {
    root: &'a Node,
    /// The way to what is being looked at.
    path: Vec<Token<'a>>,
    /// Where references stand, and what they are to say.
    found: Vec<(String, String)>,
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> Search<'a> {
    /// What stands in the schema at `base`.
    fn node(&mut self, node: &'a Node, base: Option<&str>) {
        match &node.content {
            Content::Scalar(_) => {}
            Content::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.below(Token::Index(index), item, base);
                }
            }
            Content::Mapping(members) => {
                let names_itself = is_text(node, "$id") || is_text(node, "$schema");
                let own = names_itself.then(|| self.pointer());
                let base = own.as_deref().or(base);
                let says_format = is_text(node, "schemaFormat");
                let holds_names =
                    matches!(self.path.last(), Some(Token::Name(name)) if HOLD_NAMES.contains(name));
                for (name, member) in members {
                    match (name.as_str(), base) {
                        ("$ref", Some(base)) => self.reference(member, base),
                        ("schema", _) if says_format => {
                            let inner = child(&self.pointer(), name);
                            self.below(Token::Name(name), member, Some(&inner));
                        }
                        (name, _) if HOLD_DATA.contains(&name) && !holds_names => {}
                        _ => self.below(Token::Name(name), member, base),
                    }
                }
            }
        }
    }

    fn below(&mut self, token: Token<'a>, node: &'a Node, base: Option<&str>) {
        self.path.push(token);
        self.node(node, base);
        self.path.pop();
    }

    fn pointer(&self) -> String {
        let tokens = self.path.iter();
        tokens.fold(String::new(), |pointer, token| match token {
            Token::Name(name) => child(&pointer, name),
            Token::Index(index) => child(&pointer, index),
        })
    }

    fn reference(&mut self, node: &Node, base: &str) {
        let Some(fragment) = node.text().and_then(|text| text.strip_prefix('#')) else {
            return;
        };
        let is_pointer = fragment.is_empty() || fragment.starts_with('/');
        // The whole document is no schema.
        let leads_from_root = !fragment.is_empty() && self.root.at(fragment).is_some();
        let target = format!("{base}{fragment}");
        if is_pointer && !leads_from_root && self.root.at(&target).is_some() {
            self.found
                .push((child(&self.pointer(), "$ref"), format!("#{target}")));
        }
    }
}

/// Keywords that hold values, in which nothing is a reference.
const HOLD_DATA: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// Keywords that hold schemas under names, which may be those of keywords.
const HOLD_NAMES: [&str; 4] = ["properties", "patternProperties", "definitions", "$defs"];

fn is_text(node: &Node, name: &str) -> bool {
    node.get(name).and_then(Node::text).is_some()
}
