//! What `cargo xtask new` leaves behind, and what it does to what is there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

mod home;

use std::fs;
use std::path::PathBuf;

use home::{CONTRACT, EVENTS, Home, MORE};
use rollcall_generator::project::{Project, ProjectError, regenerate};

#[test]
fn a_project_has_everything_that_it_needs() {
    let home = Home::new();
    let contract = home.write("apis/pets.yaml", CONTRACT);
    let project = home.make(&contract).unwrap();
    assert_eq!(project.name, "pets");
    let expected = [
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "contracts/pets.yaml",
        "src/handlers.rs",
        "src/lib.rs",
        "src/main.rs",
        "tests/closed_loop.rs",
    ];
    assert_eq!(
        home.files("pets"),
        expected.map(|name| format!("pets/{name}")).into()
    );
    assert!(home.read("pets/src/contract/mod.rs").starts_with("// @generated"));
    assert!(home.read("pets/src/handlers.rs").contains("fn list_pets"));
    assert!(home.read("pets/Cargo.toml").contains("[workspace]"));
    assert_eq!(
        home.files("."),
        home.files("pets")
            .into_iter()
            .chain(["apis/pets.yaml".to_owned()])
            .collect()
    );
}

#[test]
fn what_is_the_teams_stays_when_the_contract_changes() {
    let home = Home::new();
    let contract = home.write("pets.yaml", CONTRACT);
    home.make(&contract).unwrap();
    let handlers = home.read("pets/src/handlers.rs");
    home.write("pets/src/main.rs", "fn main() {}");
    let manifest = format!("{}\n# mine\n", home.read("pets/Cargo.toml"));
    home.write("pets/Cargo.toml", &manifest);

    let contract = home.write("pets-2.yaml", &format!("{CONTRACT}{MORE}"));
    let project = home.make(&contract).unwrap();
    assert_eq!(project.new_stubs.len(), 1, "{:?}", project.new_stubs);
    assert!(project.new_stubs[0].contains("fn add_pet"));
    assert_eq!(home.read("pets/src/handlers.rs"), handlers);
    assert_eq!(home.read("pets/src/main.rs"), "fn main() {}");
    let manifest = home.read("pets/Cargo.toml");
    assert!(
        manifest.contains("# mine") && manifest.contains("openapi = \"contracts/pets-2.yaml\""),
        "{manifest}"
    );
    assert!(home.read("pets/src/contract/api.rs").contains("add_pet"));
    assert!(!home.path("pets/contracts/pets.yaml").exists());
    let test = home.read("pets/tests/closed_loop.rs");
    assert!(test.contains("\"contracts/pets-2.yaml\""), "{test}");

    home.write(
        "pets/src/handlers.rs",
        &home
            .read("pets/src/handlers.rs")
            .replace("fn list_pets", "fn add_pet"),
    );
    let project = regenerate(&home.path("pets"), false).unwrap();
    assert!(project.written.is_empty(), "{:?}", project.written);
    assert!(
        project.new_stubs[0].contains("fn list_pets"),
        "{:?}",
        project.new_stubs
    );
}

/// What is said on the command line is done, or refused: it is not passed over.
#[test]
fn what_a_project_cannot_become_is_refused() {
    let home = Home::new();
    let contract = home.write("pets.yaml", CONTRACT);
    let events = home.write("events.yaml", EVENTS);
    home.make(&contract).unwrap();
    let before = home.files("pets");

    let renamed = home.make_of(Some(&contract), None, Some("cats"));
    assert!(matches!(renamed, Err(ProjectError::OtherName { name, .. }) if name == "pets"));
    home.make_of(Some(&contract), None, Some("pets")).unwrap();
    let forgotten = home.make_of(None, Some(&events), None);
    assert!(matches!(
        forgotten,
        Err(ProjectError::Forgotten { flag: "openapi", .. })
    ));
    assert_eq!(home.files("pets"), before);

    let project = home.make_of(Some(&contract), Some(&events), None).unwrap();
    assert!(
        project
            .written
            .contains(&PathBuf::from("tests/closed_loop_events.rs")),
        "{:?}",
        project.written
    );
    let test = home.read("pets/tests/closed_loop_events.rs");
    assert!(
        test.contains("\"contracts/events.yaml\"") && test.contains("pets::contract::events"),
        "{test}"
    );
    let forgotten = home.make(&contract).unwrap_err().to_string();
    assert!(
        forgotten.contains("is made of contracts/events.yaml too; name it with --asyncapi"),
        "{forgotten}"
    );
}

