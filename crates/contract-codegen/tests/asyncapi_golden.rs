//! What is made of each feature of AsyncAPI contracts. `UPDATE_GOLDEN=1 cargo test -p contract-codegen --test asyncapi_golden` writes it anew; read
//! the difference before committing it. The test `asyncapi` compiles it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

mod golden_file;

use std::fs;
use std::path::{Path, PathBuf};

use contract_codegen::{Contracts, Language, Limits, Source, generate};

fn features() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folders = fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path());
    let is_feature = |folder: &PathBuf| {
        let name = folder.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("asyncapi-"))
    };
    folders.filter(is_feature).collect()
}

/// The code, and a line for each warning.
fn generated(folder: &Path) -> (String, String) {
    let source = Source::load(&folder.join("asyncapi.yaml"), &Limits::default()).unwrap();
    let contracts = Contracts::read(None, source, Language::Plain)
        .unwrap_or_else(|refusals| panic!("{}: {refusals}", folder.display()));
    let warnings = contracts.warnings().iter().map(|warning| {
        let warning = warning.to_string();
        let begin = warning.find("asyncapi.yaml:").unwrap();
        format!("{}\n", &warning[begin..])
    });
    let warnings = warnings.collect();
    let files = generate(&contracts, &[]).unwrap();
    let events = files.into_iter().find(|file| file.name == "events.rs");
    (events.unwrap().text, warnings)
}

#[test]
fn each_feature_gives_its_golden_output() {
    let features = features();
    assert_eq!(features.len(), 12);
    for folder in features {
        let (text, warnings) = generated(&folder);
        assert_eq!(text, generated(&folder).0, "{}", folder.display());
        golden_file::check(&folder.join("events.rs"), &text);
        let told = folder.join("warnings.txt");
        if warnings.is_empty() {
            assert!(!told.exists(), "{}", told.display());
        } else {
            golden_file::check(&told, &warnings);
        }
    }
}
