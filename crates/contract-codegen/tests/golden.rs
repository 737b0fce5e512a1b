//! Golden outputs: for each feature of Rollcall's own contract language, the generated code that it is about.
//!
//! `UPDATE_GOLDEN=1 cargo test -p contract-codegen --test golden` writes them anew; read the difference before committing it. `whole` is
//! the contract of all features together, with all its files: `golden_code.rs` compiles those.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

mod golden_file;
mod service;

use std::path::PathBuf;

use contract_codegen::{Contracts, Language, Refusals, ReleasedSchema, Source, generate};
use service::{FEATURES, all, document};

/// The contract of some folders together.
fn contract(folders: &[&str]) -> Result<Contracts, Refusals> {
    let text = |name| document(folders, name).to_string();
    Contracts::read(
        Source::parse("openapi.yaml", &text("openapi.yaml"))?,
        Source::parse("asyncapi.yaml", &text("asyncapi.yaml"))?,
        Language::Service,
    )
}

fn whole() -> Contracts {
    contract(&all()).unwrap()
}

fn check(feature: &str, contracts: &Contracts, files: Option<&[&str]>) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/service")
        .join(feature);
    let generated = generate(contracts, &[]).unwrap();
    for file in &generated {
        if files.is_some_and(|files| !files.contains(&file.name)) {
            continue;
        }
        golden_file::check(&folder.join(file.name), &file.text);
    }
}

#[test]
fn each_feature_gives_its_golden_output() {
    for (feature, files) in FEATURES {
        let contracts =
            contract(&["common", feature]).unwrap_or_else(|refusals| panic!("{feature}: {refusals}"));
        check(feature, &contracts, Some(files));
    }
}

#[test]
fn all_features_together_give_their_golden_output() {
    check("whole", &whole(), None);
}

#[test]
fn the_same_contract_gives_the_same_bytes() {
    assert_eq!(generate(&whole(), &[]).unwrap(), generate(&whole(), &[]).unwrap());
}

/// The contract knows only the current version of a message; events of the older ones are read for ever.
#[test]
fn every_released_version_is_embedded() {
    let released = ["1.0.0", "1.1.0"].map(|version| ReleasedSchema {
        path: format!("/schemas/things.v1/ThingMade/{version}.json"),
        text: "{}".to_owned(),
    });
    let files = generate(&whole(), &released).unwrap();
    let embedded = files.iter().find(|file| file.name == "released.rs").unwrap();
    for schema in released {
        let file = format!("include_str!(\"../../contracts/released{}\")", schema.path);
        assert!(embedded.text.contains(&file), "{}", embedded.text);
        assert!(
            embedded.text.contains(&format!("\"{}\"", schema.path)),
            "{}",
            embedded.text
        );
    }
}
