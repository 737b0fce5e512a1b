//! `plan.md`: language, libraries, structure.

use super::markdown::{Document, Kind, plain};
pub(crate) use super::structure::Structure;
use super::structure::{chosen_tree, languages, mentions, structure};
use super::tree::Entry;
use crate::tasks::language::Language;
use crate::tasks::model::{Origin, Stated};
use crate::tasks::names::one_line;

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
    let (tree, options) = chosen_tree(document, project_type.as_ref(), decision.as_ref());
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
