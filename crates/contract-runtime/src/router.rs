//! Which operation a request is for.
//!
//! Poem's own router rewrites templates and knows neither parameters within a part of a path (`/files/{name}.{ext}`) nor
//! operations that share a path and differ in what else a request has. So the paths of a contract are matched here: part by
//! part along a tree, text before parameters, and of several operations the one whose conditions hold.

mod pattern;

use std::collections::HashMap;

use poem::http::{HeaderMap, Method};

use self::pattern::Pattern;
use crate::parameter::{Sent, single_header, single_query, value_of};
use crate::style::Coding;
use crate::{Location, Operation};

/// What a request must have so that it is for one operation of several with the same method and path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// In the query, in a header, or in the path.
    pub location: Location,
    /// Its name.
    pub name: &'static str,
    /// Its value; any where there is none, but in the path one that the parameter may have.
    pub value: Option<&'static str>,
}

impl Condition {
    fn holds(&self, query: &str, headers: &HeaderMap) -> bool {
        let found = match self.location {
            Location::Header => single_header(self.name, headers),
            Location::Query | Location::Path | Location::Cookie => single_query(self.name, query),
        };
        match (found, self.value) {
            (Ok(Some(found)), Some(wanted)) => found == wanted,
            (Ok(Some(_)) | Err(_), None) => true,
            (Ok(None), _) | (Err(_), Some(_)) => false,
        }
    }
}

/// The operation that a request is for, and what its path's parameters are, as they were sent.
#[derive(Debug)]
pub(crate) struct Match {
    pub(crate) index: usize,
    pub(crate) values: Vec<(String, String)>,
}

/// Why a request is for no operation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoMatch {
    /// Nothing is served at its path.
    NoPath,
    /// Its path has other methods.
    NoMethod(Vec<&'static Method>),
}

/// Where templates go on that have begun alike.
#[derive(Debug, Default)]
struct Node {
    texts: HashMap<String, Node>,
    /// The ones with most text first.
    patterns: Vec<(Pattern, Node)>,
    /// The operations whose path ends here, those with most conditions first.
    ends: Vec<End>,
}

/// An operation at the end of its path.
#[derive(Debug)]
struct End {
    operation: &'static Operation,
    index: usize,
    /// The parameters of its path, in their order.
    names: Vec<&'static str>,
    /// What stands in the template's query: a part of the path, as the contract sees it.
    of_template: Vec<Condition>,
    /// The other conditions of the contract.
    conditions: Vec<Condition>,
    /// The parameters that stand in the template's query: their key, and their name.
    in_query: Vec<(&'static str, &'static str)>,
}

impl End {
    /// How many constants it asks for, if all of them are there.
    fn constants_held(&self, query: &str, headers: &HeaderMap) -> usize {
        let constants = || {
            self.conditions
                .iter()
                .filter(|condition| condition.value.is_some())
        };
        if constants().all(|condition| condition.holds(query, headers)) {
            constants().count()
        } else {
            0
        }
    }
}

/// The paths of a contract.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    root: Node,
}

impl Paths {
    pub(crate) fn new(operations: &[&'static Operation]) -> Self {
        let mut paths = Self::default();
        for (index, operation) in operations.iter().enumerate() {
            paths.insert(operation, index);
        }
        paths
    }

    fn insert(&mut self, operation: &'static Operation, index: usize) {
        let template = operation.path.split('#').next().unwrap_or_default();
        let (path, query) = template.split_once('?').unwrap_or((template, ""));
        let mut node = &mut self.root;
        let mut names = Vec::new();
        for part in parts(path) {
            let pattern = Pattern::parse(part);
            names.extend(pattern.names());
            node = node.child(pattern);
        }
        let mut of_template = Vec::new();
        let mut in_query = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .map_or((pair, None), |(name, value)| (name, Some(value)));
            let parameter = value.and_then(|value| value.strip_prefix('{')?.strip_suffix('}'));
            in_query.extend(parameter.map(|parameter| (name, parameter)));
            // A parameter of the query that is missing is told as such.
            if parameter.is_none() {
                of_template.push(Condition {
                    location: Location::Query,
                    name,
                    value,
                });
            }
        }
        let weight = |end: &End| {
            let count = |counts: fn(&&Condition) -> bool| end.conditions.iter().filter(counts).count();
            std::cmp::Reverse((
                count(|one| one.value.is_some()),
                count(|one| one.location != Location::Path),
                end.conditions.len(),
            ))
        };
        node.ends.push(End {
            operation,
            index,
            names,
            of_template,
            conditions: operation.conditions.to_vec(),
            in_query,
        });
        node.ends.sort_by_key(weight);
    }

