//! What is made of each feature. `UPDATE_GOLDEN=1 cargo test -p contract-codegen --test asyncapi` writes it anew; read the difference
//! before committing it.

use std::fs;

use contract_codegen::{Contracts, Language, generate};

use crate::features::{FEATURES, folder, source};

#[test]
fn each_feature_gives_its_golden_output() {
    for (feature, _) in FEATURES {
        let contracts = Contracts::read(None, source(feature), Language::Plain)
            .unwrap_or_else(|refusals| panic!("{feature}: {refusals}"));
        assert_eq!(contracts.warnings(), [], "{feature}");
        let files = generate(&contracts, &[]).unwrap();
        let events = files.iter().find(|file| file.name == "events.rs").unwrap();
        let path = folder(feature).join("events.rs");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &events.text).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap_or_default();
        let lines = events.text.lines().zip(golden.lines());
        let difference = lines.into_iter().find(|(new, old)| new != old);
        assert!(
            events.text == golden,
            "{} is not what is generated; the first line that differs: {difference:?}. UPDATE_GOLDEN=1 writes it anew",
            path.display()
        );
    }
}
