//! What the ledger calls enforced is enforced: for each such pointer a request that breaks it is refused with the right
//! status, and its unbroken twin is accepted; for the events the same before a commit.
//!
//! The requests are made from the contract, not written down: [`breaks`] knows how each keyword is broken, [`requests`] puts the
//! broken value into a request that is otherwise that of the contract's own example. A pointer that the ledger calls
//! enforced and that nothing here can break fails the test, so the ledger cannot claim more than is true.

mod breaks;
mod events;
mod request;
mod requests;

use std::collections::BTreeSet;

use contract_codegen::{AsyncApi, Class, Language, Ledger, OpenApi, Source};

const OPENAPI: &str = include_str!("../../../contracts/openapi.yaml");
const ASYNCAPI: &str = include_str!("../../../contracts/asyncapi.yaml");

fn openapi() -> (Source, OpenApi) {
    let source = Source::parse("contracts/openapi.yaml", OPENAPI).unwrap();
    let (events_source, events) = asyncapi();
    let api = OpenApi::read_service(&source, &events, &events_source).unwrap();
    (source, api)
}

fn asyncapi() -> (Source, AsyncApi) {
    let source = Source::parse("contracts/asyncapi.yaml", ASYNCAPI).unwrap();
    let events = AsyncApi::read(&source).unwrap();
    (source, events)
}

/// The pointers that a ledger calls enforced.
fn enforced(source: &Source) -> BTreeSet<String> {
    let entries = Ledger::of(source, Language::Service).entries(source).into_iter();
    entries
        .filter(|entry| entry.class == Class::Enforced)
        .map(|entry| entry.pointer)
        .collect()
}

#[test]
fn the_three_counts_of_a_ledger_sum_to_its_document() {
    fn count(value: &serde_json::Value) -> usize {
        1 + match value {
            serde_json::Value::Array(items) => items.iter().map(count).sum(),
            serde_json::Value::Object(members) => members.values().map(count).sum(),
            _ => 0,
        }
    }
    for source in [openapi().0, asyncapi().0] {
        let ledger = Ledger::of(&source, Language::Service);
        let (enforced, documented, refused) = ledger.counts();
        assert_eq!(
            enforced + documented + refused,
            count(source.root()),
            "{:?}",
            source.dialect()
        );
        assert_eq!(refused, 0, "{:?}", source.dialect());
        let entries = ledger.entries(&source);
        let pointers: BTreeSet<&String> = entries.iter().map(|entry| &entry.pointer).collect();
        assert_eq!(pointers.len(), entries.len(), "a pointer stands twice");
    }
}
