//! What OpenAPI 3.0 requires in one direction only: a `readOnly` property that is required is asked for in responses, a
//! `writeOnly` one in requests (OpenAPI 3.0.3 §4.7.24.2). In OpenAPI 3.1 both words are annotations, and `required` holds in
//! both directions (JSON Schema validation §9.4).

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use super::tree::{Argument, KeywordTree};
use crate::schema::SchemaAt;

/// How deep `allOf` is looked into for a property.
const DEPTH_MAX: usize = 16;

/// Those of `required` that are not asked for, by direction.
pub(super) fn waived(schema: SchemaAt<'_>) -> Vec<KeywordTree> {
    let required: IndexSet<&str> = schema.required().into_iter().collect();
    if required.is_empty() {
        return Vec::new();
    }
    let mut properties = HashMap::new();
    collect(schema, &required, &mut HashSet::new(), &mut properties, 0);
    let mut keywords = Vec::new();
    for (flag, direction) in [("readOnly", "Request"), ("writeOnly", "Response")] {
        let is_waived = |name: &str| {
            let property = properties.get(name);
            property.is_some_and(|at| is_flagged(*at, flag, &mut HashSet::new(), 0))
        };
        let names = required.iter().filter(|name| is_waived(name));
        let names: Vec<String> = names.map(|name| (*name).to_owned()).collect();
        if !names.is_empty() {
            keywords.push(KeywordTree {
                variant: "NotRequiredIn",
                argument: Argument::Waived(direction, names),
            });
        }
    }
    keywords
}

/// The schema of each of these properties that is met first; no schema is looked into twice.
fn collect<'a>(
    schema: SchemaAt<'a>,
    wanted: &IndexSet<&str>,
    seen: &mut HashSet<usize>,
    found: &mut HashMap<&'a str, SchemaAt<'a>>,
    depth: usize,
) {
    let schema = schema.resolved();
    if !seen.insert(schema.number()) {
        return;
    }
    let own = schema.properties().into_iter();
    for (name, at) in own.filter(|(name, _)| wanted.contains(name)) {
        found.entry(name).or_insert(at);
    }
    let members = schema.all_of().into_iter().filter(|_| depth < DEPTH_MAX);
    members.for_each(|member| collect(member, wanted, seen, found, depth + 1));
}

fn is_flagged(schema: SchemaAt<'_>, flag: &str, seen: &mut HashSet<usize>, depth: usize) -> bool {
    let schema = schema.resolved();
    let mut members = schema.all_of().into_iter().filter(|_| depth < DEPTH_MAX);
    seen.insert(schema.number())
        && (schema.flag(flag) || members.any(|member| is_flagged(member, flag, seen, depth + 1)))
}
