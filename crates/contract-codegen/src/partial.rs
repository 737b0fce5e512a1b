//! What of a contract can be taken over when not all of it can: without the operations, components, channels and messages that
//! hold what is refused, and without those that refer to them.

mod loose;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::grammar::METHODS;
use crate::source::child;
use crate::{Contracts, Language, Ledger, Refusal, Refusals, Source};

/// Something that is left out of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its JSON pointer.
    pub pointer: String,
    /// What is refused in it; `None` if it only refers to something else that is left out.
    pub refusal: Option<Refusal>,
    /// The pointer of what it refers to, where that is left out.
    pub refers_to: Option<String>,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.refusal, &self.refers_to) {
            (Some(refusal), _) => write!(formatter, "left out {}: {refusal}", self.pointer),
            (None, Some(other)) => write!(formatter, "left out {}: refers to {other}", self.pointer),
            (None, None) => write!(formatter, "left out {}", self.pointer),
        }
    }
}

/// The contract without what is refused. `None` if that stands where nothing can be left out.
#[must_use]
pub fn partial(source: &Source, refusals: &Refusals) -> Option<(Source, Vec<LeftOut>)> {
    let ledger = Ledger::of(source, Language::Plain);
    let parts = Parts::of(source, &ledger);
    let mut doomed: BTreeMap<usize, LeftOut> = BTreeMap::new();
    for refusal in &refusals.0 {
        let part = parts.around(source.number(&refusal.pointer))?;
        doomed.entry(part).or_insert_with(|| LeftOut {
            pointer: parts.pointer(part),
            refusal: Some(refusal.clone()),
            refers_to: None,
        });
    }
    if doomed.is_empty() {
        return None;
    }
    let mut links = loose::references(source, &ledger);
    links.extend(&ledger.links);
    parts.doom_what_refers(&links, &mut doomed)?;
    parts.doom_what_is_empty(source, &mut doomed);
    let numbers: BTreeSet<usize> = doomed.keys().copied().collect();
    Some((source.without(&numbers), doomed.into_values().collect()))
}

impl Contracts {
    /// Reads the contracts like [`Contracts::read`], without what cannot be taken over, and tells what that is. Refuses them where what
    /// cannot be taken over stands where nothing can be left out, also if that is so only without what was refused before it, which
    /// is told as well.
    pub fn read_partial(
        openapi: Option<Source>,
        asyncapi: Option<Source>,
        language: Language,
    ) -> Result<(Self, Vec<LeftOut>), Refusals> {
        let mut sources = [openapi, asyncapi];
        let mut left_out = Vec::new();
        loop {
            let [openapi, asyncapi] = sources.clone();
            // Each round leaves something out, so there is an end.
            match Self::read(openapi, asyncapi, language) {
                Ok(contracts) => return Ok((contracts, left_out)),
                Err(refusals) => match leave_out(&mut sources, refusals) {
                    Ok(more) => left_out.extend(more),
                    Err(last) => return Err(with_what_led_there(&left_out, last)),
                },
            }
        }
    }
}

/// The reasons for which something was left out, before those for which nothing more can be.
fn with_what_led_there(left_out: &[LeftOut], last: Refusals) -> Refusals {
    let before = left_out.iter().filter_map(|one| one.refusal.clone());
    Refusals::unique(before.chain(last.0).collect())
}

/// Leaves out what is refused in the first of the contracts that holds any of it.
fn leave_out(sources: &mut [Option<Source>; 2], refusals: Refusals) -> Result<Vec<LeftOut>, Refusals> {
    for source in sources.iter_mut().flatten() {
        let is_its = |refusal: &&Refusal| source.files().contains(&refusal.file);
        let own = Refusals(refusals.0.iter().filter(is_its).cloned().collect());
        if let Some((rest, left_out)) = partial(source, &own) {
            *source = rest;
            return Ok(left_out);
        }
    }
    Err(refusals)
}

/// The parts of a contract that can be left out, by the number of their first value.
struct Parts {
    parts: BTreeMap<usize, Part>,
}

struct Part {
    pointer: String,
    /// The number of the value after its last.
    end: usize,
    /// The part in which it stands.
    outer: Option<usize>,
}

