//! What is put in place, since the specification has no component of its kind, and the mappings of discriminators.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::Bundler;
use super::target::{Meaning, Target};
use crate::grammar::Shape;
use crate::source::child;
use crate::source::node::{self, Node};

impl Bundler<'_> {
    /// Puts what the target is in the place of the reference to it.
    pub(super) fn put_in_place(
        &mut self,
        node: &mut Node,
        target: &Target,
        shape: Shape,
        pointer: &str,
    ) -> Result<(), String> {
        let mut copy = self.copy(target)?;
        let key = (target.clone(), shape);
        if !self.inlining.insert(key.clone()) {
            return Err("the references lead in a circle".to_owned());
        }
        // Another path that refers to it shall not get what stands beside this reference.
        if shape == Shape::PathItem && node.only_reference().is_some() {
            self.placed.insert(key.clone(), pointer.to_owned());
        }
        self.object(&mut copy, shape, pointer);
        self.merge_beside(&mut copy, node, shape, pointer);
        *node = copy;
        self.inlining.remove(&key);
        Ok(())
    }

    fn copy(&mut self, target: &Target) -> Result<Node, String> {
        let file = self.files.get(target.file);
        let node = file.and_then(|file| file.root.at(&target.pointer)).cloned();
        let node = node.ok_or_else(|| format!("leads nowhere: there is nothing at `#{}`", target.pointer))?;
        self.files.budget.take_nodes(node.count())?;
        Ok(node)
    }

    /// What stands beside a reference goes with what it refers to, unless both say the same field.
    fn merge_beside(&mut self, copy: &mut Node, node: &mut Node, shape: Shape, pointer: &str) {
        let Some(beside) = node.mapping_mut().map(std::mem::take) else {
            return;
        };
        for (name, mut member) in beside.into_iter().filter(|(name, _)| name != "$ref") {
            let place = member.place;
            let at = child(pointer, &name);
            if let Some(field) = self.grammar.field(shape, &name) {
                self.content(&mut member, field.content, &at);
            }
            match copy.mapping_mut() {
                Some(members) if !members.contains_key(&name) => {
                    members.insert(name, member);
                }
                _ => self.refuse(place, &at, "stands here and where the `$ref` beside it leads"),
            }
        }
    }

    /// A map or a list that is only a reference to another file is put in place. The specifications have no such reference, but many
    /// contracts do.
    pub(super) fn container(&mut self, node: &mut Node, pointer: &str) {
        let mut passed = HashSet::new();
        while let Some(text) = node.only_reference().map(str::to_owned) {
            let Meaning::Leads(target) = self.meaning(node.place, &text) else {
                return;
            };
            if target.file == 0 || !passed.insert(target.clone()) {
                return;
            }
            match self.copy(&target) {
                Ok(copy) => *node = copy,
                Err(reason) => return self.refuse(node.place, pointer, reason),
            }
            self.containers.push((target, pointer.to_owned()));
        }
    }

    /// The values of `mapping` are names of components, or references (OpenAPI 3.0.3 §4.7.25).
    pub(super) fn mapping(&mut self, node: &mut Node) {
        let members = node.mapping_mut().and_then(|members| members.get_mut("mapping"));
        for member in members
            .and_then(Node::mapping_mut)
            .into_iter()
            .flat_map(IndexMap::values_mut)
        {
            let Some(text) = member.text().map(str::to_owned) else {
                continue;
            };
            let is_name = !text.contains(['/', '#']) && self.names.is_taken("schemas", &text);
            let looks_like_file = [".yaml", ".yml", ".json"].iter().any(|end| text.ends_with(end));
            if is_name || !(text.contains(['/', '#']) || looks_like_file) {
                continue;
            }
            let end = match self.meaning(member.place, &text) {
                Meaning::Leads(target) => self.end_of_kind(target, Shape::Schema),
                // The ledger tells of those that lead nowhere.
                Meaning::Refused(_) | Meaning::Untouched => continue,
            };
            let local = end.and_then(|target| {
                let known = self.placed.get(&(target.clone(), Shape::Schema)).cloned();
                match known {
                    _ if target.file == 0 => Ok(target.pointer),
                    Some(local) => Ok(local),
                    None => self.component(&target, Shape::Schema, "schemas"),
                }
            });
            if let Ok(local) = local {
                member.content = node::Content::Scalar(Value::from(format!("#{local}")));
            }
        }
    }
}
