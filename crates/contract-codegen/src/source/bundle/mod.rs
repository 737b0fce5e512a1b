//! One document of many files: whatever a reference leads to in another file becomes a component of the entry, or is put in place
//! where the specification has no component of its kind; every reference is local afterwards, `#` and a JSON pointer.
//!
//! The walk follows the grammar, so that what only looks like a reference, in an example, stays as it is. It needs no recursion
//! from file to file: a component that was met is named at once, and walked when its turn comes, so that files may
//! refer to each other in circles.

mod bindings;
mod names;
mod place;
mod resources;
mod target;
mod through;

use std::collections::{HashMap, HashSet, VecDeque};

use indexmap::IndexMap;
use serde_json::Value;

use self::names::ComponentNames;
use self::target::{Meaning, Reader, Target};
use self::through::Unsettled;
use super::child;
use super::files::Files;
use super::node::{self, Node, Place};
use crate::grammar::{Content, Grammar, Shape};
use crate::{Dialect, Language};

/// A refusal whose file is still a number.
pub(super) struct Finding {
    pub(super) place: Place,
    pub(super) pointer: String,
    pub(super) reason: String,
}

/// The entry of these files, with every reference made local.
pub(super) fn bundle(files: &mut Files, dialect: Dialect) -> (Node, Vec<Finding>) {
    let entry = files.all.first().map(|file| file.root.clone());
    let mut root = entry.unwrap_or_else(|| {
        Node::empty(Place {
            file: 0,
            line: 0,
            column: 0,
        })
    });
    let mut bundler = Bundler {
        files,
        grammar: Grammar {
            dialect,
            language: Language::Plain,
        },
        reader: Reader::default(),
        names: ComponentNames::default(),
        placed: HashMap::new(),
        containers: Vec::new(),
        inlining: HashSet::new(),
        waiting: VecDeque::new(),
        unsettled: Vec::new(),
        findings: Vec::new(),
    };
    bundler.own_components(&mut root);
    bundler.object(&mut root, Shape::of_root(dialect), "");
    bundler.wait_for_components(&mut root);
    bundler.lead_through(&mut root);
    (root, bundler.findings)
}

/// A component that was met and not walked yet.
struct Waiting {
    section: &'static str,
    name: String,
    shape: Shape,
    node: Node,
}

struct Bundler<'a> {
    files: &'a mut Files,
    grammar: Grammar,
    reader: Reader,
    names: ComponentNames,
    /// Where in the document the things of other files stand.
    placed: HashMap<(Target, Shape), String>,
    /// Maps of things that were put in place as a whole: where they stood, and where they stand.
    containers: Vec<(Target, String)>,
    /// What is being put in place.
    inlining: HashSet<(Target, Shape)>,
    waiting: VecDeque<Waiting>,
    unsettled: Vec<Unsettled>,
    findings: Vec<Finding>,
}

