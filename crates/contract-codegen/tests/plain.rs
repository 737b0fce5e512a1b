//! Golden outputs of any contract: for each folder of `golden/served/`, a contract and the code of it.
//!
//! `UPDATE_GOLDEN=1 cargo test -p contract-codegen --test plain` writes them anew; read the difference before committing it.
//! `plain_code.rs` compiles them and sends requests to them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

mod golden_file;

use std::fs;
use std::path::PathBuf;

use contract_codegen::{Contracts, Language, Source, generate, stubs};

fn folder(feature: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/served")
        .join(feature)
}

fn contracts(feature: &str) -> Contracts {
    let text = fs::read_to_string(folder(feature).join("openapi.yaml")).unwrap();
    let source = Source::parse("openapi.yaml", &text).unwrap();
    Contracts::read(source, None, Language::Plain).unwrap_or_else(|refusals| panic!("{feature}: {refusals}"))
}

fn check_feature(feature: &str) {
    let contracts = contracts(feature);
    for file in generate(&contracts, &[]).unwrap() {
        golden_file::check(&folder(feature).join(file.name), &file.text);
    }
}

macro_rules! features {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check_feature(stringify!($name));
            }
        )*
    };
}

features! { bodies documents documents_31 names parameters paths responses security }

/// The handlers of a new project are written once, so they have to be right at once.
#[test]
fn new_handlers_answer_that_they_are_not_there_yet() {
    let text = stubs(&contracts("paths")).unwrap().unwrap();
    golden_file::check(&folder("paths").join("handlers.rs"), &text);
    // What a corpus run replaces, so that it reaches the handlers.
    let nobody = "Err(Problem::of_status(501, \"authorize is not implemented yet.\"))";
    assert!(text.contains(nobody), "{text}");
}
