//! The schemas of a file that name themselves: by `$id`, with which a resource of its own begins, and by anchors within one (JSON
//! Schema core §8.2). A relative reference is resolved against the name of the resource that it stands in (§9.3.1), and so is an
//! `$id`.

use std::collections::HashMap;

use fluent_uri::{Uri, UriRef};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::source::child;
use crate::source::files::ContractFile;
use crate::source::node::{Content, Node, Place};

/// What a path may not hold in a URI (RFC 3986 §3.3).
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The resources of a file.
#[derive(Debug, Default)]
pub(super) struct Resources {
    /// The first is the file as a whole.
    all: Vec<Resource>,
    /// By the URI that an `$id` comes to, and by what is written there.
    ids: HashMap<String, String>,
    /// By the resource and `$anchor`, `$dynamicAnchor`, or an `$id` that is only a fragment.
    anchors: HashMap<(usize, String), String>,
    /// The first of each name, whichever resource it is in.
    first_anchors: HashMap<String, String>,
    /// In which resource objects and references stand that are in none but the file's.
    around: HashMap<(u32, u32), usize>,
}

#[derive(Debug, Default)]
struct Resource {
    pointer: String,
    /// `None` where an `$id` is no URI.
    uri: Option<String>,
}

impl Resources {
    pub(super) fn of(file: &ContractFile) -> Self {
        let path = file.path.as_ref().map(|path| path.to_string_lossy());
        let path = path.unwrap_or_default();
        let mut resources = Self {
            all: vec![Resource {
                pointer: String::new(),
                uri: Some(format!(
                    "file:///{}",
                    utf8_percent_encode(path.trim_start_matches('/'), NOT_IN_PATH)
                )),
            }],
            ..Self::default()
        };
        resources.collect(&file.root, &mut String::new(), 0);
        resources
    }

    fn collect(&mut self, node: &Node, pointer: &mut String, outer: usize) {
        let mut resource = outer;
        if let Content::Mapping(members) = &node.content {
            let text = |name: &str| members.get(name).and_then(Node::text);
            if let Some(id) = text("$id") {
                match id.strip_prefix('#') {
                    Some("") => {}
                    Some(anchor) => self.anchor(resource, anchor, pointer),
                    None => resource = self.begin(id.trim_end_matches('#'), pointer, outer),
                }
            }
            for anchor in [text("$anchor"), text("$dynamicAnchor")].into_iter().flatten() {
                self.anchor(resource, anchor, pointer);
            }
        }
        if resource != 0 {
            let place = (node.place.line, node.place.column);
            self.around.entry(place).or_insert(resource);
        }
        let length = pointer.len();
        let mut below = |token: &str, node: &Node| {
            *pointer = child(pointer, token);
            self.collect(node, pointer, resource);
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

    fn begin(&mut self, id: &str, pointer: &str, outer: usize) -> usize {
        let uri = self.resolved(outer, id);
        for name in [uri.as_deref(), Some(id)].into_iter().flatten() {
            self.ids
                .entry(name.to_owned())
                .or_insert_with(|| pointer.to_owned());
        }
        self.all.push(Resource {
            pointer: pointer.to_owned(),
            uri,
        });
        self.all.len() - 1
    }

    fn anchor(&mut self, resource: usize, name: &str, pointer: &str) {
        let first = self.first_anchors.entry(name.to_owned());
        first.or_insert_with(|| pointer.to_owned());
        let own = self.anchors.entry((resource, name.to_owned()));
        own.or_insert_with(|| pointer.to_owned());
    }

    fn resolved(&self, resource: usize, reference: &str) -> Option<String> {
        let base = Uri::parse(self.all.get(resource)?.uri.as_deref()?).ok()?;
        let resolved = UriRef::parse(reference).ok()?.resolve_against(&base).ok()?;
        Some(resolved.normalize().into_string())
    }

    fn around(&self, place: Place) -> usize {
        let place = (place.line, place.column);
        self.around.get(&place).copied().unwrap_or_default()
    }

    /// The pointer of the resource that what stands at `place` belongs to; the empty one where that is the file.
    pub(super) fn begin_of(&self, place: Place) -> &str {
        self.all
            .get(self.around(place))
            .map_or("", |resource| resource.pointer.as_str())
    }

    /// The pointer of the resource that a reference at `place` names. Many a contract means a name as it is written.
    pub(super) fn named(&self, place: Place, path: &str) -> Option<&str> {
        if self.ids.is_empty() {
            return None;
        }
        let resolved = self.resolved(self.around(place), path);
        let found = resolved.and_then(|uri| self.ids.get(&uri));
        found.or_else(|| self.ids.get(path)).map(String::as_str)
    }

    /// Where an anchor stands that is meant within the resource at `pointer`; one of another resource, where that has none.
    pub(super) fn anchored(&self, pointer: &str, name: &str) -> Option<&str> {
        let resources = self.all.iter().enumerate();
        let mut here = resources.filter(|(_, resource)| resource.pointer == pointer);
        let own = here.find_map(|(number, _)| self.anchors.get(&(number, name.to_owned())));
        own.or_else(|| self.first_anchors.get(name)).map(String::as_str)
    }
}
