//! Which file a task writes: the plan's own file or folder where it draws one, otherwise the conventions of structure and
//! language.

mod drawn;
mod role;

use super::input::plan::{Plan, Structure};
use super::language::Language;
use super::names::{camel, kebab, pascal, snake, words};
pub(crate) use drawn::is_test;
use drawn::{part, shared_folder};
pub(crate) use role::Role;

/// The files of a feature.
pub(crate) struct Layout<'a> {
    plan: &'a Plan,
    /// `backend/`, `api/` or nothing.
    root: String,
    /// The folder of the surface.
    surface: String,
}

impl<'a> Layout<'a> {
    /// The layout that a plan asks for.
    pub(crate) fn new(plan: &'a Plan) -> Self {
        let (root, surface) = match plan.structure {
            Structure::Single => (String::new(), String::new()),
            Structure::Web => (
                part(plan, &["backend", "server", "api"], "backend/"),
                part(plan, &["frontend", "client", "web", "webapp", "ui"], "frontend/"),
            ),
            Structure::Mobile => {
                let surface = part(plan, &["ios", "android", "mobile", "app"], "app/");
                let api = part(
                    plan,
                    &["api", "backend", "server"],
                    if plan.tree.is_empty() { "api/" } else { &surface },
                );
                (api, surface)
            }
        };
        Self { plan, root, surface }
    }

    /// The folder of the server, or of everything.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// The folder of what people see; empty where it is the same.
    pub(crate) fn surface(&self) -> &str {
        &self.surface
    }

    /// The folders that the project is made of.
    pub(crate) fn folders(&self) -> Vec<String> {
        let mut folders: Vec<String> = Vec::new();
        let parts = std::iter::once(self.base())
            .chain((!self.surface.is_empty() && self.surface != self.root).then(|| self.surface.clone()));
        for folder in parts.chain(std::iter::once(self.tests())) {
            if !folder.is_empty() && !folders.iter().any(|known| folder.starts_with(known.as_str())) {
                folders.push(folder);
            }
        }
        folders
    }

    /// The file for a subject in a role.
    pub(crate) fn file(&self, role: Role, subject: &[String]) -> String {
        if role.is_test() {
            return self.test_file(role, subject);
        }
        let language = if role == Role::Page {
            self.plan.frontend
        } else {
            self.plan.language
        };
        if let Some(drawn) = self.drawn_file(role, subject) {
            return drawn;
        }
        let folder = self.drawn_folder(role, false).unwrap_or_else(|| {
            let base = if role == Role::Page {
                self.surface_base()
            } else {
                self.base()
            };
            let name = role.folders().first().copied().unwrap_or_default();
            let name = if language == Language::CSharp || language == Language::Swift {
                pascal(&words(name))
            } else {
                name.to_owned()
            };
            format!("{base}{name}/")
        });
        format!("{folder}{}", self.source_name(role, language, subject))
    }

    fn source_name(&self, role: Role, language: Language, subject: &[String]) -> String {
        let mut parts = subject.to_vec();
        let marked = role
            .mark()
            .filter(|mark| role == Role::Service || language.files_like_types() && !mark.is_empty());
        if let Some(mark) = marked.filter(|mark| !parts.iter().any(|part| part == mark)) {
            parts.push(mark.to_owned());
        }
        let stem = if role == Role::Page || language.files_like_types() {
            pascal(&parts)
        } else if language.is_script() {
            self.script_stem(&parts)
        } else {
            snake(&parts)
        };
        let ending = if role == Role::Page && language.is_script() {
            if language == Language::TypeScript {
                ".tsx"
            } else {
                ".jsx"
            }
        } else {
            language.ending()
        };
        format!("{stem}{ending}")
    }

    /// The style of the plan's own files.
    fn script_stem(&self, parts: &[String]) -> String {
        let stems = self.plan.tree.iter().filter(|entry| {
            Language::of_file(&entry.path).is_some_and(Language::is_script) && !entry.path.ends_with('x')
        });
        let (mut dashes, mut humps, mut capitals) = (0, 0, 0);
        for entry in stems {
            let stem = entry
                .path
                .rsplit('/')
                .next()
                .and_then(|name| name.split('.').next())
                .unwrap_or_default();
            dashes += usize::from(stem.contains('-'));
            capitals += usize::from(stem.chars().next().is_some_and(char::is_uppercase));
            humps += usize::from(
                stem.chars().next().is_some_and(char::is_lowercase) && stem.chars().any(char::is_uppercase),
            );
        }
        if capitals > dashes && capitals > humps {
            pascal(parts)
        } else if humps > dashes {
            camel(parts)
        } else {
            kebab(parts)
        }
    }

