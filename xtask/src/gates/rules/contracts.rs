//! Contract-first artifacts.

use std::collections::BTreeSet;

use contract_codegen::Message;

use crate::gates::facts::Facts;
use crate::gates::gate::{Cause, Check};

pub(in crate::gates) fn cause(facts: &Facts) -> Cause {
    Cause::Given(format!(
        "{} operations in contracts/openapi.yaml, {} messages in contracts/asyncapi.yaml",
        facts.openapi.operations.len(),
        facts.asyncapi.messages.len()
    ))
}

pub(in crate::gates) fn check(facts: &Facts) -> Vec<Check> {
    vec![
        // Whoever comes here has passed both: `Facts::read` and `gates::run` stop at what the generator refuses or at code that is stale.
        Check::rule("the generator takes over both contracts, refusing nothing", &[]),
        Check::rule("src/contract/ is what the generator makes of them", &[]),
        Check::rule(
            "every message has a published schema under contracts/released/",
            &unpublished(facts),
        ),
        Check::rule(
            "no released schema belongs to a message that is gone",
            &forgotten(facts),
        ),
    ]
}

fn released_path(message: &Message) -> String {
    message.data_schema_path().trim_start_matches('/').to_owned()
}

fn unpublished(facts: &Facts) -> Vec<String> {
    let messages = facts.asyncapi.messages.values();
    messages
        .filter_map(|message| {
            let path = released_path(message);
            match facts.released.get(&path) {
                Some(Some(_)) => None,
                Some(None) => Some(format!("contracts/released/{path} is no JSON")),
                None => Some(format!("{} has no contracts/released/{path}", message.key)),
            }
        })
        .collect()
}

/// What was released stays readable under its URL for ever, so its type must not leave the contract.
fn forgotten(facts: &Facts) -> Vec<String> {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let messages = facts.asyncapi.messages.values();
    let known: BTreeSet<String> = messages
        .filter_map(|message| folder(&released_path(message)))
        .collect();
    let released = facts.released.keys();
    released
        .filter(|path| folder(path).is_none_or(|folder| !known.contains(&folder)))
        .map(|path| format!("contracts/released/{path}"))
        .collect()
}