#[test]
fn a_crate_of_types_does_not_become_a_server() {
    let home = Home::new();
    let contract = home.write("pets.yaml", CONTRACT);
    let events = home.write("events.yaml", EVENTS);
    home.make_of(None, Some(&events), None).unwrap();
    let refused = home.make_of(Some(&contract), Some(&events), None);
    assert!(matches!(refused, Err(ProjectError::NoServer { .. })));
}

#[test]
fn a_handler_that_no_operation_wants_is_named() {
    let home = Home::new();
    let contract = home.write("pets.yaml", &format!("{CONTRACT}{MORE}"));
    home.make(&contract).unwrap();
    let contract = home.write("pets.yaml", CONTRACT);
    let project = home.make(&contract).unwrap();
    assert_eq!(project.gone, ["add_pet"]);
    assert!(project.new_stubs.is_empty());
}

#[test]
fn generated_code_that_was_touched_is_found_out() {
    let home = Home::new();
    let contract = home.write("pets.yaml", CONTRACT);
    home.make(&contract).unwrap();
    regenerate(&home.path("pets"), true).unwrap();
    home.write("pets/src/contract/api.rs", "// nothing");
    home.write("pets/src/contract/stray.rs", "");
    let error = regenerate(&home.path("pets"), true).unwrap_err().to_string();
    assert!(
        error.contains("src/contract/api.rs") && error.contains("src/contract/stray.rs"),
        "{error}"
    );
    regenerate(&home.path("pets"), false).unwrap();
    regenerate(&home.path("pets"), true).unwrap();
    assert!(!home.path("pets/src/contract/stray.rs").exists());
}

#[test]
fn what_others_wrote_is_left_alone() {
    let home = Home::new();
    let contract = home.write("pets.yaml", CONTRACT);
    home.write("pets/notes.txt", "mine");
    assert!(matches!(home.make(&contract), Err(ProjectError::Foreign(_))));
    assert_eq!(home.files("pets"), ["pets/notes.txt".to_owned()].into());
    assert!(matches!(
        regenerate(&home.path("pets"), false),
        Err(ProjectError::NoProject(_))
    ));
}

#[test]
fn a_contract_that_is_refused_leaves_nothing_behind() {
    let home = Home::new();
    let contract = home.write(
        "broken.yaml",
        &CONTRACT.replace("'204': {", "'204': { $ref: '#/nowhere', "),
    );
    let error = home.make(&contract).unwrap_err().to_string();
    assert!(
        error.contains("broken.yaml:7:") && error.contains("/paths/~1pets/get/responses/204"),
        "{error}"
    );
    assert!(!home.path("pets").exists());
    assert_eq!(home.files("."), ["broken.yaml".to_owned()].into());

    let contract = home.write("pets.yaml", CONTRACT);
    home.make(&contract).unwrap();
    let before = home.read("pets/src/contract/api.rs");
    assert!(home.make(&home.path("broken.yaml")).is_err());
    assert_eq!(home.read("pets/src/contract/api.rs"), before);
    assert!(home.path("pets/contracts/pets.yaml").exists());
}

/// A contract whose one answer is the `M` of `reference`.
fn referring(reference: &str) -> String {
    let body = format!("{{ application/json: {{ schema: {{ $ref: '{reference}' }} }} }}");
    CONTRACT.replace(
        "'204': { description: None. }",
        &format!("'200': {{ description: One., content: {body} }}"),
    )
}

#[test]
fn files_keep_their_places_to_each_other() {
    let home = Home::new();
    let contract = home.write("apis/shop/openapi.yaml", &referring("../common/pet.yaml#/M"));
    home.write("apis/common/pet.yaml", "M: { type: string }\n");
    home.make(&contract).unwrap();
    assert_eq!(
        home.read("pets/contracts/shop/openapi.yaml"),
        fs::read_to_string(contract).unwrap()
    );
    assert_eq!(
        home.read("pets/contracts/common/pet.yaml"),
        "M: { type: string }\n"
    );
    assert!(
        home.read("pets/Cargo.toml")
            .contains("openapi = \"contracts/shop/openapi.yaml\"")
    );
}

/// Contracts that have nothing to do with each other keep no more of their paths than tells them apart, also the second time.
#[test]
fn contracts_of_unrelated_folders_bring_no_path_of_the_machine() {
    let home = Home::new();
    let contract = home.write("work/pets/http/openapi.yaml", CONTRACT);
    let events = home.write("elsewhere/of/events/asyncapi.yaml", EVENTS);
    home.make_of(Some(&contract), Some(&events), None).unwrap();
    let copies = || {
        let mut files = home.files("pets");
        files.retain(|file| file.starts_with("pets/contracts/"));
        files.into_iter().collect::<Vec<_>>()
    };
    let expected = [
        "pets/contracts/events/asyncapi.yaml",
        "pets/contracts/http/openapi.yaml",
    ];
    assert_eq!(copies(), expected);
    regenerate(&home.path("pets"), true).unwrap();
    assert_eq!(copies(), expected);
}

