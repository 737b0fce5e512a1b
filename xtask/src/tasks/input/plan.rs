//! `plan.md`: language, libraries, structure.

use super::markdown::{Document, Kind, plain};
use super::tree::{self, Entry};
use crate::tasks::language::Language;
use crate::tasks::model::{Origin, Stated};
use crate::tasks::names::one_line;

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

/// What a plan says.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The feature's name.
    pub(crate) title: String,
    /// The language of the server or of the whole.
    pub(crate) language: Language,
    /// The language of the part that people see.
    pub(crate) frontend: Language,
    /// Where the language stands.
    pub(crate) language_origin: Origin,
    /// The language as the plan puts it.
    pub(crate) language_text: String,
    /// The libraries.
    pub(crate) dependencies: Option<Stated>,
    /// The database.
    pub(crate) storage: Option<Stated>,
    /// The tools for tests.
    pub(crate) testing: Option<Stated>,
    /// The conventions for paths.
    pub(crate) structure: Structure,
    /// Where the structure stands.
    pub(crate) structure_origin: Origin,
    /// The files and folders of the plan.
    pub(crate) tree: Vec<Entry>,
    /// What is demanded of speed and load.
    pub(crate) goals: Vec<Stated>,
    /// What the plan left open.
    pub(crate) open: Vec<Stated>,
    /// Whether commands are what people use.
    pub(crate) command_line: bool,
}

const LANGUAGE: [&str; 12] = [
    "language",
    "언어",
    "语言",
    "語言",
    "言語",
    "lingua",
    "lengua",
    "langage",
    "sprache",
    "язык",
    "tech stack",
    "stack",
];
const DEPENDENCIES: [&str; 13] = [
    "dependenc",
    "frameworks",
    "libraries",
    "의존성",
    "依赖",
    "依存",
    "相依",
    "dependências",
    "abhängigkeit",
    "dépendanc",
    "зависимост",
    "framework",
    "abhaengigkeit",
];
const STORAGE: [&str; 13] = [
    "storage",
    "database",
    "저장",
    "存储",
    "儲存",
    "ストレージ",
    "armazenamento",
    "almacenamiento",
    "stockage",
    "speicher",
    "хранилищ",
    "persistence",
    "banco de dados",
];
const TESTING: [&str; 9] = [
    "testing",
    "테스트",
    "测试",
    "測試",
    "テスト",
    "testes",
    "pruebas",
    "tests",
    "тестирован",
];
const TYPE: [&str; 9] = [
    "project type",
    "프로젝트 유형",
    "项目类型",
    "專案類型",
    "プロジェクトタイプ",
    "tipo de proj",
    "tipo de proy",
    "type de projet",
    "projekttyp",
];
const GOALS: [&str; 13] = [
    "performance",
    "성능",
    "性能",
    "パフォーマンス",
    "desempenho",
    "rendimiento",
    "leistung",
    "производительност",
    "slo",
    "latency",
    "效能",
    "availability",
    "slos",
];

