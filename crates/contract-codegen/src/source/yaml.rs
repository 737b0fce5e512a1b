//! From the text of YAML 1.2, of which JSON is a part, to values with their places.
//!
//! The parser tells what it meets, and the values are put together here without recursion, so that what a hostile text costs is
//! bounded by the counts of the budget: what an alias repeats is counted before it is copied.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScalarStyle, Tag};
use indexmap::IndexMap;
use indexmap::map::Entry;
use serde_json::Value;

use super::limits::Budget;
use super::node::{Content, Node, Place};
use super::{child, scalar};

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) place: Place,
    pub(super) pointer: String,
    pub(super) reason: String,
}

/// The longest key that is told from a text without looking on, which YAML bounds at 1024.
const KEY_CHARACTERS_MAX: usize = 16 * 1024;

/// Reads the text of file number `file`.
pub(super) fn read(file: u32, text: &str, budget: &mut Budget) -> Result<Node, Fault> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.simple_key_max_lookahead = KEY_CHARACTERS_MAX;
    options.flow_nesting_limit = budget.limits.depth;
    options.block_nesting_limit = budget.limits.depth;
    let mut builder = Builder {
        budget,
        frames: Vec::new(),
        anchors: HashMap::new(),
        root: None,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let reason = match error.kind() {
                // The parser reads ahead of its events, and has met what is too deep.
                ErrorKind::RecursionLimitExceeded => builder.budget.too_deep(),
                _ => format!("is not YAML: {}", error.info()),
            };
            builder.fault(place(file, error.marker()), reason)
        })?;
        let at = place(file, &span.start);
        builder
            .event(event, at)
            .map_err(|reason| builder.fault(at, reason))?;
    }
    let nothing = Place {
        file,
        line: 1,
        column: 1,
    };
    builder
        .root
        .take()
        .ok_or_else(|| builder.fault(nothing, "the file is empty".to_owned()))
}

fn place(file: u32, marker: &Marker) -> Place {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Place {
        file,
        line: number(marker.line()),
        column: number(marker.col() + 1),
    }
}

/// An object or a list whose end has not come yet.
struct Frame {
    place: Place,
    anchor: usize,
    /// How many values it holds, and how deep they stand in it.
    count: usize,
    height: usize,
    open: Open,
}

enum Open {
    Sequence(Vec<Node>),
    Mapping {
        members: IndexMap<String, Node>,
        key: Option<Key>,
        merged: Vec<Node>,
    },
}

enum Key {
    Name(String),
    /// `<<`
    Merge,
}

/// A value to which aliases may refer.
struct Anchored {
    node: Node,
    count: usize,
    height: usize,
}

struct Builder<'a> {
    budget: &'a mut Budget,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Node>,
}

