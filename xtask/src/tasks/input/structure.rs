//! The structure of the project: which tree the plan draws, of which kind it is, and in which languages.

use super::markdown::{Document, Kind};
use super::tree::{self, Entry};
use crate::tasks::language::Language;
use crate::tasks::model::Stated;

/// The template's path conventions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structure {
    /// `src/`, `tests/`
    Single,
    /// `backend/`, `frontend/`
    Web,
    /// `api/`, `ios/` or `android/`
    Mobile,
}

impl Structure {
    /// How the template calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Single => "single project",
            Self::Web => "web app",
            Self::Mobile => "mobile",
        }
    }
}

/// Whether a text has one of these names as a word.
pub(super) fn mentions(text: &str, names: &[&str]) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
    names.iter().any(|name| {
        if name.contains(' ') {
            lower.contains(name)
        } else {
            words.clone().any(|word| word == *name) || words.any(|word| word == *name)
        }
    })
}

/// The tree that holds: of several options the one that the plan decided for; drawings of the documents do not count.
pub(super) fn chosen_tree(
    document: &Document,
    kind: Option<&Stated>,
    decision: Option<&Stated>,
) -> (Vec<Entry>, bool) {
    let mut chosen: Vec<Entry> = Vec::new();
    let mut had_options = false;
    for (index, block) in document.blocks.iter().enumerate() {
        let Kind::Code(language) = &block.kind else {
            continue;
        };
        if !tree::is_tree(language, &block.text) {
            continue;
        }
        let mut options = tree::read(&block.text, block.line);
        let documents = |entries: &[Entry]| {
            let own = |entry: &Entry| entry.path.starts_with("specs/") || entry.path.starts_with(".specify");
            entries.iter().all(own) || entries.iter().any(|entry| entry.path == "plan.md")
        };
        if options.len() > 1 {
            had_options = true;
            let said: String = kind
                .into_iter()
                .chain(decision)
                .map(|stated| stated.text.to_lowercase())
                .collect::<Vec<_>>()
                .join(" ");
            let wanted = if said.contains("option 2")
                || mentions(&said, &["web", "frontend", "fullstack", "full-stack"])
            {
                "option 2"
            } else if said.contains("option 3") || mentions(&said, &["mobile", "ios", "android"]) {
                "option 3"
            } else {
                "option 1"
            };
            let position = options
                .iter()
                .position(|(name, _)| name.contains(wanted))
                .unwrap_or(0);
            options = options.into_iter().skip(position).take(1).collect();
        }
        // `**Backend** (`api/`):` above a drawing says in which folder it stands.
        let prefix = index
            .checked_sub(1)
            .and_then(|above| document.get(above))
            .map(|above| prefix(&above.text))
            .unwrap_or_default();
        for (_, entries) in options {
            if documents(&entries) {
                continue;
            }
            let shared = prefix.is_empty() || entries.iter().any(|entry| entry.path.starts_with(&prefix));
            if !shared {
                chosen.push(Entry {
                    path: prefix.clone(),
                    note: String::new(),
                    line: block.line,
                });
            }
            chosen.extend(entries.into_iter().map(|entry| {
                if shared {
                    entry
                } else {
                    Entry {
                        path: format!("{prefix}{}", entry.path),
                        ..entry
                    }
                }
            }));
        }
    }
    let mut seen: Vec<String> = Vec::new();
    chosen.retain(|entry| {
        let outside =
            entry.path.starts_with("specs/") || entry.path.starts_with('.') || entry.path.contains("..");
        let new = !seen.contains(&entry.path);
        seen.push(entry.path.clone());
        new && !outside
    });
    (chosen, had_options)
}

fn prefix(text: &str) -> String {
    let code = text.split('`').nth(1).unwrap_or_default().trim();
    let is_folder = code.ends_with('/') && !code.contains([' ', '*', '{']) && text.chars().count() < 80;
    if is_folder {
        code.trim_start_matches("./").to_owned()
    } else {
        String::new()
    }
}

