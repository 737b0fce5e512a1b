//! Where a reference leads: the text of a URI reference (RFC 3986) to a place in a file.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use crate::source::child;
use crate::source::files::Files;
use crate::source::node::{Content, Node};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) file: u32,
    pub(super) pointer: String,
}

/// The places of a file that schemas name themselves.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By `$anchor`, `$dynamicAnchor`, or an `$id` that is only a fragment.
    anchors: HashMap<String, String>,
    /// By `$id`.
    ids: HashMap<String, String>,
}

impl Names {
    /// Those of a whole file.
    pub(super) fn of(root: &Node) -> Self {
        let mut names = Self::default();
        names.collect(root, &mut String::new());
        names
    }

    fn collect(&mut self, node: &Node, pointer: &mut String) {
        if let Content::Mapping(members) = &node.content {
            let text = |name: &str| members.get(name).and_then(Node::text);
            for anchor in [text("$anchor"), text("$dynamicAnchor")].into_iter().flatten() {
                self.anchors
                    .entry(anchor.to_owned())
                    .or_insert_with(|| pointer.clone());
            }
            if let Some(id) = text("$id") {
                let (names, id) = match id.strip_prefix('#') {
                    Some(anchor) => (&mut self.anchors, anchor),
                    None => (&mut self.ids, id.trim_end_matches('#')),
                };
                names.entry(id.to_owned()).or_insert_with(|| pointer.clone());
            }
        }
        let length = pointer.len();
        let mut below = |token: &str, node: &Node| {
            *pointer = child(pointer, token);
            self.collect(node, pointer);
            pointer.truncate(length);
        };
        match &node.content {
            Content::Scalar(_) => {}
            Content::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    below(&index.to_string(), item);
                }
            }
            Content::Mapping(members) => members.iter().for_each(|(name, member)| below(name, member)),
        }
    }
}

/// What the text of a reference says.
pub(super) enum Meaning {
    /// A place, which may hold nothing.
    Leads(Target),
    /// Nothing that could be followed; it is refused where it stands.
    Refused(String),
    /// It stays as it is, since there are no other files.
    Untouched,
}

/// Reads references.
#[derive(Debug, Default)]
pub(super) struct Reader {
    names: HashMap<u32, Names>,
}

impl Reader {
    /// Where the text of a reference in file number `from` leads. `names_count` says whether schemas can name themselves.
    pub(super) fn meaning(&mut self, files: &mut Files, from: u32, text: &str, names_count: bool) -> Meaning {
        let (path, fragment) = text.split_once('#').unwrap_or((text, ""));
        if path.is_empty() {
            return self.place(files, from, fragment, "", names_count);
        }
        if names_count && let Some(base) = self.names_of(files, from).ids.get(path).cloned() {
            return self.place(files, from, fragment, &base, names_count);
        }
        if has_scheme(path) || path.starts_with("//") {
            return Meaning::Refused(format!(
                "`{text}` leads to another host; references can only lead to local files"
            ));
        }
        if path.starts_with('/') {
            // A contract that somebody else wrote has no business with the files of this machine, and none of its own there.
            return Meaning::Refused(format!(
                "`{text}` is a path from the root of this machine; references lead to files beside the contract, by relative paths"
            ));
        }
        match files.beside(from, &decode(path)) {
            Ok(None) => Meaning::Untouched,
            Ok(Some(file)) => self.place(files, file, fragment, "", names_count),
            Err(fault) if fault.place.line == 0 => Meaning::Refused(format!("`{text}`: {}", fault.reason)),
            Err(fault) => {
                let name = files.get(fault.place.file).map_or("", |file| file.name.as_str());
                let (line, column) = (fault.place.line, fault.place.column);
                Meaning::Refused(format!(
                    "`{text}`: {name}:{line}:{column}: {}: {}",
                    fault.pointer, fault.reason
                ))
            }
        }
    }

    fn names_of(&mut self, files: &Files, file: u32) -> &Names {
        self.names.entry(file).or_insert_with(|| {
            files
                .get(file)
                .map(|file| Names::of(&file.root))
                .unwrap_or_default()
        })
    }

    /// The place in a file that a fragment means, below `base`.
    fn place(&mut self, files: &Files, file: u32, fragment: &str, base: &str, names_count: bool) -> Meaning {
        let there = |pointer: String| Meaning::Leads(Target { file, pointer });
        if !fragment.is_empty() && !fragment.starts_with('/') {
            let anchor = decode(fragment);
            let names = if names_count {
                Some(self.names_of(files, file))
            } else {
                None
            };
            return match names.and_then(|names| names.anchors.get(&anchor)) {
                Some(pointer) => there(pointer.clone()),
                None => Meaning::Refused(format!("leads nowhere in this document: `#{fragment}`")),
            };
        }
        // Many a contract has keys with percent signs, and refers to them as they stand.
        let as_it_stands = format!("{base}{fragment}");
        let holds = |pointer: &str| {
            files
                .get(file)
                .is_some_and(|file| file.root.at(pointer).is_some())
        };
        if fragment.contains('%') && !holds(&as_it_stands) {
            return there(format!("{base}{}", decode(fragment)));
        }
        if !base.is_empty() && !holds(&as_it_stands) {
            // Strictly the fragment begins at the schema with the `$id`; most contracts mean the document.
            return there(fragment.to_owned());
        }
        there(as_it_stands)
    }
}

fn has_scheme(path: &str) -> bool {
    path.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|other| other.is_ascii_alphanumeric() || "+-.".contains(other))
    })
}

fn decode(text: &str) -> String {
    percent_decode_str(text)
        .decode_utf8()
        .map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}
