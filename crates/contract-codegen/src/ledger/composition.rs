//! How deep schemas are composed: whoever merges what `allOf` holds together looks at all of it, for each schema anew.

use std::collections::HashMap;

use serde_json::Value;

use super::numbers::Numbers;
use crate::Source;

/// The depths of schemas by their numbers.
#[derive(Debug, Default)]
pub(super) struct Composition {
    depths: HashMap<usize, usize>,
}

impl Composition {
    /// How many schemas lie below each other, by `$ref` and `allOf`, in the schema of this number. A circle ends where it closes. No
    /// schema is looked at twice.
    pub(super) fn depth<'a>(
        &mut self,
        source: &'a Source,
        numbers: &mut Numbers<'a>,
        number: usize,
        schema: &'a Value,
    ) -> usize {
        // Not by recursion: this is what finds out that a contract goes too deep for it.
        let mut open = vec![(number, schema, false)];
        while let Some((number, schema, is_done)) = open.pop() {
            if !is_done {
                if self.depths.contains_key(&number) {
                    continue;
                }
                self.depths.insert(number, 0);
                open.push((number, schema, true));
            }
            let parts = parts(source, numbers, number, schema);
            if is_done {
                let depths = parts
                    .iter()
                    .map(|(part, _)| self.depths.get(part).copied().unwrap_or(0));
                let depth = depths.max().map_or(0, |depth| depth + 1);
                self.depths.insert(number, depth);
            } else {
                open.extend(parts.into_iter().map(|(part, value)| (part, value, false)));
            }
        }
        self.depths.get(&number).copied().unwrap_or(0)
    }
}

/// What a schema refers to, and the members of its `allOf`.
fn parts<'a>(
    source: &'a Source,
    numbers: &mut Numbers<'a>,
    number: usize,
    schema: &'a Value,
) -> Vec<(usize, &'a Value)> {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let target = reference.and_then(|reference| numbers.follow(reference));
    let mut members = source.members_of(number, schema);
    let all = members.find(|(_, name, _)| *name == "allOf");
    let all = all
        .into_iter()
        .flat_map(|(number, _, list)| source.items_of(number, list));
    target.into_iter().chain(all).collect()
}
