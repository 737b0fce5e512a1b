//! Where a reference leads: the text of a URI reference (RFC 3986) to a place in a file.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use super::resources::Resources;
use crate::source::files::Files;
use crate::source::node::Place;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) file: u32,
    pub(super) pointer: String,
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
    resources: HashMap<u32, Resources>,
}

impl Reader {
    /// Where the text of a reference that stands at `from` leads. `names_count` says whether schemas can name themselves.
    pub(super) fn meaning(
        &mut self,
        files: &mut Files,
        from: Place,
        text: &str,
        names_count: bool,
    ) -> Meaning {
        let (path, fragment) = text.split_once('#').unwrap_or((text, ""));
        if names_count {
            let resources = self.resources_of(files, from.file);
            let base = if path.is_empty() {
                Some(resources.begin_of(from))
            } else {
                resources.named(from, path)
            };
            if let Some(base) = base.map(str::to_owned) {
                return self.place(files, from.file, fragment, &base, names_count);
            }
        } else if path.is_empty() {
            return self.place(files, from.file, fragment, "", names_count);
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
        match files.beside(from.file, &decode(path)) {
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

    fn resources_of(&mut self, files: &Files, file: u32) -> &Resources {
        self.resources
            .entry(file)
            .or_insert_with(|| files.get(file).map(Resources::of).unwrap_or_default())
    }

    /// The place in a file that a fragment means, below `base`.
    fn place(&mut self, files: &Files, file: u32, fragment: &str, base: &str, names_count: bool) -> Meaning {
        let there = |pointer: String| Meaning::Leads(Target { file, pointer });
        if !fragment.is_empty() && !fragment.starts_with('/') {
            let anchor = decode(fragment);
            let resources = names_count.then(|| self.resources_of(files, file));
            return match resources.and_then(|resources| resources.anchored(base, &anchor)) {
                Some(pointer) => there(pointer.to_owned()),
                None => Meaning::Refused(format!("leads nowhere in this document: `#{fragment}`")),
            };
        }
        let file_root = files.get(file).map(|file| &file.root);
        let holds = |pointer: &String| file_root.is_some_and(|root| root.at(pointer).is_some());
        let decoded = decode(fragment);
        let mut meant = meant(base, fragment, &decoded).into_iter();
        there(meant.find(holds).unwrap_or(decoded))
    }
}

/// What a fragment may mean, in this order. Strictly it begins at the schema with the `$id` and is percent-encoded, and `/` is the
/// member without a name; but many a contract means the document, has keys with percent signs, and calls a whole file `#/`.
fn meant(base: &str, fragment: &str, decoded: &str) -> Vec<String> {
    let mut meant = Vec::new();
    for base in [base, ""] {
        meant.push(format!("{base}{fragment}"));
        meant.push(format!("{base}{decoded}"));
        if fragment == "/" {
            meant.push(base.to_owned());
        }
    }
    meant
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