/// The structure, by the tree where there is one, otherwise by what is said.
pub(super) fn structure(
    tree: &[Entry],
    kind: Option<&Stated>,
    decision: Option<&Stated>,
    document: &Document,
) -> Structure {
    let has = |names: &[&str]| {
        tree.iter().any(|entry| {
            names
                .iter()
                .any(|name| entry.path.split('/').any(|part| part == *name) && entry.path.ends_with('/'))
        })
    };
    let said = kind
        .into_iter()
        .chain(decision)
        .map(|stated| stated.text.to_lowercase())
        .collect::<Vec<_>>()
        .join(" ");
    if !tree.is_empty() {
        let top = |name: &str| tree.iter().any(|entry| entry.path == format!("{name}/"));
        if (has(&["ios"]) || has(&["android"])) && !said.contains("single") {
            return Structure::Mobile;
        }
        let parts = |ends: &[&str]| {
            tree.iter().any(|entry| {
                let name = entry.path.trim_end_matches('/');
                !name.contains('/') && ends.iter().any(|end| name.ends_with(end))
            })
        };
        if parts(&["-api", "-backend", "-server"]) && parts(&["-ui", "-frontend", "-web", "-client"]) {
            return Structure::Web;
        }
        let front = has(&["frontend", "client", "web", "webapp", "ui"]);
        let back = has(&["backend", "server", "api"]);
        if front
            && back
            && (top("frontend")
                || top("backend")
                || top("client")
                || top("server")
                || has(&["apps", "packages"]))
        {
            return Structure::Web;
        }
        return Structure::Single;
    }
    let whole = document
        .blocks
        .iter()
        .any(|block| block.text.contains("backend/src") || block.text.contains("frontend/src"));
    if mentions(&said, &["mobile", "ios", "android"]) && !mentions(&said, &["single"]) {
        Structure::Mobile
    } else if (mentions(&said, &["web", "frontend", "fullstack", "full-stack"])
        && !mentions(&said, &["single"]))
        || whole
    {
        Structure::Web
    } else {
        Structure::Single
    }
}

/// The language of the server, and that of the surface.
pub(super) fn languages(wide: &str, said: &str, tree: &[Entry], document: &Document) -> (Language, Language) {
    let of_part = |names: &[&str]| {
        let parts = wide.split(['\n', ';', ',']).filter(|part| {
            let lower = part.to_lowercase();
            names.iter().any(|name| lower.contains(name))
        });
        parts.into_iter().find_map(Language::named)
    };
    let of_files = |front: bool| {
        let mut counts: Vec<(Language, usize)> = Vec::new();
        let surface = |path: &str| {
            path.split('/')
                .any(|part| ["frontend", "client", "web", "ui"].contains(&part))
        };
        for language in tree
            .iter()
            .filter(|entry| surface(&entry.path) == front)
            .filter_map(|entry| Language::of_file(&entry.path))
        {
            match counts.iter_mut().find(|(other, _)| *other == language) {
                Some((_, count)) => *count += 1,
                None => counts.push((language, 1)),
            }
        }
        counts
            .into_iter()
            .rev()
            .max_by_key(|(_, count)| *count)
            .map(|(language, _)| language)
    };
    // In prose, only names that are no English words count.
    let prose = || {
        let strong = [
            "python",
            "typescript",
            "javascript",
            "kotlin",
            "fastapi",
            "django",
            "next.js",
            "laravel",
            "flutter",
            ".net",
            "c#",
            "php",
        ];
        let said = document
            .blocks
            .iter()
            .filter(|block| !matches!(block.kind, Kind::Code(_)) && !block.text.contains("[e.g."));
        let mut named = said.flat_map(|block| strong.iter().filter(|name| mentions(&block.text, &[**name])));
        named.next().and_then(|name| Language::named(name))
    };
    let back = of_part(&["backend", "server", "api"])
        .or_else(|| of_files(false).filter(|_| said.is_empty() || Language::named(said).is_none()))
        .or_else(|| Language::named(said))
        .or_else(|| Language::named(wide))
        .or_else(|| of_files(true))
        .or_else(prose)
        .unwrap_or(Language::Unknown);
    // A plan that says Node and draws `.ts` files means TypeScript.
    let back = match (back, of_files(false)) {
        (Language::JavaScript, Some(Language::TypeScript)) => Language::TypeScript,
        (Language::TypeScript, Some(Language::JavaScript)) => Language::JavaScript,
        (Language::Unknown, Some(other)) => other,
        (back, _) => back,
    };
    let front = of_files(true)
        .or_else(|| of_part(&["frontend", "client", "react", "vue", "svelte", "ui)"]))
        .filter(|language| {
            !matches!(
                language,
                Language::Python | Language::Rust | Language::Go | Language::Java
            )
        })
        .unwrap_or(if back == Language::JavaScript {
            Language::JavaScript
        } else {
            Language::TypeScript
        });
    (back, front)
}
