//! Which operation a request is for.
//!
//! Poem's own router rewrites templates and knows neither parameters within a part of a path (`/files/{name}.{ext}`) nor
//! operations that share a path and differ in what else a request has. So the paths of a contract are matched here: part by
//! part along a tree, text before parameters, and of several operations the one whose conditions hold.

use std::collections::HashMap;

use poem::http::{HeaderMap, Method};

use crate::parameter::{single_header, single_query};
use crate::style::Coding;
use crate::{Location, Operation};

/// What a request must have so that it is for one operation of several with the same method and path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// In the query or in a header.
    pub location: Location,
    /// Its name.
    pub name: &'static str,
    /// Its value; any where there is none.
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

/// A piece of a part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Parameter(&'static str),
}

/// A part of a path between slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(Vec<Piece>);

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
    /// The conditions of the contract and those that the template's query says.
    conditions: Vec<Condition>,
    /// The parameters that stand in the template's query: their key, and their name.
    in_query: Vec<(&'static str, &'static str)>,
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
        let mut conditions = operation.conditions.to_vec();
        let mut in_query = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .map_or((pair, None), |(name, value)| (name, Some(value)));
            let parameter = value.and_then(|value| value.strip_prefix('{')?.strip_suffix('}'));
            in_query.extend(parameter.map(|parameter| (name, parameter)));
            // A parameter of the query that is missing is told as such.
            if parameter.is_none() {
                conditions.push(Condition {
                    location: Location::Query,
                    name,
                    value,
                });
            }
        }
        let weight = |end: &End| {
            let with_value = end.conditions.iter().filter(|one| one.value.is_some()).count();
            std::cmp::Reverse((with_value, end.conditions.len()))
        };
        node.ends.push(End {
            operation,
            index,
            names,
            conditions,
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

impl Pattern {
    fn parse(part: &'static str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = part;
        while !rest.is_empty() {
            let (text, after) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            if !text.is_empty() {
                // A template may be written with its own characters or percent-encoded; both mean the same path.
                pieces.push(Piece::Text(
                    Coding::Percent.decode(text).unwrap_or_else(|_| text.to_owned()),
                ));
            }
            let Some((name, after)) = after.strip_prefix('{').and_then(|after| after.split_once('}')) else {
                break;
            };
            pieces.push(Piece::Parameter(name));
            rest = after;
        }
        Self(pieces)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Parameter(name) => Some(*name),
            Piece::Text(_) => None,
        })
    }

    /// The text, where it has no parameters.
    fn text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn text_length(&self) -> usize {
        let texts = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Parameter(_) => 0,
        });
        texts.sum()
    }

    /// Whether two patterns are the same but for the names of their parameters.
    fn is_like(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|pair| match pair {
                (Piece::Text(one), Piece::Text(other)) => one == other,
                (Piece::Parameter(_), Piece::Parameter(_)) => true,
                _ => false,
            })
    }

    /// The values of the parameters in `part`, each at least one character; a parameter ends where the text behind it first stands.
    fn values<'p>(&self, part: &'p str) -> Option<Vec<&'p str>> {
        let mut values = Vec::new();
        let mut rest = part;
        let mut pieces = self.0.iter();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Text(text) => rest = prefix_of(rest, text)?,
                Piece::Parameter(_) => {
                    let Some(Piece::Text(text)) = pieces.next() else {
                        values.push(rest);
                        return (!rest.is_empty()).then_some(values);
                    };
                    let (value, after) = split_before(rest, text, pieces.len() == 0)?;
                    values.push(value);
                    rest = after;
                }
            }
        }
        rest.is_empty().then_some(values)
    }
}

/// What stands in `rest` before `text`, and what after it, which is nothing where it must end there. An encoded delimiter is one only
/// where no bare one stands.
fn split_before<'p>(rest: &'p str, text: &str, must_end: bool) -> Option<(&'p str, &'p str)> {
    let fits = |after: &str| !must_end || after.is_empty();
    let splits = || rest.char_indices().skip(1).map(|(index, _)| rest.split_at(index));
    let bare = splits()
        .find_map(|(value, after)| Some((value, after.strip_prefix(text).filter(|after| fits(after))?)));
    bare.or_else(|| {
        splits().find_map(|(value, after)| Some((value, prefix_of(after, text).filter(|after| fits(after))?)))
    })
}

/// What follows `text` in `rest`, each of whose characters may be percent-encoded.
fn prefix_of<'p>(rest: &'p str, text: &str) -> Option<&'p str> {
    let mut rest = rest;
    for byte in text.bytes() {
        rest = match rest.as_bytes() {
            [b'%', high, low, ..] if *high != b'%' => {
                let digits = [*high, *low];
                let found = u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?;
                (found == byte).then(|| rest.get(3..))??
            }
            [found, ..] if *found == byte => rest.get(1..)?,
            _ => return None,
        };
    }
    Some(rest)
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
    /// The operation with the method and path of the request that asks least, none of whose conditions hold.
    fallback: Option<Match>,
}

