//! A project that is not there yet.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ProjectError;
use super::files::{self, Beside};
use super::{Project, ProjectOptions, manifest, sources, stubs};
use crate::generation::{self, ContractFiles, Generation};

/// Writes a whole project.
pub(super) fn create(
    folder: &Path,
    contracts: &ContractFiles,
    options: &ProjectOptions,
) -> Result<Project, ProjectError> {
    let name = manifest::name(folder, options.name.as_deref())?;
    let generation = generation::generate(contracts, options.unsupported)?;
    let beside = Beside::new(folder)?;
    let contracts = sources::copy(contracts, &generation, beside.path())?;
    let entries = [&contracts.openapi, &contracts.asyncapi];
    let mut written: Vec<PathBuf> = entries.into_iter().flatten().cloned().collect();
    let mut write = |path: &str, text: &str| {
        written.push(PathBuf::from(path));
        files::write(&beside.path().join(path), text)
    };
    write(".gitignore", "/target\n")?;
    write("Cargo.toml", &manifest::text(&name, &contracts, options)?)?;
    if let Ok(lock) = fs::read_to_string(options.checkout.join("Cargo.lock")) {
        // The versions that the generator is tested with; cargo drops what is not needed.
        write("Cargo.lock", &lock)?;
    }
    for (path, text) in texts(&name, &contracts, &generation) {
        write(path, &text)?;
    }
    for file in &generation.files {
        write(&format!("src/contract/{}", file.name), &file.text)?;
    }
    beside.replace()?;
    Ok(Project {
        generation,
        name,
        is_new: true,
        written,
        new_stubs: Vec::new(),
        gone: Vec::new(),
    })
}

/// The test that the schemas of events are derived again.
pub(super) fn events_test(name: &str, contracts: &ContractFiles) -> String {
    fill(
        include_str!("../../templates/closed_loop_events.rs"),
        name,
        contracts,
        "",
    )
}

fn fill(template: &str, name: &str, contracts: &ContractFiles, title: &str) -> String {
    let path = |path: &Option<PathBuf>| literal(path.as_deref().unwrap_or(Path::new("")));
    template
        .replace("{crate}", &name.replace('-', "_"))
        .replace("{contract}", &path(&contracts.openapi))
        .replace("{events}", &path(&contracts.asyncapi))
        .replace("{title}", title)
}

/// A path as code says it.
pub(super) fn literal(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}

/// The files that are the team's from then on.
fn texts(name: &str, contracts: &ContractFiles, generation: &Generation) -> Vec<(&'static str, String)> {
    let title = one_line(&generation.title);
    let fill = |template: &str| fill(template, name, contracts, &title);
    let mut texts = Vec::new();
    if let Some(stubs) = &generation.stubs {
        texts.push(("src/lib.rs", fill(include_str!("../../templates/lib.rs"))));
        texts.push(("src/main.rs", fill(include_str!("../../templates/main.rs"))));
        texts.push(("src/handlers.rs", stubs::spaced(stubs)));
        texts.push((
            "tests/closed_loop.rs",
            fill(include_str!("../../templates/closed_loop.rs")),
        ));
    } else {
        texts.push(("src/lib.rs", fill(include_str!("../../templates/lib_events.rs"))));
    }
    if contracts.asyncapi.is_some() {
        texts.push(("tests/closed_loop_events.rs", events_test(name, contracts)));
    }
    texts
}

/// A title as a line of documentation: rustdoc takes it as it stands.
fn one_line(title: &str) -> String {
    let mut text = String::new();
    for word in title.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        // The compiler does not let characters stand in a comment that change the direction of text.
        let directs = |letter: &char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        for letter in word.chars().filter(|letter| !directs(letter)) {
            if matches!(letter, '[' | ']' | '<' | '>' | '`' | '*' | '_' | '\\' | '{' | '}') {
                text.push('\\');
            }
            text.push(letter);
        }
    }
    if text.is_empty() {
        "An API.".to_owned()
    } else {
        text
    }
}
