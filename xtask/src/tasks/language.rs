//! Programming languages: how a plan names them, and how their files are called.

/// A language that tasks name files in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    TypeScript,
    JavaScript,
    Rust,
    Go,
    Java,
    Kotlin,
    Scala,
    Swift,
    CSharp,
    FSharp,
    Ruby,
    Php,
    Dart,
    Elixir,
    Cpp,
    C,
    Shell,
    PowerShell,
    Lua,
    Unknown,
}

/// Every name with its language; the first that a text names wins, so that `Python 3.11, TypeScript 5` is Python.
const NAMES: [(&str, Language); 51] = [
    ("python", Language::Python),
    ("fastapi", Language::Python),
    ("django", Language::Python),
    ("flask", Language::Python),
    ("typescript", Language::TypeScript),
    ("nestjs", Language::TypeScript),
    ("next.js", Language::TypeScript),
    ("angular", Language::TypeScript),
    ("javascript", Language::JavaScript),
    ("node.js", Language::JavaScript),
    ("nodejs", Language::JavaScript),
    ("node", Language::JavaScript),
    ("html", Language::JavaScript),
    ("es2022", Language::JavaScript),
    ("ecmascript", Language::JavaScript),
    ("react", Language::TypeScript),
    ("rust", Language::Rust),
    ("golang", Language::Go),
    ("go", Language::Go),
    ("java", Language::Java),
    ("spring", Language::Java),
    ("kotlin", Language::Kotlin),
    ("android", Language::Kotlin),
    ("scala", Language::Scala),
    ("swift", Language::Swift),
    ("swiftui", Language::Swift),
    ("c#", Language::CSharp),
    ("csharp", Language::CSharp),
    (".net", Language::CSharp),
    ("dotnet", Language::CSharp),
    ("asp.net", Language::CSharp),
    ("blazor", Language::CSharp),
    ("f#", Language::FSharp),
    ("ruby", Language::Ruby),
    ("rails", Language::Ruby),
    ("php", Language::Php),
    ("laravel", Language::Php),
    ("symfony", Language::Php),
    ("dart", Language::Dart),
    ("flutter", Language::Dart),
    ("elixir", Language::Elixir),
    ("phoenix", Language::Elixir),
    ("c++", Language::Cpp),
    ("c++17", Language::Cpp),
    ("c++20", Language::Cpp),
    ("c", Language::C),
    ("bash", Language::Shell),
    ("shell", Language::Shell),
    ("posix", Language::Shell),
    ("powershell", Language::PowerShell),
    ("lua", Language::Lua),
];

impl Language {
    /// The first language that a text names.
    pub(crate) fn named(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        lower
            .split(|letter: char| !(letter.is_alphanumeric() || "+#.".contains(letter)))
            .map(|word| word.trim_end_matches('.'))
            .find_map(|word| {
                let bare = word.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
                let known = |name: &str| {
                    NAMES
                        .iter()
                        .find(|(other, _)| *other == name)
                        .map(|(_, language)| *language)
                };
                known(word).or_else(|| known(bare))
            })
    }

    /// The language of a file, by its ending.
    pub(crate) fn of_file(path: &str) -> Option<Self> {
        let ending = path.rsplit('/').next()?.rsplit_once('.')?.1;
        Some(match ending {
            "py" => Self::Python,
            "ts" | "tsx" | "svelte" | "vue" => Self::TypeScript,
            "js" | "jsx" | "mjs" | "cjs" => Self::JavaScript,
            "rs" => Self::Rust,
            "go" => Self::Go,
            "java" => Self::Java,
            "kt" | "kts" => Self::Kotlin,
            "scala" => Self::Scala,
            "swift" => Self::Swift,
            "cs" | "razor" | "cshtml" => Self::CSharp,
            "fs" => Self::FSharp,
            "rb" => Self::Ruby,
            "php" => Self::Php,
            "dart" => Self::Dart,
            "ex" | "exs" => Self::Elixir,
            "cpp" | "cc" | "hpp" | "cxx" => Self::Cpp,
            "c" | "h" => Self::C,
            "sh" | "bash" | "bats" => Self::Shell,
            "ps1" | "psm1" => Self::PowerShell,
            "lua" => Self::Lua,
            _ => return None,
        })
    }

