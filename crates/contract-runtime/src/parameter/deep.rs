//! Objects in a query, with the way to each member in brackets.

use super::{query_pairs, read_repeated};
use crate::choice::Choice;
use crate::guide::Guide;
use crate::style::{Coding, Unreadable};

/// `color[R]=100&color[G]=200`, and deeper.
pub(super) fn deep_object(name: &str, query: &str, guide: &Guide) -> Result<Option<Choice>, Unreadable> {
    let mut tree = DeepTree::default();
    for (key, value) in query_pairs(query) {
        let key = Coding::Form.decode(key)?;
        let Some(rest) = key.strip_prefix(name).filter(|rest| rest.starts_with('[')) else {
            continue;
        };
        let path = bracketed(rest).ok_or("has brackets that do not match")?;
        tree.insert(&path, Coding::Form.decode(value)?)?;
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
    members: Vec<(String, DeepTree)>,
}

impl DeepTree {
    fn insert(&mut self, path: &[&str], text: String) -> Result<(), Unreadable> {
        let Some((first, rest)) = path.split_first() else {
            self.texts.push(text);
            return Ok(());
        };
        // `a[]=1&a[]=2` are the items of a list.
        if first.is_empty() && rest.is_empty() {
            self.texts.push(text);
            return Ok(());
        }
        if !self.members.iter().any(|(name, _)| name == first) {
            self.members.push(((*first).to_owned(), Self::default()));
        }
        let member = self.members.iter_mut().find(|(name, _)| name == first);
        member.map_or(Ok(()), |(_, tree)| tree.insert(rest, text))
    }

    fn read(&self, guide: &Guide) -> Result<Choice, Unreadable> {
        match (self.texts.as_slice(), self.members.as_slice()) {
            (texts, []) => read_repeated(texts, guide),
            ([], members) if guide.is_array() && !guide.is_object() => {
                let item = |(index, (_, tree)): (usize, &(String, Self))| tree.read(&guide.item(index));
                let items: Result<Vec<Choice>, Unreadable> = members.iter().enumerate().map(item).collect();
                items.map(Choice::Items)
            }
            ([], members) => {
                let member =
                    |(name, tree): &(String, Self)| Ok((name.clone(), tree.read(&guide.member(name))?));
                let members: Result<Vec<(String, Choice)>, Unreadable> = members.iter().map(member).collect();
                members.map(Choice::Members)
            }
            _ => Err("has both a value and members"),
        }
    }
}