impl Parts {
    fn of(source: &Source, ledger: &Ledger) -> Self {
        let mut found = Self {
            parts: BTreeMap::new(),
        };
        if source.dialect().is_openapi() {
            for section in ["/paths", "/webhooks"] {
                found.members(source, section);
                for (item, _) in children(source, section) {
                    found.methods(source, &item);
                }
            }
        } else {
            found.members(source, "/channels");
            found.members(source, "/operations");
            for (channel, _) in children(source, "/channels") {
                found.members(source, &child(&channel, "messages"));
            }
        }
        for (section, _) in children(source, "/components") {
            found.members(source, &section);
        }
        for (number, pointer) in &ledger.loose {
            if !found.parts.contains_key(number) {
                found.add(source, pointer.clone(), *number);
            }
        }
        found
    }

    fn members(&mut self, source: &Source, parent: &str) {
        for (pointer, number) in children(source, parent) {
            self.add(source, pointer, number);
        }
    }

    fn methods(&mut self, source: &Source, item: &str) {
        for (pointer, number) in children(source, item) {
            if pointer
                .rsplit('/')
                .next()
                .is_some_and(|name| METHODS.contains(&name))
            {
                self.add(source, pointer, number);
            }
        }
    }

    /// Those that hold others are added before these.
    fn add(&mut self, source: &Source, pointer: String, number: usize) {
        let part = Part {
            pointer,
            end: number + source.count(number),
            outer: self.around(number),
        };
        self.parts.insert(number, part);
    }

    fn pointer(&self, part: usize) -> String {
        self.parts
            .get(&part)
            .map(|part| part.pointer.clone())
            .unwrap_or_default()
    }

    /// The parts that hold a value, the innermost first.
    fn all_around(&self, number: usize) -> impl Iterator<Item = usize> {
        // Parts stand in each other or apart: what holds a value holds the last part that begins before it, or is that part.
        let last = self.parts.range(..=number).next_back().map(|(start, _)| *start);
        let outwards = std::iter::successors(last, |part| self.parts.get(part)?.outer);
        outwards.filter(move |part| self.parts.get(part).is_some_and(|part| number < part.end))
    }

    fn around(&self, number: usize) -> Option<usize> {
        self.all_around(number).next()
    }

    /// What refers to something that is left out, directly or not, is left out too.
    fn doom_what_refers(
        &self,
        links: &[(usize, usize)],
        doomed: &mut BTreeMap<usize, LeftOut>,
    ) -> Option<()> {
        let mut referring: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (from, to) in links {
            for part in self.all_around(*to) {
                referring.entry(part).or_default().push((*from, part));
            }
        }
        let mut todo: Vec<usize> = doomed.keys().copied().collect();
        while let Some(part) = todo.pop() {
            for (from, to) in referring.get(&part).into_iter().flatten() {
                if self.all_around(*from).any(|around| doomed.contains_key(&around)) {
                    continue;
                }
                let part = self.around(*from)?;
                doomed.insert(
                    part,
                    LeftOut {
                        pointer: self.pointer(part),
                        refusal: None,
                        refers_to: Some(self.pointer(*to)),
                    },
                );
                todo.push(part);
            }
        }
        Some(())
    }

    /// A path all of whose operations are left out is none.
    fn doom_what_is_empty(&self, source: &Source, doomed: &mut BTreeMap<usize, LeftOut>) {
        for (item, number) in children(source, "/paths") {
            let inner = self.parts.range(number + 1..number + source.count(number));
            let own = inner.filter(|(_, part)| part.outer == Some(number));
            let methods: Vec<usize> = own.map(|(part, _)| *part).collect();
            if !methods.is_empty() && methods.iter().all(|method| doomed.contains_key(method)) {
                doomed.entry(number).or_insert_with(|| LeftOut {
                    pointer: item.clone(),
                    refusal: None,
                    refers_to: None,
                });
            }
        }
    }
}

/// The pointers of the members of an object, and their numbers.
fn children(source: &Source, parent: &str) -> Vec<(String, usize)> {
    let members = source.at(parent).and_then(Value::as_object);
    let mut next = source.number(parent) + 1;
    let mut children = Vec::new();
    for name in members.into_iter().flat_map(serde_json::Map::keys) {
        children.push((child(parent, name), next));
        next += source.count(next);
    }
    children
}