impl Bundler<'_> {
    fn refuse(&mut self, place: Place, pointer: &str, reason: impl Into<String>) {
        self.findings.push(Finding {
            place,
            pointer: pointer.to_owned(),
            reason: reason.into(),
        });
    }

    /// The components that the entry has under a name of its own: what they refer to shall have that name.
    fn own_components(&mut self, root: &mut Node) {
        let shape = if self.grammar.dialect.is_openapi() {
            Shape::Components
        } else {
            Shape::AsyncComponents
        };
        let Some(components) = root
            .mapping_mut()
            .and_then(|members| members.get_mut("components"))
        else {
            return;
        };
        self.container(components, "/components");
        for (section, members) in components.mapping_mut().into_iter().flatten() {
            let field = self.grammar.field(shape, section);
            let Some(Content::Map(shape)) = field.map(|field| field.content) else {
                continue;
            };
            let pointer = child("/components", section);
            self.container(members, &pointer);
            let Some(section) = shape.component_section(self.grammar.dialect) else {
                continue;
            };
            for (name, member) in members.mapping().into_iter().flatten() {
                self.names.take(section, name);
                self.claim(member, shape, child(&pointer, name));
            }
        }
    }

    /// A component that is only a reference to another file becomes what is there.
    fn claim(&mut self, node: &Node, shape: Shape, pointer: String) {
        let Some(text) = node.only_reference() else { return };
        if let Meaning::Leads(target) = self.meaning(node.place, text)
            && target.file != 0
        {
            self.placed.entry((target, shape)).or_insert(pointer);
        }
    }

    fn meaning(&mut self, from: Place, text: &str) -> Meaning {
        let names_count = self.grammar.dialect != Dialect::OpenApi30;
        let meaning = self.reader.meaning(self.files, from, text, names_count);
        let Meaning::Leads(target) = meaning else {
            return meaning;
        };
        let inside = |(container, local): &(Target, String)| {
            let rest = target.pointer.strip_prefix(&container.pointer)?;
            (container.file == target.file && rest.starts_with('/')).then(|| format!("{local}{rest}"))
        };
        let local = self.containers.iter().find_map(inside);
        Meaning::Leads(match local {
            Some(pointer) => Target { file: 0, pointer },
            None => target,
        })
    }

    /// What stands at a target, after all references that stand there alone.
    fn end_of(&mut self, target: Target) -> Result<Target, String> {
        let mut passed = HashSet::new();
        let mut target = target;
        loop {
            if target.file == 0 {
                return Ok(target);
            }
            let node = self
                .files
                .get(target.file)
                .and_then(|file| file.root.at(&target.pointer));
            let Some(node) = node else {
                let name = self.files.get(target.file).map_or("", |file| file.name.as_str());
                return Err(format!(
                    "leads nowhere: {name} has nothing at `#{}`",
                    target.pointer
                ));
            };
            let Some(text) = node.only_reference().map(str::to_owned) else {
                return Ok(target);
            };
            let from = node.place;
            if !passed.insert(target.clone()) {
                return Err("the references lead in a circle".to_owned());
            }
            match self.meaning(from, &text) {
                Meaning::Leads(next) => target = next,
                Meaning::Refused(reason) => return Err(reason),
                Meaning::Untouched => return Ok(target),
            }
        }
    }

    /// An object or a reference to one, which will stand at `pointer`.
    fn object(&mut self, node: &mut Node, shape: Shape, pointer: &str) {
        let reference = node.get("$ref").and_then(Node::text).map(str::to_owned);
        if let Some(text) = reference.filter(|_| shape != Shape::SecurityRequirement) {
            let was_replaced = self.reference(node, &text, shape, pointer);
            if was_replaced || !self.grammar.reads_beside_references(shape) {
                return;
            }
        }
        let is_multi_format =
            shape == Shape::Schema && !self.grammar.dialect.is_openapi() && node.is_multi_format();
        // What a schema of a format that is not read refers to is not read either: its format is refused, by its name.
        let is_read = |format: &Node| format.text().and_then(Dialect::of_schema_format).is_some();
        if is_multi_format && !node.get("schemaFormat").is_none_or(is_read) {
            return;
        }
        match shape {
            Shape::Binding => return self.inside_binding(node, pointer),
            _ if shape.is_bindings() => return self.bindings(node, pointer),
            _ => {}
        }
        let members = node.mapping_mut().into_iter().flatten();
        for (name, member) in members.filter(|(name, _)| *name != "$ref") {
            let content = if is_multi_format && name == "schema" {
                Some(Content::One(Shape::Schema))
            } else {
                let field = self.grammar.field(shape, name).map(|field| field.content);
                field.or_else(|| shape.pattern())
            };
            if let Some(content) = content {
                self.content(member, content, &child(pointer, name));
            }
        }
        if shape == Shape::Discriminator {
            self.mapping(node);
        }
    }

    fn content(&mut self, node: &mut Node, content: Content, pointer: &str) {
        match content {
            Content::One(shape) | Content::SchemaOrBool(shape) | Content::Link(shape) => {
                self.object(node, shape, pointer);
            }
            Content::OneOrList(shape) if node.mapping().is_some() => {
                self.object(node, shape, pointer);
            }
            Content::List(shape) | Content::OneOrList(shape) | Content::Links(shape) => {
                self.container(node, pointer);
                if let node::Content::Sequence(items) = &mut node.content {
                    for (index, item) in items.iter_mut().enumerate() {
                        self.object(item, shape, &child(pointer, index));
                    }
                }
            }
            Content::Map(shape) | Content::Patterned(shape) | Content::MapOrTexts(shape) => {
                self.container(node, pointer);
                for (name, member) in node.mapping_mut().into_iter().flatten() {
                    self.object(member, shape, &child(pointer, name));
                }
            }
            _ => {}
        }
    }

    /// Makes a reference local; whether what it refers to stands in its place now.
    fn reference(&mut self, node: &mut Node, text: &str, shape: Shape, pointer: &str) -> bool {
        let end = match self.meaning(node.place, text) {
            Meaning::Untouched => return false,
            Meaning::Refused(reason) => Err(reason),
            Meaning::Leads(target) => self.end_of_kind(target, shape),
        };
        let settled = end.and_then(|target| self.settle(node, &target, shape, pointer));
        settled.unwrap_or_else(|reason| {
            let place = node.get("$ref").map_or(node.place, |reference| reference.place);
            self.refuse(place, &child(pointer, "$ref"), reason);
            false
        })
    }

    fn settle(
        &mut self,
        node: &mut Node,
        target: &Target,
        shape: Shape,
        pointer: &str,
    ) -> Result<bool, String> {
        let known = self.placed.get(&(target.clone(), shape)).cloned();
        if shape == Shape::PathItem && node.has_operations() {
            self.put_in_place(node, target, shape, pointer)?;
            return Ok(true);
        }
        let local = match (known, shape.component_section(self.grammar.dialect)) {
            _ if target.file == 0 => {
                self.note_if_unsettled(target, pointer);
                target.pointer.clone()
            }
            (Some(local), _) if local != pointer => local,
            (Some(_), _) | (None, None) => {
                self.put_in_place(node, target, shape, pointer)?;
                return Ok(true);
            }
            (None, Some(section)) => self.component(target, shape, section)?,
        };
        node.refer_to(&local);
        Ok(false)
    }

    /// References within the entry stay as they are, chains and all.
    fn end_of_kind(&mut self, target: Target, shape: Shape) -> Result<Target, String> {
        if target.file == 0 || self.placed.contains_key(&(target.clone(), shape)) {
            return Ok(target);
        }
        self.end_of(target)
    }

    /// The pointer of the component that the target becomes.
    fn component(&mut self, target: &Target, shape: Shape, section: &'static str) -> Result<String, String> {
        let Some(file) = self.files.get(target.file) else {
            return Err("leads nowhere".to_owned());
        };
        let name = self.names.make(section, &file.name, &target.pointer);
        let node = file.root.at(&target.pointer).cloned();
        let node = node.ok_or_else(|| {
            format!(
                "leads nowhere: {} has nothing at `#{}`",
                file.name, target.pointer
            )
        })?;
        self.files.budget.take_nodes(node.count())?;
        let pointer = child(&child("/components", section), &name);
        self.placed.insert((target.clone(), shape), pointer.clone());
        self.waiting.push_back(Waiting {
            section,
            name,
            shape,
            node,
        });
        Ok(pointer)
    }

    /// Walks the components that were met, and those that are met thereby, and puts them into the document.
    fn wait_for_components(&mut self, root: &mut Node) {
        while let Some(mut waiting) = self.waiting.pop_front() {
            let pointer = child(&child("/components", waiting.section), &waiting.name);
            self.object(&mut waiting.node, waiting.shape, &pointer);
            let place = waiting.node.place;
            let section = root
                .member_or_empty("components", place)
                .and_then(|components| components.member_or_empty(waiting.section, place));
            if let Some(members) = section.and_then(Node::mapping_mut) {
                members.insert(waiting.name, waiting.node);
            }
        }
    }
}

