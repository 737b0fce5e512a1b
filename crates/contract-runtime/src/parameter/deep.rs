//! Objects in a query, with the way to each member in brackets.

use indexmap::IndexMap;

use super::{query_pairs, read_repeated};
use crate::choice::Choice;
use crate::guide::Guide;
use crate::style::{Coding, Unreadable};

/// Why a text and members under one name are refused.
pub(super) const BOTH: Unreadable = "has both a value and members";

/// `color[R]=100&color[G]=200`, and deeper.
pub(super) fn deep_object(name: &str, query: &str, guide: &Guide) -> Result<Option<Choice>, Unreadable> {
    let pairs = query_pairs(query);
    let fields = pairs.map(|(key, value)| Ok((Coding::Form.decode(key)?, value)));
    of_fields(name, fields, guide)
}

/// The same of fields whose keys are decoded.
pub(super) fn of_fields<'t, K: AsRef<str>>(
    name: &str,
    fields: impl Iterator<Item = Result<(K, &'t str), Unreadable>>,
    guide: &Guide,
) -> Result<Option<Choice>, Unreadable> {
    let mut tree = DeepTree::default();
    for field in fields {
        let (key, value) = field?;
        let rest = key.as_ref().strip_prefix(name);
        let Some(rest) = rest.filter(|rest| rest.starts_with('[')) else {
            continue;
        };
        let path = bracketed(rest).ok_or("has brackets that do not match")?;
        tree.insert(&path, Coding::Form.decode(value)?);
    }
    if tree.members.is_empty() {
        return Ok(None);
    }
    tree.read(guide).map(Some)
}

/// `[a][b]` → `a`, `b`
fn bracketed(text: &str) -> Option<Vec<&str>> {
    let mut path = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.strip_prefix('[')?.split_once(']')?;
        path.push(part);
        rest = after;
    }
    (path.len() <= DEPTH_MAX).then_some(path)
}

/// How deep an object in a query may be.
const DEPTH_MAX: usize = 16;

/// The members of a deep object before it is known what they are.
#[derive(Debug, Default)]
struct DeepTree {
    texts: Vec<String>,
    members: IndexMap<String, DeepTree>,
}

impl DeepTree {
    fn insert(&mut self, path: &[&str], text: String) {
        match path {
            // `a[]=1&a[]=2` are the items of a list.
            [] | [""] => self.texts.push(text),
            [first, rest @ ..] => {
                let member = self.members.entry((*first).to_owned());
                member.or_default().insert(rest, text);
            }
        }
    }

    fn read(&self, guide: &Guide) -> Result<Choice, Unreadable> {
        if self.members.is_empty() {
            return read_repeated(&self.texts, guide);
        }
        if !self.texts.is_empty() {
            return Err(BOTH);
        }
        if guide.is_array() && !guide.is_object() {
            let items = self.members.values().enumerate();
            let items = items.map(|(index, tree)| tree.read(&guide.item(index)));
            return items
                .collect::<Result<Vec<Choice>, Unreadable>>()
                .map(Choice::Items);
        }
        let member = |(name, tree): (&String, &Self)| Ok((name.clone(), tree.read(&guide.member(name))?));
        let members: Result<Vec<(String, Choice)>, Unreadable> = self.members.iter().map(member).collect();
        members.map(Choice::Members)
    }
}