    /// How people write it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::TypeScript => "TypeScript",
            Self::JavaScript => "JavaScript",
            Self::Rust => "Rust",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::Kotlin => "Kotlin",
            Self::Scala => "Scala",
            Self::Swift => "Swift",
            Self::CSharp => "C#",
            Self::FSharp => "F#",
            Self::Ruby => "Ruby",
            Self::Php => "PHP",
            Self::Dart => "Dart",
            Self::Elixir => "Elixir",
            Self::Cpp => "C++",
            Self::C => "C",
            Self::Shell => "shell",
            Self::PowerShell => "PowerShell",
            Self::Lua => "Lua",
            Self::Unknown => "the",
        }
    }

    /// The ending of its files, with the dot.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Python => ".py",
            Self::TypeScript => ".ts",
            Self::JavaScript => ".js",
            Self::Rust => ".rs",
            Self::Go => ".go",
            Self::Java => ".java",
            Self::Kotlin => ".kt",
            Self::Scala => ".scala",
            Self::Swift => ".swift",
            Self::CSharp => ".cs",
            Self::FSharp => ".fs",
            Self::Ruby => ".rb",
            Self::Php => ".php",
            Self::Dart => ".dart",
            Self::Elixir => ".ex",
            Self::Cpp => ".cpp",
            Self::C => ".c",
            Self::Shell => ".sh",
            Self::PowerShell => ".ps1",
            Self::Lua => ".lua",
            Self::Unknown => "",
        }
    }

    /// Whether its files are called like the type in them.
    pub(crate) fn files_like_types(self) -> bool {
        matches!(
            self,
            Self::Java | Self::Kotlin | Self::Scala | Self::Swift | Self::CSharp | Self::FSharp | Self::Php
        )
    }

    /// Whether it is of the JavaScript family.
    pub(crate) fn is_script(self) -> bool {
        matches!(self, Self::TypeScript | Self::JavaScript)
    }

    /// The file that names a project's dependencies, and the file that configures linting.
    pub(crate) fn project_files(self) -> (&'static str, &'static str) {
        match self {
            Self::Python => ("pyproject.toml", "ruff.toml"),
            Self::TypeScript | Self::JavaScript => ("package.json", "eslint.config.js"),
            Self::Rust => ("Cargo.toml", "rustfmt.toml"),
            Self::Go => ("go.mod", ".golangci.yml"),
            Self::Java => ("pom.xml", "config/checkstyle.xml"),
            Self::Kotlin => ("build.gradle.kts", ".editorconfig"),
            Self::Scala => ("build.sbt", ".scalafmt.conf"),
            Self::Swift => ("Package.swift", ".swiftlint.yml"),
            Self::CSharp | Self::FSharp => ("Directory.Build.props", ".editorconfig"),
            Self::Ruby => ("Gemfile", ".rubocop.yml"),
            Self::Php => ("composer.json", "phpcs.xml"),
            Self::Dart => ("pubspec.yaml", "analysis_options.yaml"),
            Self::Elixir => ("mix.exs", ".formatter.exs"),
            Self::Cpp | Self::C => ("CMakeLists.txt", ".clang-format"),
            Self::Shell => ("Makefile", ".shellcheckrc"),
            Self::PowerShell => ("build.ps1", "PSScriptAnalyzerSettings.psd1"),
            Self::Lua => ("rockspec.lua", ".luacheckrc"),
            Self::Unknown => ("README.md", ".editorconfig"),
        }
    }

    /// Where its sources and its tests stand when the plan does not say.
    pub(crate) fn folders(self) -> (&'static str, &'static str) {
        match self {
            Self::Java => ("src/main/java/", "src/test/java/"),
            Self::Kotlin => ("src/main/kotlin/", "src/test/kotlin/"),
            Self::Scala => ("src/main/scala/", "src/test/scala/"),
            Self::Go => ("internal/", "tests/"),
            Self::Swift => ("Sources/", "Tests/"),
            Self::Dart | Self::Elixir => ("lib/", "test/"),
            Self::Ruby => ("app/", "test/"),
            _ => ("src/", "tests/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_what_people_write() {
        let check =
            |text: &str, expected: Option<Language>| assert_eq!(Language::named(text), expected, "{text}");
        check("Python 3.11, TypeScript 5.3", Some(Language::Python));
        check("C# / .NET 9.0", Some(Language::CSharp));
        check("F# on .NET", Some(Language::FSharp));
        check("Go 1.22+", Some(Language::Go));
        check("Java 21 (Spring Boot 3)", Some(Language::Java));
        check("Rust 1.75", Some(Language::Rust));
        check("C++20", Some(Language::Cpp));
        check("Node.js 20 LTS", Some(Language::JavaScript));
        check("N/A", None);
    }
}
