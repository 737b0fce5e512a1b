//! Setup: project, dependencies, linting, decisions.

use super::Rules;
use crate::tasks::input::plan::Structure;
use crate::tasks::language::Language;
use crate::tasks::model::{Category, Task};
use crate::tasks::names::{kebab, one_line, slug};

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    let root = rules.layout.root().to_owned();
    let plan = &feature.plan;
    let mut structure = Task::new(
        "setup:structure",
        Category::Setup,
        format!(
            "Create project structure per implementation plan ({})",
            plan.structure.title()
        ),
        "",
    )
    .from([plan.structure_origin.clone()]);
    structure.files = rules.layout.folders();
    rules.push(structure);
    project(rules, "setup:project", plan.language, &root);
    let surface = rules.layout.surface().to_owned();
    if plan.structure == Structure::Web && surface != rules.layout.root() {
        project(rules, "setup:project-surface", plan.frontend, &surface);
    }
    for open in &plan.open {
        let key = format!("setup:clarify:{}", open.text.to_lowercase());
        let text = format!("Clarify what the plan left open: {}", one_line(&open.text, 60));
        rules.push(
            Task::new(key, Category::Setup, text, format!("{}/plan.md", feature.folder))
                .from([open.origin.clone()]),
        );
    }
    for (number, decision) in (1..).zip(&feature.decisions) {
        let name = kebab(&slug(&decision.text, 6, &format!("decision {number}")));
        let file = rules.unique(
            |parts| format!("docs/decisions/{}.md", kebab(parts)),
            std::slice::from_ref(&name),
        );
        let task = Task::new(
            format!("setup:decision:{}", decision.text.to_lowercase()),
            Category::Setup,
            format!(
                "Set up what research decided: {}; record it",
                decision.text.trim_end_matches(['.', ';'])
            ),
            file,
        );
        rules.push(
            task.from([decision.origin.clone()])
                .after(["setup:project".to_owned()]),
        );
    }
    for contract in feature.contracts.iter().filter(|contract| contract.broken) {
        let problem = feature
            .problems
            .iter()
            .find(|problem| problem.origin.document == contract.path);
        let task = Task::new(
            format!("setup:repair:{}", contract.path),
            Category::Setup,
            format!("Repair the contract {}, which could not be read", contract.path),
            format!("{}/{}", feature.folder, contract.path),
        );
        rules.push(task.from(problem.map(|problem| problem.origin.clone())));
    }
}

fn project(rules: &mut Rules<'_>, key: &str, language: Language, root: &str) {
    let plan = &rules.feature.plan;
    let (manifest, linter) = language.project_files();
    let libraries = plan.dependencies.as_ref().map(|stated| {
        let own = of_side(&stated.text, key == "setup:project-surface");
        one_line(&own.replace('\n', ", "), 100)
            .trim_end_matches(['.', ';', ','])
            .to_owned()
    });
    let with = libraries.map_or_else(
        || "project".to_owned(),
        |libraries| format!("project with {libraries} dependencies"),
    );
    let origins = std::iter::once(plan.language_origin.clone())
        .chain(plan.dependencies.iter().map(|stated| stated.origin.clone()));
    let init = Task::new(
        key,
        Category::Setup,
        format!("Initialize {} {with}", language.title()),
        format!("{root}{manifest}"),
    );
    let init = init.from(origins).after(["setup:structure".to_owned()]);
    let lint = Task::new(
        format!("{key}-lint"),
        Category::Setup,
        format!("Configure linting and formatting of {}", language.title()),
        format!("{root}{linter}"),
    );
    rules.push(init);
    rules.push(
        lint.from([rules.feature.plan.language_origin.clone()])
            .after([key.to_owned()]),
    );
}

/// Of `Backend: …` and `Frontend: …` lines those of one side; everything where a plan does not part them.
fn of_side(text: &str, surface: bool) -> String {
    const SIDES: [(&str, bool); 8] = [
        ("backend", false),
        ("server", false),
        ("api", false),
        ("frontend", true),
        ("client", true),
        ("web", true),
        ("ui", true),
        ("mobile", true),
    ];
    let side = |line: &str| {
        let lower = line.trim_start_matches(['*', '-', ' ']).to_lowercase();
        SIDES
            .iter()
            .find(|(name, _)| lower.starts_with(name) && lower.contains(':'))
            .map(|(_, side)| *side)
    };
    let own: Vec<&str> = text.lines().filter(|line| side(line) == Some(surface)).collect();
    let values = own.iter().map(|line| {
        line.split_once(':')
            .map_or(*line, |(_, value)| value.trim_start_matches('*').trim())
    });
    let joined = values.collect::<Vec<_>>().join(", ");
    if joined.is_empty() {
        text.to_owned()
    } else {
        joined
    }
}
