//! What reviews would otherwise have to look for: who may know whom, how long a file may be, what no text may hold, and whether what is
//! written down, generated or documented is still so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use contract_codegen::{Contracts, Language, ReleasedSchema, Source, generate};

use crate::support::repository;

/// Each module of the service, and the modules that it may know. The edges of `docs/ARCHITECTURE.md`; an edge that nobody uses any more is
/// an error too, so that the table stays the truth.
const EDGES: &[(&str, &[&str])] = &[
    (
        "app",
        &[
            "audit",
            "contract",
            "environment",
            "http",
            "idempotency",
            "outbox",
            "roster",
            "store",
            "telemetry",
            "tenancy",
        ],
    ),
    ("audit", &[]),
    ("checklist", &[]),
    (
        "command",
        &[
            "app",
            "audit",
            "config",
            "conformance",
            "contract",
            "document",
            "environment",
            "http",
            "outbox",
            "retention",
            "store",
            "telemetry",
            "tenancy",
        ],
    ),
    ("config", &[]),
    ("conformance", &["document", "environment", "outbox", "tenancy"]),
    ("contract", &[]),
    ("document", &["contract"]),
    ("environment", &[]),
    (
        "http",
        &["config", "contract", "environment", "telemetry", "tenancy"],
    ),
    ("idempotency", &["tenancy"]),
    ("outbox", &["environment", "telemetry", "tenancy"]),
    (
        "retention",
        &["environment", "outbox", "store", "telemetry", "tenancy"],
    ),
    ("roster", &["tenancy"]),
    (
        "store",
        &[
            "audit",
            "environment",
            "idempotency",
            "outbox",
            "roster",
            "telemetry",
            "tenancy",
        ],
    ),
    ("telemetry", &["config", "environment"]),
    ("tenancy", &[]),
];

/// Where a crate may be spoken to, by the start of the path below `src/`.
const CRATES: &[(&str, &[&str])] = &[
    (
        "sea_orm",
        &["store/", "outbox/log", "outbox/wakeup/", "outbox/test_support/"],
    ),
    (
        "rollcall_migrations",
        &["store/", "outbox/test_support/", "command/"],
    ),
    ("redis", &["outbox/", "conformance/", "retention/tests"]),
    ("poem_openapi", &["contract/", "http/pages/"]),
    ("poem", &["contract/", "http/", "command/serve", "config/value"]),
    ("hyper", &["http/", "conformance/schemas"]),
    ("jsonwebtoken", &["http/auth/"]),
    ("opentelemetry", &["telemetry/"]),
    ("opentelemetry_sdk", &["telemetry/"]),
    ("opentelemetry_prometheus", &["telemetry/"]),
    ("procfs", &["telemetry/"]),
    ("clap", &["config/", "command/", "main"]),
];

/// Modules of rules and values: nothing that waits, stores, sends or serves.
const PURE: &[&str] = &["roster/", "tenancy/", "audit/", "idempotency/"];

const LINE_COUNT_MAX: usize = 400;

/// Files that may be longer, and why.
const LONG_FILES: &[(&str, &str)] = &[
    ("src/contract/", "generated"),
    ("crates/contract-codegen/tests/golden/", "generated"),
    (
        "src/http/server/tests.rs",
        "one case below the other, with one set of tools",
    ),
    (
        "src/http/auth/tests.rs",
        "one case below the other, with one set of tools",
    ),
];