/// Reads a plan.
pub(crate) fn read(file: &str, document: &Document) -> Plan {
    let labels = document.labels();
    let find = |names: &[&str]| -> Option<Stated> {
        labels
            .iter()
            .find(|(label, value, _)| {
                let label = label.to_lowercase();
                !value.is_empty()
                    && label.chars().count() < 40
                    && names.iter().any(|name| label.contains(name))
            })
            .map(|(_, value, line)| Stated {
                text: value.clone(),
                origin: Origin::line(file, *line),
            })
    };
    let language = find(&LANGUAGE).filter(is_given);
    let dependencies = find(&DEPENDENCIES).filter(is_given);
    let project_type = find(&TYPE).filter(is_given);
    let decision = find(&["structure decision"]).filter(is_given);
    let (tree, options) = chosen_tree(document, &project_type, &decision);
    let structure = structure(&tree, project_type.as_ref(), decision.as_ref(), document);
    let said = language
        .as_ref()
        .map(|language| language.text.clone())
        .unwrap_or_default();
    let wide = format!(
        "{said}\n{}",
        dependencies.as_ref().map_or("", |stated| stated.text.as_str())
    );
    let (back, front) = languages(&wide, &said, &tree, document);
    let origin = |stated: Option<&Stated>, line: u64| {
        stated.map_or_else(|| Origin::line(file, line), |stated| stated.origin.clone())
    };
    let tree_line = tree.first().map_or(1, |entry| entry.line);
    Plan {
        title: title(document),
        language: back,
        frontend: front,
        language_origin: origin(language.as_ref(), 1),
        language_text: one_line(&said.replace('\n', "; "), 60),
        dependencies,
        storage: find(&STORAGE).filter(is_given),
        testing: find(&TESTING).filter(is_given),
        structure,
        structure_origin: if tree.is_empty() || options {
            origin(decision.as_ref().or(project_type.as_ref()), tree_line)
        } else {
            Origin::line(file, tree_line)
        },
        command_line: project_type
            .iter()
            .chain(&decision)
            .any(|stated| mentions(&stated.text, &["cli", "command-line", "command line"])),
        tree,
        goals: goals(file, &labels),
        open: labels
            .iter()
            .filter(|(_, value, _)| value.contains("NEEDS CLARIFICATION") && !value.contains("e.g."))
            .map(|(label, _, line)| Stated {
                text: label.clone(),
                origin: Origin::line(file, *line),
            })
            .collect(),
    }
}

/// Whether a value says something.
pub(crate) fn is_given(stated: &Stated) -> bool {
    let text = stated.text.trim_start_matches(['*', '`', ' ']).to_lowercase();
    let nothing = [
        "n/a",
        "none",
        "no ",
        "not applicable",
        "unchanged",
        "[",
        "-",
        "—",
        "해당 없음",
        "不适用",
        "なし",
        "nenhum",
        "needs clarification",
    ];
    !text.is_empty() && !nothing.iter().any(|nothing| text.starts_with(nothing)) && text != "no"
}

fn mentions(text: &str, names: &[&str]) -> bool {
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

fn title(document: &Document) -> String {
    let heading = document
        .blocks
        .iter()
        .find(|block| matches!(block.kind, Kind::Heading(1)));
    let text = heading.map(|block| plain(&block.text)).unwrap_or_default();
    for mark in [": ", "：", " — ", " – ", " - "] {
        if let Some((_, name)) = text.split_once(mark) {
            return one_line(name, 120);
        }
    }
    one_line(&text, 120)
}

fn goals(file: &str, labels: &[(String, String, u64)]) -> Vec<Stated> {
    let mut goals: Vec<Stated> = Vec::new();
    for (label, value, line) in labels {
        let lower = label.to_lowercase();
        let about = GOALS.iter().any(|name| lower.contains(name)) && label.chars().count() < 40;
        let stated = Stated {
            text: one_line(value, 160),
            origin: Origin::line(file, *line),
        };
        let measured = value.chars().any(|letter| letter.is_ascii_digit());
        if about && measured && is_given(&stated) {
            goals.push(stated);
        }
    }
    goals.truncate(1);
    goals
}

/// The tree that holds: of several options the one that the plan decided for; drawings of the documents do not count.
fn chosen_tree(document: &Document, kind: &Option<Stated>, decision: &Option<Stated>) -> (Vec<Entry>, bool) {
    let mut chosen: Vec<Entry> = Vec::new();
    let mut had_options = false;
    for (index, block) in document.blocks.iter().enumerate() {
        if !matches!(block.kind, Kind::Code(_)) || !tree::is_tree(&block.text) {
            continue;
        }
        let mut options = tree::read(&block.text, block.line);
        let documents = |entries: &[Entry]| {
            entries
                .first()
                .is_some_and(|entry| entry.path.starts_with("specs/") || entry.path.starts_with(".specify"))
                || entries.iter().any(|entry| entry.path.ends_with("plan.md"))
        };
        if options.len() > 1 {
            had_options = true;
            let said: String = kind
                .iter()
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

fn structure(
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
fn languages(wide: &str, said: &str, tree: &[Entry], document: &Document) -> (Language, Language) {
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
