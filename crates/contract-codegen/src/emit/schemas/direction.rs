//! What OpenAPI 3.0 requires in one direction only: a `readOnly` property that is required is asked for in responses, a
//! `writeOnly` one in requests (OpenAPI 3.0.3 §4.7.24.2). In OpenAPI 3.1 both words are annotations, and `required` holds in
//! both directions (JSON Schema validation §9.4).

use super::tree::{Argument, KeywordTree};
use crate::schema::SchemaAt;

/// How deep `allOf` is looked into for a property.
const DEPTH_MAX: usize = 16;

/// Those of `required` that are not asked for, by direction.
pub(super) fn waived(schema: SchemaAt<'_>) -> Vec<KeywordTree> {
    let required = schema.required();
    let mut keywords = Vec::new();
    for (flag, direction) in [("readOnly", "Request"), ("writeOnly", "Response")] {
        let names = required
            .iter()
            .filter(|name| property(schema, name, 0).is_some_and(|at| is_flagged(at, flag, 0)));
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

fn property<'a>(schema: SchemaAt<'a>, name: &str, depth: usize) -> Option<SchemaAt<'a>> {
    let schema = schema.resolved();
    let own = schema.properties().into_iter().find(|(own, _)| *own == name);
    own.map(|(_, at)| at).or_else(|| {
        let mut members = schema.all_of().into_iter().filter(|_| depth < DEPTH_MAX);
        members.find_map(|member| property(member, name, depth + 1))
    })
}

fn is_flagged(schema: SchemaAt<'_>, flag: &str, depth: usize) -> bool {
    let schema = schema.resolved();
    let mut members = schema.all_of().into_iter().filter(|_| depth < DEPTH_MAX);
    schema.flag(flag) || members.any(|member| is_flagged(member, flag, depth + 1))
}