/// The files below a folder whose names end with one of `ends`, as paths from the root of the repository.
fn files(folder: &str, ends: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![repository().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                // `fixtures` are documents as other people write them, not all of them in UTF-8.
                let foreign = [
                    "target",
                    "node_modules",
                    ".git",
                    "data",
                    "__pycache__",
                    ".venv",
                    "fixtures",
                ];
                if !foreign.contains(&name.as_str()) {
                    open.push(path);
                }
            } else if ends.iter().any(|end| name.ends_with(end)) {
                let below = path.strip_prefix(repository()).unwrap();
                found.push(below.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

/// The lines of a source file that are no comments.
fn code(path: &str) -> String {
    let text = read(path);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands after `prefix`, up to the end of the word, wherever `prefix` does not continue another word.
fn words_after<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(prefix)
        .filter(move |(at, _)| !code[..*at].ends_with(|before: char| is_word(before) || before == '$'))
        .map(move |(at, _)| {
            let rest = &code[at + prefix.len()..];
            &rest[..rest.find(|character| !is_word(character)).unwrap_or(rest.len())]
        })
}

/// The module at the top of the service to which a file belongs.
fn module_of(path: &str) -> Option<&str> {
    let below = path.strip_prefix("src/")?;
    let first = below.split('/').next()?;
    Some(first.trim_end_matches(".rs")).filter(|module| !matches!(*module, "main" | "lib"))
}

#[test]
fn modules_know_only_whom_they_may_know() {
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    for path in files("src", &[".rs"]) {
        let Some(module) = module_of(&path) else { continue };
        let code = code(&path);
        for other in words_after(&code, "crate::").filter(|other| *other != module && !other.is_empty()) {
            used.insert((module.to_owned(), other.to_owned()));
        }
    }
    let allowed: BTreeSet<(String, String)> = EDGES
        .iter()
        .flat_map(|(from, to)| to.iter().map(|to| ((*from).to_owned(), (*to).to_owned())))
        .collect();
    let undue: Vec<_> = used.difference(&allowed).collect();
    assert!(
        undue.is_empty(),
        "these modules must not know each other: {undue:?}"
    );
    let unused: Vec<_> = allowed.difference(&used).collect();
    assert!(
        unused.is_empty(),
        "nobody uses these edges any more, take them out: {unused:?}"
    );
}

/// Of `http`, `app` takes who calls, and nothing of how it is served.
#[test]
fn handlers_do_not_know_how_they_are_served() {
    for path in files("src/app", &[".rs"]) {
        let code = code(&path);
        let modules: Vec<&str> = words_after(&code, "crate::http::").collect();
        assert!(
            modules.iter().all(|module| *module == "auth"),
            "{path} uses {modules:?} of http"
        );
    }
}

#[test]
fn crates_are_spoken_to_where_they_belong() {
    for path in files("src", &[".rs"]) {
        let code = code(&path);
        let below = path.trim_start_matches("src/");
        for (name, places) in CRATES {
            let prefix = format!("{name}::");
            let speaks = words_after(&code, &prefix).next().is_some();
            let may = places.iter().any(|place| below.starts_with(place));
            assert!(
                !speaks || may,
                "{path} speaks to {name}, which only {places:?} may"
            );
        }
        if PURE.iter().any(|place| below.starts_with(place)) {
            for name in [
                "sea_orm", "redis", "poem", "hyper", "tokio", "reqwest", "std::fs", "std::net",
            ] {
                let prefix = format!("{name}::");
                assert!(
                    words_after(&code, &prefix).next().is_none(),
                    "{path} holds rules and values; no {name}"
                );
            }
        }
    }
}

/// `tenant` is a word of the contract language; what is in a tenant is not the generator's business.
#[test]
fn the_generator_and_the_runtime_know_nothing_of_schools() {
    for path in files("crates", &[".rs"]) {
        let text = read(&path).to_lowercase();
        for word in ["school", "roster", "rollcall::"] {
            assert!(!text.contains(word), "{path} speaks of {word}");
        }
    }
}

#[test]
fn files_are_small_rooms() {
    for folder in ["src", "crates", "migrations", "xtask", "tests"] {
        for path in files(folder, &[".rs"]) {
            let line_count = read(&path).lines().count();
            let may_be_long = LONG_FILES.iter().any(|(start, _)| path.starts_with(start));
            assert!(
                line_count <= LINE_COUNT_MAX || may_be_long,
                "{path} has {line_count} lines; split it by what changes together"
            );
        }
    }
}

#[test]
fn nothing_is_put_off() {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ig", "nore"),
        concat!("<<<<", "<<< "),
    ];
    let ends = [
        ".rs", ".toml", ".yaml", ".yml", ".md", ".lua", ".py", ".mjs", ".js", ".css", ".html", "run",
    ];
    for path in files("", &ends) {
        let text = read(&path);
        for word in words {
            assert!(!text.contains(word), "{path} holds {word}");
        }
    }
}

#[test]
fn the_generated_code_is_what_the_contracts_say() {
    let source = |name: &str| Source::parse(name, &read(&format!("contracts/{name}"))).unwrap();
    let contracts =
        Contracts::read(source("openapi.yaml"), source("asyncapi.yaml"), Language::Service).unwrap();
    let generated = generate(&contracts, &ReleasedSchema::all(repository()).unwrap()).unwrap();
    for file in &generated {
        let path = Path::new("src/contract").join(file.name);
        let committed = fs::read_to_string(repository().join(&path)).unwrap_or_default();
        assert!(
            committed == file.text,
            "{} is stale; run `cargo xtask generate`",
            path.display()
        );
    }
    let strangers: Vec<String> = files("src/contract", &[""])
        .into_iter()
        .filter(|path| {
            !generated
                .iter()
                .any(|file| PathBuf::from("src/contract").join(file.name) == Path::new(path))
        })
        .collect();
    assert!(
        strangers.is_empty(),
        "not generated: {strangers:?}; run `cargo xtask generate`"
    );
}

/// The tests that a text names as `path::test`, in backticks.
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter_map(|quoted| {
            quoted
                .split_once(".rs::")
                .map(|(path, test)| (&quoted[..path.len() + 3], test))
        })
        .collect()
}

#[test]
fn each_invariant_names_tests_that_exist() {
    let text = read("docs/ARCHITECTURE.md");
    let invariants: Vec<&str> = text.split("\n**I").skip(1).collect();
    assert!(invariants.len() > 20, "{} invariants are found", invariants.len());
    for (index, invariant) in invariants.iter().enumerate() {
        let number = index + 1;
        assert!(
            invariant.starts_with(&format!("{number}**")),
            "invariant {number} has another number"
        );
        let paragraph = invariant.split("\n\n").next().unwrap_or_default();
        let tests = named_tests(paragraph);
        assert!(!tests.is_empty(), "I{number} is held by nothing");
        for (path, test) in tests {
            let source = fs::read_to_string(repository().join(path)).unwrap_or_default();
            assert!(
                source.contains(&format!("fn {test}(")),
                "I{number}: there is no {path}::{test}"
            );
        }
    }
}