#[cfg(unix)]
#[test]
fn a_contract_behind_links_can_be_generated_again() {
    use std::os::unix::fs::symlink;
    let home = Home::new();
    home.write("specs/openapi.yaml", &referring("./linked/m.yaml#/M"));
    home.write("shared/v1/m.yaml", "M: { $ref: './n.yaml#/M' }\n");
    home.write("shared/v1/n.yaml", "M: { type: string }\n");
    // Beside the links stand others, which are not meant.
    home.write("linked/m.yaml", "M: { type: boolean }\n");
    symlink("specs/openapi.yaml", home.path("api.yaml")).unwrap();
    symlink("../shared/v1", home.path("specs/linked")).unwrap();
    let made = home.make(&home.path("api.yaml")).unwrap();
    let text = |project: &Project| {
        let models = project
            .generation
            .files
            .iter()
            .find(|file| file.name == "schemas.rs");
        models.unwrap().text.clone()
    };
    assert!(
        home.read("pets/Cargo.toml")
            .contains("openapi = \"contracts/specs/openapi.yaml\"")
    );
    // The copy is whole: nothing outside of the project is needed.
    for folder in ["specs", "shared", "linked"] {
        fs::remove_dir_all(home.path(folder)).unwrap();
    }
    let again = regenerate(&home.path("pets"), true).unwrap();
    assert_eq!(text(&again), text(&made));
    assert!(text(&again).contains("Kind::String"), "{}", text(&again));
}

#[test]
fn names_of_files_and_crates_give_code() {
    let home = Home::new();
    let contract = home.write("q\"{x}\\n.yaml", CONTRACT);
    let events = home.write("e\"v.yaml", EVENTS);
    home.make_of(Some(&contract), Some(&events), Some("api")).unwrap();
    let (main, test) = (
        home.read("pets/src/main.rs"),
        home.read("pets/tests/closed_loop.rs"),
    );
    assert!(test.contains(r#".join("contracts/q\"{x}\\n.yaml")"#), "{test}");
    // A module `api` beside the crate `api` would be another one.
    assert!(
        main.contains("api::contract::api::endpoint(") && !main.contains("::api;"),
        "{main}"
    );
    for path in [
        "src/main.rs",
        "tests/closed_loop.rs",
        "tests/closed_loop_events.rs",
    ] {
        let code = home.read(&format!("pets/{path}"));
        assert!(syn::parse_file(&code).is_ok(), "{path}: {code}");
    }
    let renamed = home.write("r\"x.yaml", CONTRACT);
    home.make_of(Some(&renamed), Some(&events), None).unwrap();
    let test = home.read("pets/tests/closed_loop.rs");
    assert!(test.contains(r#".join("contracts/r\"x.yaml")"#), "{test}");

    for name in [
        "examples",
        "build",
        "deps",
        "incremental",
        "serde_json",
        "serde-json",
        "proc_macro",
        "Test me",
    ] {
        let home = Home::new();
        let contract = home.write("pets.yaml", CONTRACT);
        let refused = home.make_of(Some(&contract), None, Some(name));
        assert!(matches!(refused, Err(ProjectError::Name(_))), "{name}");
        assert!(!home.path("pets").exists(), "{name}");
    }
}

#[test]
fn a_change_that_cannot_be_made_whole_is_not_made() {
    let home = Home::new();
    let contract = home.write("pets.yaml", CONTRACT);
    home.make(&contract).unwrap();
    fs::remove_dir_all(home.path("pets/tests")).unwrap();
    home.write("pets/tests", "mine");
    let contract = home.write("pets-2.yaml", &format!("{CONTRACT}{MORE}"));
    let events = home.write("events.yaml", EVENTS);
    let (before, manifest) = (home.files("pets"), home.read("pets/Cargo.toml"));
    let failed = home.make_of(Some(&contract), Some(&events), None).unwrap_err();
    assert!(failed.to_string().contains("closed_loop_events.rs"), "{failed}");
    assert_eq!(home.files("pets"), before);
    assert_eq!(home.read("pets/Cargo.toml"), manifest);
    regenerate(&home.path("pets"), true).unwrap();
}