    /// The operation for a request. `path` is as it was sent, without the query.
    pub(crate) fn find(
        &self,
        method: &Method,
        path: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Match, NoMatch> {
        let parts: Vec<&str> = parts(path).collect();
        let mut search = Search {
            request: (method, query, headers),
            values: Vec::new(),
            allowed: Vec::new(),
            fallback: None,
            tried: 0,
        };
        if let Some(found) = search.node(&self.root, &parts) {
            return Ok(found);
        }
        match (search.fallback, search.allowed) {
            (Some(found), _) => Ok(found),
            (None, allowed) if allowed.is_empty() => Err(NoMatch::NoPath),
            (None, mut allowed) => {
                allowed.sort_by_key(|method| method.as_str());
                allowed.dedup();
                Err(NoMatch::NoMethod(allowed))
            }
        }
    }
}

/// What follows each slash.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

impl Node {
    fn child(&mut self, pattern: Pattern) -> &mut Self {
        if let Some(text) = pattern.text() {
            return self.texts.entry(text.to_owned()).or_default();
        }
        let known = self
            .patterns
            .iter()
            .position(|(known, _)| known.is_like(&pattern));
        let index = known.unwrap_or_else(|| {
            let length = pattern.text_length();
            let place = self
                .patterns
                .partition_point(|(other, _)| other.text_length() >= length);
            self.patterns.insert(place, (pattern, Self::default()));
            place
        });
        // The index is that of an element, found or inserted above.
        #[expect(
            clippy::indexing_slicing,
            reason = "the index is that of an element, found or inserted above"
        )]
        &mut self.patterns[index].1
    }
}

struct Search<'r> {
    request: (&'r Method, &'r str, &'r HeaderMap),
    values: Vec<&'r str>,
    allowed: Vec<&'static Method>,
    /// Of the operations with the method and path of the request whose conditions do not all hold, the one that is most likely meant: all
    /// of whose constants are there, or else that asks least.
    fallback: Option<Match>,
    /// How many ways of taking the path apart were tried.
    tried: usize,
}

/// So many ways of taking a path apart are tried.
const TRY_COUNT_MAX: usize = 600;

impl<'r> Search<'r> {
    /// Whether too much was tried: two parts of a path may each be taken apart in many ways.
    fn spent(&mut self) -> bool {
        self.tried += 1;
        self.tried > TRY_COUNT_MAX
    }

    /// The first operation for the rest of a path. Each node of the tree is looked at once at most, but where parameters have nothing
    /// between them.
    fn node(&mut self, node: &Node, parts: &[&'r str]) -> Option<Match> {
        let Some((part, rest)) = parts.split_first() else {
            return self.end(&node.ends);
        };
        let decoded = Coding::Percent.decode(part).ok();
        let text = decoded.and_then(|decoded| node.texts.get(&decoded));
        if let Some(found) = text.and_then(|next| self.node(next, rest)) {
            return Some(found);
        }
        for (pattern, next) in &node.patterns {
            for values in pattern.candidates(part) {
                let count = self.values.len();
                self.values.extend(values);
                let found = self.node(next, rest);
                self.values.truncate(count);
                if found.is_some() || self.spent() {
                    return found;
                }
            }
        }
        None
    }

    fn end(&mut self, ends: &[End]) -> Option<Match> {
        let (method, query, headers) = self.request;
        for end in ends {
            self.allowed.push(end.operation.method);
        }
        let candidates = ends.iter().filter(|end| end.operation.method == method);
        let (meant, others): (Vec<&End>, Vec<&End>) =
            candidates.partition(|end| end.of_template.iter().all(|one| one.holds(query, headers)));
        let most = meant.iter().map(|end| end.of_template.len()).max();
        let is_meant = |end: &&End| Some(end.of_template.len()) == most;
        let meant: Vec<&End> = meant.into_iter().filter(is_meant).collect();
        for end in &meant {
            let (of_path, others): (Vec<&Condition>, Vec<&Condition>) = end
                .conditions
                .iter()
                .partition(|condition| condition.location == Location::Path);
            if others.iter().all(|condition| condition.holds(query, headers))
                && of_path.iter().all(|condition| self.is_value(end, condition.name))
            {
                return Some(self.found(end));
            }
        }
        if self.fallback.is_none() {
            let nearest = if meant.is_empty() { others } else { meant };
            let nearest = nearest
                .into_iter()
                .max_by_key(|end| end.constants_held(query, headers));
            self.fallback = nearest.map(|end| self.found(end));
        }
        None
    }

    /// Whether what the path has for a parameter is a value of it.
    fn is_value(&self, end: &End, name: &str) -> bool {
        let (_, query, headers) = self.request;
        let mut named = end.names.iter().zip(&self.values);
        let text = named.find(|(found, _)| **found == name);
        let path: Vec<(String, String)> = text
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .into_iter()
            .collect();
        let sent = Sent {
            path: &path,
            query,
            headers,
        };
        let mut parameters = end.operation.parameters.iter();
        parameters
            .find(|parameter| parameter.location == Location::Path && parameter.name == name)
            .is_none_or(|parameter| value_of(parameter, &[], &sent).is_ok())
    }

    fn found(&self, end: &End) -> Match {
        let (_, query, _) = self.request;
        let named = end.names.iter().zip(&self.values);
        let mut values: Vec<(String, String)> = named
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        for (key, name) in &end.in_query {
            let mut pairs = crate::parameter::query_pairs(query);
            let value = pairs.find(|(found, _)| Coding::Form.decode(found).as_deref() == Ok(*key));
            values.extend(value.map(|(_, value)| ((*name).to_owned(), value.replace('+', "%20"))));
        }
        Match {
            index: end.index,
            values,
        }
    }
}

#[cfg(test)]
mod tests;
