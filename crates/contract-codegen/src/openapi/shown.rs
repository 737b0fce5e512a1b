//! What is shown only, although a reader of the contract may expect more.

use std::collections::HashSet;

use super::{MediaType, OpenApi};
use crate::{JsonKind, Kinds, Source, Warning};

pub(super) fn check(source: &Source, api: &OpenApi) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut told = HashSet::new();
    // What stands in a component is met once for each operation that refers to it.
    let mut warn = |pointer: &str, reason: String| {
        if told.insert(pointer.to_owned()) {
            warnings.push(source.warn(pointer, reason));
        }
    };
    for operation in &api.operations {
        let bodies = operation.body.iter().flat_map(|body| &body.media_types);
        for media_type in bodies.filter(|media_type| is_more_than_bytes(source, media_type)) {
            let reason = format!(
                "bodies of `{}` are not looked into: their schema is shown, not enforced",
                media_type.name
            );
            warn(&media_type.pointer, reason);
        }
    }
    warnings
}

/// Whether a media type that is not looked into has a schema that says more than that it is a text.
fn is_more_than_bytes(source: &Source, media_type: &MediaType) -> bool {
    let schema = media_type
        .schema
        .as_deref()
        .and_then(|pointer| source.schema(pointer));
    let says_more = |kinds: Kinds| kinds != Kinds::ALL && !kinds.are(Kinds::one(JsonKind::String));
    !media_type.form(source).is_checked() && schema.is_some_and(|schema| says_more(schema.kinds()))
}