impl Builder<'_> {
    /// Where the next value belongs.
    fn pointer(&self) -> String {
        let token = |frame: &Frame| match &frame.open {
            Open::Sequence(items) => Some(items.len().to_string()),
            Open::Mapping {
                key: Some(Key::Name(name)),
                ..
            } => Some(name.clone()),
            Open::Mapping { .. } => None,
        };
        let tokens = self.frames.iter().filter_map(token);
        tokens.fold(String::new(), |pointer, token| child(&pointer, token))
    }

    fn fault(&self, place: Place, reason: String) -> Fault {
        Fault {
            place,
            pointer: self.pointer().chars().take(1024).collect(),
            reason,
        }
    }

    fn event(&mut self, event: Event<'_>, at: Place) -> Result<(), String> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err("a second document begins here; a contract is one".to_owned())
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), at),
            Event::SequenceStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "seq")?;
                self.open(at, anchor, Open::Sequence(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "map")?;
                let mapping = Open::Mapping {
                    members: IndexMap::new(),
                    key: None,
                    merged: Vec::new(),
                };
                self.open(at, anchor, mapping)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, at),
            _ => Ok(()),
        }
    }

    /// Whether the next value is a key.
    fn wants_key(&self) -> bool {
        matches!(
            self.frames.last(),
            Some(Frame {
                open: Open::Mapping { key: None, .. },
                ..
            })
        )
    }

    fn open(&mut self, at: Place, anchor: usize, open: Open) -> Result<(), String> {
        if self.wants_key() {
            return Err("a key must be a text, not an object or a list".to_owned());
        }
        self.budget.take_nodes(1)?;
        self.budget.check_depth(self.frames.len() + 1)?;
        self.frames.push(Frame {
            place: at,
            anchor,
            count: 1,
            height: 1,
            open,
        });
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        at: Place,
    ) -> Result<(), String> {
        if self.wants_key() {
            let is_merge = style == ScalarStyle::Plain && tag.is_none() && text == "<<";
            let key = if is_merge {
                Key::Merge
            } else {
                Key::Name(text.to_owned())
            };
            self.anchored(anchor, || Node {
                place: at,
                content: Content::Scalar(Value::from(text)),
            });
            return self.key(key);
        }
        self.budget.take_nodes(1)?;
        let value = match tag {
            None if style == ScalarStyle::Plain => scalar::plain(text)?,
            None => Value::from(text),
            Some(tag) => match tag.core_suffix() {
                Some(suffix) => scalar::tagged(text, suffix)?,
                None if tag.original() == "!" => Value::from(text),
                None => return Err(unknown_tag(tag)),
            },
        };
        let node = Node {
            place: at,
            content: Content::Scalar(value),
        };
        self.anchored(anchor, || node.clone());
        self.put(node, 1, 0)
    }

    fn anchored(&mut self, anchor: usize, node: impl FnOnce() -> Node) {
        if anchor != 0 {
            let anchored = Anchored {
                node: node(),
                count: 1,
                height: 0,
            };
            self.anchors.insert(anchor, anchored);
        }
    }

    fn key(&mut self, found: Key) -> Result<(), String> {
        let Some(Frame {
            open: Open::Mapping { members, key, .. },
            ..
        }) = self.frames.last_mut()
        else {
            return Ok(());
        };
        let duplicate = match &found {
            Key::Name(name) if members.contains_key(name) => Err(format!("duplicate key `{name}`")),
            _ => Ok(()),
        };
        // The pointer of the refusal names it too.
        *key = Some(found);
        duplicate
    }

    /// A value is complete and goes to where it belongs.
    fn put(&mut self, node: Node, count: usize, height: usize) -> Result<(), String> {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.count += count;
        frame.height = frame.height.max(height + 1);
        match &mut frame.open {
            Open::Sequence(items) => items.push(node),
            Open::Mapping { members, key, merged } => match key.take() {
                Some(Key::Name(name)) => {
                    members.insert(name, node);
                }
                Some(Key::Merge) => merge_sources(node, merged)?,
                None => {}
            },
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let content = match frame.open {
            Open::Sequence(items) => Content::Sequence(items),
            Open::Mapping {
                mut members, merged, ..
            } => {
                for source in merged {
                    merge(&mut members, source);
                }
                Content::Mapping(members)
            }
        };
        let node = Node {
            place: frame.place,
            content,
        };
        if frame.anchor != 0 {
            // The copy that is kept for aliases counts too: anchors may stand in each other.
            self.budget.take_nodes(frame.count)?;
            let anchored = Anchored {
                node: node.clone(),
                count: frame.count,
                height: frame.height,
            };
            self.anchors.insert(frame.anchor, anchored);
        }
        self.put(node, frame.count, frame.height)
    }

    fn alias(&mut self, anchor: usize, at: Place) -> Result<(), String> {
        let Some(Anchored { node, count, height }) = self.anchors.get(&anchor) else {
            return Err("an alias cannot stand in what it refers to".to_owned());
        };
        if matches!(
            self.frames.last(),
            Some(Frame {
                open: Open::Mapping { key: None, .. },
                ..
            })
        ) {
            let name = node.text().ok_or("a key must be a text")?.to_owned();
            return self.key(Key::Name(name));
        }
        let (count, height) = (*count, *height);
        self.budget.take_nodes(count)?;
        self.budget.check_depth(self.frames.len() + height)?;
        let mut copy = node.clone();
        copy.place = at;
        self.put(copy, count, height)
    }
}

/// The objects whose members `<<` takes over.
fn merge_sources(node: Node, merged: &mut Vec<Node>) -> Result<(), String> {
    let sources = match node.content {
        Content::Sequence(items) => items,
        _ => vec![node],
    };
    if sources.iter().any(|source| source.mapping().is_none()) {
        return Err("`<<` takes over the members of an object, or of a list of objects".to_owned());
    }
    merged.extend(sources);
    Ok(())
}

/// What the object says itself, or an earlier source, stands.
fn merge(members: &mut IndexMap<String, Node>, source: Node) {
    let Content::Mapping(others) = source.content else {
        return;
    };
    for (name, node) in others {
        if let Entry::Vacant(entry) = members.entry(name) {
            entry.insert(node);
        }
    }
}

fn check_tag(tag: Option<&Tag>, suffix: &str) -> Result<(), String> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema_tag(suffix) && tag.original() != "!" => Err(unknown_tag(tag)),
        _ => Ok(()),
    }
}

fn unknown_tag(tag: &Tag) -> String {
    format!("the tag `{}` says nothing that JSON can hold", tag.original())
}
