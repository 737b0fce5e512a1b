//! Paths of any contract: their templates can be matched, their parameters are declared, and no two operations answer the same requests.

use std::collections::HashSet;

use super::template::{self, Piece};
use super::{Location, OpenApi, Operation, twins};
use crate::source::child;
use crate::{Refusal, Source, Warning};

/// What cannot be served, and what is served otherwise than it stands there.
pub(super) fn check(source: &Source, api: &OpenApi) -> (Vec<Refusal>, Vec<Warning>) {
    let (mut refusals, mut warnings) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for operation in &api.operations {
        let pointer = child("/paths", &operation.path);
        let pieces = match template::pieces(&operation.path) {
            Ok(pieces) if operation.path.starts_with('/') => pieces,
            Ok(_) => {
                if seen.insert(&operation.path) {
                    refusals.push(source.refuse(&pointer, "a path must begin with a slash"));
                }
                continue;
            }
            Err(reason) => {
                if seen.insert(&operation.path) {
                    refusals.push(source.refuse(&pointer, reason));
                }
                continue;
            }
        };
        check_parameters(source, operation, &pieces, &mut refusals, &mut warnings);
        for (one, other) in twins::untold_neighbours(source, operation) {
            if seen.insert(&operation.path) {
                let reason = format!(
                    "nothing stands between `{{{one}}}` and `{{{other}}}`, and the values of neither tell where one ends"
                );
                refusals.push(source.refuse(&pointer, reason));
            }
        }
    }
    (refusals, warnings)
}

fn check_parameters(
    source: &Source,
    operation: &Operation,
    pieces: &[Piece<'_>],
    refusals: &mut Vec<Refusal>,
    warnings: &mut Vec<Warning>,
) {
    let is_path = |location| location == Location::Path;
    let declared = || {
        operation
            .parameters
            .iter()
            .filter(move |one| is_path(one.location))
    };
    let path = template::path_of(&operation.path);
    for piece in pieces {
        let Piece::Parameter(name) = piece else { continue };
        if declared().any(|parameter| parameter.name == *name) {
            continue;
        }
        if path.contains(&format!("{{{name}}}")) {
            let reason = format!("the path has a parameter `{name}` that is not declared");
            refusals.push(source.refuse(&operation.pointer, reason));
        } else {
            let reason =
                format!("`{{{name}}}` behind the path is no declared parameter, so it is not looked at");
            warnings.push(source.warn(&child("/paths", &operation.path), reason));
        }
    }
    for parameter in declared() {
        if !pieces.contains(&Piece::Parameter(&parameter.name)) {
            let reason = format!(
                "the path `{}` has no parameter `{}`",
                operation.path, parameter.name
            );
            refusals.push(source.refuse(&parameter.pointer, reason));
        } else if !parameter.required {
            let reason =
                "a path parameter is always required; write `required: true` (OpenAPI 3.0.3 §4.7.12.1)";
            warnings.push(source.warn(&parameter.pointer, reason));
        }
    }
}
