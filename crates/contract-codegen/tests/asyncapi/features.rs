//! The features: a contract each, and the code that is made of it, which is compiled here.

use std::path::PathBuf;

use contract_codegen::{EventContract, Limits, ReadEvents, Source};
use contract_runtime::EventApi;

macro_rules! feature {
    ($module:ident = $path:literal) => {
        #[rustfmt::skip]
                                #[path = $path]
                                #[allow(
                                    unreachable_pub,
                                    dead_code,
                                    unused_imports,
                                    missing_docs,
                                    clippy::all,
            clippy::pedantic,
                                    reason = "generated code is the interface of a project; this one has none"
                                )]
        pub(crate) mod $module;
    };
}

feature!(messages = "../golden/asyncapi-messages/events.rs");
feature!(traits = "../golden/asyncapi-traits/events.rs");
feature!(formats = "../golden/asyncapi-formats/events.rs");
feature!(request_reply = "../golden/asyncapi-request-reply/events.rs");
feature!(draft_07 = "../golden/asyncapi-draft-07/events.rs");
feature!(recursion = "../golden/asyncapi-recursion/events.rs");
feature!(files = "../golden/asyncapi-files/events.rs");
feature!(bindings = "../golden/asyncapi-bindings/events.rs");
feature!(discriminators = "../golden/asyncapi-discriminators/events.rs");
feature!(pasted_schemas = "../golden/asyncapi-pasted-schemas/events.rs");
feature!(newer_keywords = "../golden/asyncapi-newer-keywords/events.rs");
feature!(keywords = "../golden/asyncapi-keywords/events.rs");

/// The name of each feature, and what was made of its contract.
pub(crate) const FEATURES: &[(&str, &EventApi)] = &[
    ("messages", &messages::API),
    ("traits", &traits::API),
    ("formats", &formats::API),
    ("request-reply", &request_reply::API),
    ("draft-07", &draft_07::API),
    ("recursion", &recursion::API),
    ("files", &files::API),
    ("bindings", &bindings::API),
    ("discriminators", &discriminators::API),
    ("pasted-schemas", &pasted_schemas::API),
    ("newer-keywords", &newer_keywords::API),
    ("keywords", &keywords::API),
];

pub(crate) fn folder(feature: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/asyncapi-{feature}"))
}

pub(crate) fn source(feature: &str) -> Source {
    Source::load(&folder(feature).join("asyncapi.yaml"), &Limits::default()).unwrap()
}

pub(crate) fn read(feature: &str) -> ReadEvents {
    EventContract::read(&source(feature)).unwrap_or_else(|refusals| panic!("{feature}: {refusals}"))
}