    fn test_file(&self, role: Role, subject: &[String]) -> String {
        let language = self.plan.language;
        let kind = match role {
            Role::ContractTest => "contract",
            Role::EventTest => "contract/events",
            Role::IntegrationTest => "integration",
            Role::UnitTest => "unit",
            Role::PerformanceTest => "perf",
            _ => "quickstart",
        };
        let drawn = if role == Role::EventTest {
            self.drawn_folder(Role::ContractTest, true)
                .map(|folder| format!("{folder}events/"))
        } else {
            self.drawn_folder(role, true)
        };
        let mut parts = subject.to_vec();
        if role == Role::EventTest && !parts.iter().any(|part| part == "event") {
            parts.push("event".to_owned());
        }
        let flat = drawn.is_none() && language == Language::Rust;
        if flat {
            parts.insert(0, kind.split('/').next().unwrap_or(kind).to_owned());
        }
        let folder = drawn.unwrap_or_else(|| {
            let tests = self.tests();
            match language {
                Language::Rust => tests,
                Language::CSharp | Language::FSharp | Language::Swift | Language::Php => kind
                    .split('/')
                    .fold(tests, |folder, part| format!("{folder}{}/", pascal(&words(part)))),
                _ => format!("{tests}{kind}/"),
            }
        });
        let snaked = snake(&parts);
        let name = match language {
            Language::Python => format!("test_{snaked}.py"),
            Language::TypeScript | Language::JavaScript => {
                format!("{}.test{}", self.script_stem(&parts), language.ending())
            }
            Language::Rust => format!("{snaked}.rs"),
            Language::Java | Language::Kotlin | Language::Scala => {
                format!("{}Test{}", pascal(&parts), language.ending())
            }
            Language::CSharp | Language::FSharp | Language::Swift => {
                format!("{}Tests{}", pascal(&parts), language.ending())
            }
            Language::Php => format!("{}Test.php", pascal(&parts)),
            Language::Elixir => format!("{snaked}_test.exs"),
            Language::Shell => format!("{snaked}.bats"),
            Language::PowerShell => format!("{}.Tests.ps1", pascal(&parts)),
            Language::Lua => format!("{snaked}_spec.lua"),
            Language::Unknown => format!("test_{snaked}"),
            Language::Go | Language::Ruby | Language::Dart | Language::Cpp | Language::C => {
                format!("{snaked}_test{}", language.ending())
            }
        };
        format!("{folder}{name}")
    }

    /// The folder that everything of the server stands in.
    fn base(&self) -> String {
        let sources: Vec<&str> = self
            .plan
            .tree
            .iter()
            .map(|entry| entry.path.as_str())
            .filter(|path| {
                self.is_ours(path) && !is_test(path) && Language::of_file(path) == Some(self.plan.language)
            })
            .collect();
        let shared = shared_folder(&sources);
        if shared.len() > self.root.len() && sources.len() > 1 {
            let own = shared
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default();
            let roles = [
                Role::Model,
                Role::Service,
                Role::Endpoint,
                Role::Command,
                Role::Event,
                Role::Database,
            ];
            let is_role =
                roles.iter().any(|role| role.folders().contains(&own)) && shared.matches('/').count() > 1;
            return if is_role {
                shared
                    .strip_suffix(&format!("{own}/"))
                    .unwrap_or(&shared)
                    .to_owned()
            } else {
                shared
            };
        }
        let drawn = [
            "src/main/java/",
            "src/main/kotlin/",
            "src/",
            "lib/",
            "app/",
            "Sources/",
            "internal/",
        ]
        .iter()
        .map(|name| format!("{}{name}", self.root))
        .find(|folder| {
            self.plan
                .tree
                .iter()
                .any(|entry| entry.path.starts_with(folder.as_str()))
        });
        drawn.unwrap_or_else(|| {
            if sources.len() > 2 {
                self.root.clone()
            } else {
                format!("{}{}", self.root, self.plan.language.folders().0)
            }
        })
    }

    fn surface_base(&self) -> String {
        let drawn = format!("{}src/", self.surface);
        let has = self.plan.tree.iter().any(|entry| entry.path.starts_with(&drawn));
        let other = self.plan.tree.iter().any(|entry| {
            entry.path.starts_with(&self.surface)
                && entry.path.len() > self.surface.len()
                && !self.surface.is_empty()
        });
        if has || !other {
            drawn
        } else {
            self.surface.clone()
        }
    }

    fn tests(&self) -> String {
        let mut drawn: Vec<&str> = self
            .plan
            .tree
            .iter()
            .map(|entry| entry.path.as_str())
            .filter(|path| path.ends_with('/') && self.is_ours(path))
            .filter(|path| {
                let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                ["tests", "test", "__tests__", "Tests"].contains(&name)
            })
            .collect();
        drawn.sort_by_key(|path| (!path.starts_with(&self.root), path.len()));
        drawn.first().map_or_else(
            || format!("{}{}", self.root, self.plan.language.folders().1),
            |path| (*path).to_owned(),
        )
    }

    /// Whether a path is not of the surface.
    fn is_ours(&self, path: &str) -> bool {
        self.surface.is_empty() || self.surface == self.root || !path.starts_with(&self.surface)
    }
}