impl<'r> Search<'r> {
    /// The first operation for the rest of a path; each node of the tree is looked at once at most.
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
            let Some(values) = pattern.values(part) else {
                continue;
            };
            let count = self.values.len();
            self.values.extend(values);
            if let Some(found) = self.node(next, rest) {
                return Some(found);
            }
            self.values.truncate(count);
        }
        None
    }

    fn end(&mut self, ends: &[End]) -> Option<Match> {
        let (method, query, headers) = self.request;
        for end in ends {
            self.allowed.push(end.operation.method);
        }
        let candidates = ends.iter().filter(|end| end.operation.method == method);
        let mut last = None;
        for end in candidates {
            if end
                .conditions
                .iter()
                .all(|condition| condition.holds(query, headers))
            {
                return Some(self.found(end));
            }
            last = Some(end);
        }
        if self.fallback.is_none() {
            self.fallback = last.map(|end| self.found(end));
        }
        None
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
mod tests {
    use super::*;

    const fn get(path: &'static str, conditions: &'static [Condition]) -> Operation {
        Operation {
            path,
            conditions,
            ..Operation::NEW
        }
    }

    const fn query(name: &'static str, value: Option<&'static str>) -> Condition {
        Condition {
            location: Location::Query,
            name,
            value,
        }
    }

    static MINE: Operation = get("/pets/mine", &[]);
    static PET: Operation = get("/pets/{id}", &[]);
    static PET_TOYS: Operation = get("/pets/{petId}/toys", &[]);
    static DELETE_PET: Operation = Operation {
        method: &Method::DELETE,
        ..get("/pets/{name}", &[])
    };
    static PETS: Operation = get("/pets/", &[]);
    static FILE: Operation = get("/files/{name}.{extension}", &[]);
    static SEARCH: Operation = get("/files/{name}:search", &[]);
    static ROOT: Operation = get("/", &[]);
    static LIST: Operation = get("/{bucket}", &[]);
    static ACL: Operation = get("/{bucket}?acl", &[]);
    static FLICKR: Operation = get("/rest?method=a.b&user={user}", &[]);
    static UPLOAD: Operation = get("/{bucket}#upload", &[query("upload", None)]);
    static ALL: &[&Operation] = &[
        &MINE,
        &PET,
        &PET_TOYS,
        &DELETE_PET,
        &PETS,
        &FILE,
        &SEARCH,
        &ROOT,
        &LIST,
        &ACL,
        &FLICKR,
        &UPLOAD,
    ];

    fn find(method: &Method, uri: &str) -> Result<(&'static str, Vec<String>), NoMatch> {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let found = Paths::new(ALL).find(method, path, query, &HeaderMap::new())?;
        let values = found.values.iter().map(|(name, value)| format!("{name}={value}"));
        Ok((ALL[found.index].path, values.collect()))
    }

    fn check(uri: &str, template: &'static str, values: &[&str]) {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        assert_eq!(find(&Method::GET, uri), Ok((template, values)), "{uri}");
    }

    #[test]
    fn text_comes_before_parameters() {
        check("/pets/mine", "/pets/mine", &[]);
        check("/pets/yours", "/pets/{id}", &["id=yours"]);
        check("/pets/mine/toys", "/pets/{petId}/toys", &["petId=mine"]);
        check("/", "/", &[]);
    }

    #[test]
    fn a_slash_at_the_end_counts() {
        check("/pets/", "/pets/", &[]);
        check("/pets", "/{bucket}", &["bucket=pets"]);
        assert_eq!(find(&Method::GET, "/pets/mine/"), Err(NoMatch::NoPath));
        assert_eq!(find(&Method::GET, "//"), Err(NoMatch::NoPath));
    }

    #[test]
    fn parameters_stand_within_parts() {
        check(
            "/files/a.b.c",
            "/files/{name}.{extension}",
            &["name=a", "extension=b.c"],
        );
        check(
            "/files/a%2Eb.c",
            "/files/{name}.{extension}",
            &["name=a%2Eb", "extension=c"],
        );
        check("/files/a.b:search", "/files/{name}:search", &["name=a.b"]);
        check("/files/a%3Asearch", "/files/{name}:search", &["name=a"]);
        assert_eq!(find(&Method::GET, "/files/.c"), Err(NoMatch::NoPath));
    }

    #[test]
    fn an_encoded_slash_is_no_slash_and_encoded_text_is_text() {
        check("/pets/a%2Fb", "/pets/{id}", &["id=a%2Fb"]);
        check("/p%65ts/mine", "/pets/mine", &[]);
    }

    #[test]
    fn conditions_tell_operations_of_one_path_apart() {
        check("/b", "/{bucket}", &["bucket=b"]);
        check("/b?acl", "/{bucket}?acl", &["bucket=b"]);
        check("/b?acl=&x=1", "/{bucket}?acl", &["bucket=b"]);
        check("/b?upload=7", "/{bucket}#upload", &["bucket=b"]);
        check(
            "/rest?user=u+v&method=a.b",
            "/rest?method=a.b&user={user}",
            &["user=u%20v"],
        );
    }

    #[test]
    fn an_operation_whose_conditions_do_not_hold_is_met_where_there_is_no_other() {
        check("/rest?method=other", "/{bucket}", &["bucket=rest"]);
    }

    #[test]
    fn other_methods_are_told() {
        let no_method = Err(NoMatch::NoMethod(vec![&Method::DELETE, &Method::GET]));
        assert_eq!(find(&Method::PUT, "/pets/1"), no_method);
        assert_eq!(
            find(&Method::DELETE, "/pets/mine"),
            Ok(("/pets/{name}", vec!["name=mine".to_owned()]))
        );
        assert_eq!(find(&Method::GET, "/no/such"), Err(NoMatch::NoPath));
    }

    #[test]
    fn a_long_part_is_looked_through_in_time() {
        static MANY: Operation = get("/{a}-{b}-{c}-{d}-{e}.", &[]);
        let path = format!("/{}", "-".repeat(20_000));
        let found = Paths::new(&[&MANY]).find(&Method::GET, &path, "", &HeaderMap::new());
        assert!(matches!(found, Err(NoMatch::NoPath)));
    }
}
