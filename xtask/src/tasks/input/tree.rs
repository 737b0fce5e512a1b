//! The folders and files that a plan draws.

/// One file or folder of the drawn tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The path from the repository's root; a folder ends in `/`.
    pub(crate) path: String,
    /// What the drawing says beside it.
    pub(crate) note: String,
    /// The line in the plan.
    pub(crate) line: u64,
}

/// Whether a piece of code draws a tree.
pub(crate) fn is_tree(language: &str, code: &str) -> bool {
    if code.contains('├') || code.contains('└') || code.contains("|--") {
        return true;
    }
    let lines: Vec<&str> = code
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with(['#', '/']))
        .map(|line| head(line).0.trim())
        .collect();
    let paths = lines
        .iter()
        .filter(|line| line.ends_with('/') || line.contains('/') && line.contains('.') || line.contains('.'))
        .count();
    let drawn = ["", "text", "txt", "plaintext", "tree", "plain"].contains(&language);
    let slashes = lines.iter().any(|line| line.contains('/'));
    drawn
        && slashes
        && paths * 5 >= lines.len() * 3
        && lines.iter().all(|line| line.split_whitespace().count() == 1)
}

/// The name, and the note behind it.
fn head(line: &str) -> (&str, &str) {
    for mark in [" #", "\t#", " //", " ←", " <-", " — ", " – ", "  -", " →", " ※"] {
        if let Some((name, note)) = line.split_once(mark) {
            return (
                name,
                note.trim_start_matches(['#', '/', ' ', '-', '←', '→']).trim(),
            );
        }
    }
    // Two spaces or a parenthesis behind a name begin a note as well.
    let trimmed = line.trim_end();
    let start = trimmed
        .find(|letter: char| !letter.is_whitespace() && !"│├└─|`+-".contains(letter))
        .unwrap_or(0);
    let name = trimmed.get(start..).unwrap_or_default();
    let end = name.find("  ").or_else(|| name.find(" (")).unwrap_or(name.len());
    let (cut, note) = trimmed.split_at(start + end);
    (cut, note.trim())
}

/// One drawing: alternatives are marked by `# Option 1: …` lines.
pub(crate) fn read(code: &str, first_line: u64) -> Vec<(String, Vec<Entry>)> {
    let mut options: Vec<(String, Vec<Entry>)> = vec![(String::new(), Vec::new())];
    let mut path: Vec<(usize, String)> = Vec::new();
    for (offset, line) in (0..).zip(code.lines()) {
        if line.trim_start().starts_with('#') || line.trim_start().starts_with("//") {
            if line.to_lowercase().contains("option") {
                options.push((line.to_lowercase(), Vec::new()));
                path.clear();
            }
            continue;
        }
        let (drawn, note) = head(line);
        let Some(depth) = drawn
            .chars()
            .position(|letter| !letter.is_whitespace() && !"│├└─┬|`+-".contains(letter))
        else {
            continue;
        };
        let name: String = drawn
            .chars()
            .skip(depth)
            .collect::<String>()
            .trim()
            .trim_matches(['`', '*'])
            .to_owned();
        let odd = ["...", "…", "[", "<", "{", "*", "→", ":"]
            .iter()
            .any(|odd| name.starts_with(odd));
        if name.is_empty()
            || odd
            || name.contains(['{', '*', '<', ','])
            || name.split_whitespace().count() > 2
        {
            continue;
        }
        let name = name.split_whitespace().next().unwrap_or_default().to_owned();
        path.retain(|(other, _)| *other < depth);
        let above: String = path.iter().map(|(_, name)| name.as_str()).collect();
        let child = name.trim_start_matches("./").to_owned();
        let is_folder = child.ends_with('/') || child == ".";
        let full = format!("{above}{child}");
        path.push((
            depth,
            if child == "." || child == "/" {
                String::new()
            } else if is_folder {
                child
            } else {
                format!("{child}/")
            },
        ));
        if let Some((_, entries)) = options.last_mut() {
            entries.push(Entry {
                path: full,
                note: note.to_owned(),
                line: first_line + offset,
            });
        }
    }
    for (_, entries) in &mut options {
        mark_folders(entries);
        strip_root(entries);
        entries.retain(|entry| !entry.path.is_empty() && entry.path != "./" && entry.path != ".");
    }
    options.retain(|(_, entries)| !entries.is_empty());
    options
}

/// What has something below it is a folder, drawn with a slash or not.
fn mark_folders(entries: &mut [Entry]) {
    let paths: Vec<String> = entries.iter().map(|entry| entry.path.clone()).collect();
    for entry in entries {
        let below = format!("{}/", entry.path);
        if !entry.path.ends_with('/') && paths.iter().any(|path| path.starts_with(&below)) {
            entry.path = below;
        }
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        if !entry.path.ends_with('/') && !name.is_empty() && !name.contains('.') && !is_bare_file(name) {
            entry.path.push('/');
        }
    }
}

fn is_bare_file(name: &str) -> bool {
    matches!(
        name,
        "Dockerfile" | "Makefile" | "Gemfile" | "Procfile" | "Rakefile" | "LICENSE" | "README" | "Justfile"
    )
}

/// The folder of the repository itself is no part of the paths.
fn strip_root(entries: &mut [Entry]) {
    const PARTS: [&str; 22] = [
        "src", "lib", "app", "apps", "packages", "backend", "frontend", "api", "server", "client", "web",
        "ios", "android", "mobile", "tests", "test", "docs", "specs", "services", "internal", "cmd",
        "crates",
    ];
    let Some(root) = entries
        .first()
        .map(|entry| entry.path.clone())
        .filter(|root| root.ends_with('/'))
    else {
        return;
    };
    let name = root.trim_end_matches('/');
    let folders = entries
        .iter()
        .filter_map(|entry| entry.path.strip_prefix(&root))
        .filter(|rest| rest.ends_with('/') && rest.matches('/').count() == 1)
        .count();
    let whole = entries.iter().all(|entry| entry.path.starts_with(&root));
    if whole && folders >= 2 && !PARTS.contains(&name) && !name.contains('/') {
        for entry in entries {
            entry.path = entry.path.split_off(root.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &[&str]) {
        let paths: Vec<String> = read(code, 1)
            .into_iter()
            .flat_map(|(_, entries)| entries)
            .map(|entry| entry.path)
            .collect();
        assert_eq!(paths, expected);
    }

    #[test]
    fn drawn_trees_become_paths() {
        check(
            "backend/\n├── src/\n│   ├── models/  # entities\n│   │   └── user.py (NEW)\n│   └── main.py\n└── tests/\n",
            &[
                "backend/",
                "backend/src/",
                "backend/src/models/",
                "backend/src/models/user.py",
                "backend/src/main.py",
                "backend/tests/",
            ],
        );
    }

    #[test]
    fn indentation_alone_draws_too() {
        check(
            "src/\n  models/\n    user.ts\n",
            &["src/", "src/models/", "src/models/user.ts"],
        );
    }

    #[test]
    fn the_repository_is_no_folder_of_itself() {
        check(
            "shop/\n├── src/\n│   └── a.rs\n└── tests/\n",
            &["src/", "src/a.rs", "tests/"],
        );
    }

    #[test]
    fn options_are_kept_apart() {
        let options = read(
            "# Option 1: Single project (DEFAULT)\nsrc/\n├── models/\n\n# Option 2: Web application\nbackend/\n└── src/\n",
            10,
        );
        assert_eq!(options.len(), 2);
        assert_eq!(options[1].1[1].path, "backend/src/");
        assert_eq!(options[1].1[1].line, 16);
    }
}