impl Node {
    pub(super) fn empty(place: Place) -> Self {
        Self {
            place,
            content: node::Content::Mapping(IndexMap::new()),
        }
    }

    /// The text of a reference that stands alone.
    fn only_reference(&self) -> Option<&str> {
        let members = self.mapping().filter(|members| members.len() == 1)?;
        members.get("$ref")?.text()
    }

    /// The same as [`crate::grammar::is_multi_format`].
    fn is_multi_format(&self) -> bool {
        let says_nothing_else = || {
            let mut names = self.mapping().into_iter().flat_map(IndexMap::keys);
            names.all(|name| name == "schema" || name.starts_with("x-"))
        };
        self.get("schemaFormat").is_some() || (self.get("schema").is_some() && says_nothing_else())
    }

    fn refer_to(&mut self, pointer: &str) {
        if let Some(reference) = self.mapping_mut().and_then(|members| members.get_mut("$ref")) {
            reference.content = node::Content::Scalar(Value::from(format!("#{pointer}")));
        }
    }

    fn member_or_empty(&mut self, name: &str, place: Place) -> Option<&mut Self> {
        let members = self.mapping_mut()?;
        Some(
            members
                .entry(name.to_owned())
                .or_insert_with(|| Self::empty(place)),
        )
    }
}
