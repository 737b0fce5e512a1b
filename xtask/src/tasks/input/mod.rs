//! The design documents of a feature.

pub(crate) mod contracts;
pub(crate) mod data_model;
mod diagrams;
mod entity_names;
mod fields;
pub(crate) mod folder;
pub(crate) mod markdown;
pub(crate) mod plan;
mod quickstart;
mod relations;
mod research;
mod spec;
mod states;
mod structure;
mod tree;
mod types;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use folder::Text;
use markdown::{Document, Kind};

use super::model::{Feature, Gate, Origin, Problem};

/// Loads a feature; `None` where there is no plan.
pub(crate) fn load(path: &Path) -> Option<Feature> {
    let mut loader = Loader {
        path,
        documents: Vec::new(),
        problems: Vec::new(),
    };
    let plan_document = loader.document("plan.md")?;
    let plan = plan::read("plan.md", &plan_document);
    let data = loader.document("data-model.md");
    let mut entities = data
        .as_ref()
        .map(|document| data_model::read("data-model.md", document))
        .unwrap_or_default();
    let research = loader.document("research.md");
    let quickstart = loader.document("quickstart.md");
    let spec = loader.document("spec.md");
    if entities.is_empty() {
        entities = spec
            .as_ref()
            .map(|document| data_model::read_list("spec.md", document))
            .unwrap_or_default();
    }
    let mut contracts = Vec::new();
    for file in folder::contract_files(path) {
        if let Some(text) = loader.text(&file) {
            contracts.extend(contracts::read(&file, &text, &mut loader.problems));
        }
    }
    let mut objectives = plan.goals.clone();
    objectives.extend(contracts.iter().flat_map(|contract| contract.objectives.clone()));
    objectives.extend(
        spec.as_ref()
            .map(|document| spec::objectives("spec.md", document))
            .unwrap_or_default(),
    );
    let mut mentions = Vec::new();
    for (file, document) in [
        ("plan.md", Some(&plan_document)),
        ("data-model.md", data.as_ref()),
        ("research.md", research.as_ref()),
        ("spec.md", spec.as_ref()),
    ] {
        mentions.extend(
            document
                .map(|document| mentioned(file, document))
                .unwrap_or_default(),
        );
    }
    Some(Feature {
        folder: folder::name(path),
        plan,
        documents: loader.documents,
        entities,
        contracts,
        decisions: research
            .as_ref()
            .map(|document| research::read("research.md", document))
            .unwrap_or_default(),
        scenarios: quickstart
            .as_ref()
            .map(|document| quickstart::read("quickstart.md", document))
            .unwrap_or_default(),
        stories: spec
            .as_ref()
            .map(|document| spec::read("spec.md", document))
            .unwrap_or_default(),
        objectives,
        mentions,
        problems: loader.problems,
    })
}

struct Loader<'a> {
    path: &'a Path,
    documents: Vec<String>,
    problems: Vec<Problem>,
}

impl Loader<'_> {
    fn text(&mut self, file: &str) -> Option<Text> {
        match fs::read(self.path.join(file)) {
            Ok(bytes) => {
                self.documents.push(file.to_owned());
                Some(Text::of(&bytes))
            }
            Err(error) => {
                if error.kind() != ErrorKind::NotFound || self.path.join(file).symlink_metadata().is_ok() {
                    self.problems.push(Problem {
                        origin: Origin::line(file, 1),
                        reason: format!("the file cannot be read: {error}"),
                    });
                }
                None
            }
        }
    }

    fn document(&mut self, file: &str) -> Option<Document> {
        let text = self.text(file)?;
        self.problems.extend(text.problem(file));
        if text.content.trim().is_empty() {
            self.problems.push(Problem {
                origin: Origin::line(file, 1),
                reason: "the file is empty".to_owned(),
            });
        }
        Some(Document::parse(&text.content))
    }
}

/// Where a document first demands what a gate is about; that something is left out is no demand.
fn mentioned(file: &str, document: &Document) -> Vec<(Gate, Origin)> {
    const WORDS: [(Gate, &[&str]); 4] = [
        (
            Gate::TenantIsolation,
            &[
                "tenant isolation",
                "multi-tenant",
                "multitenant",
                "tenant-scoped",
                "tenantid",
                "tenant_id",
                "x-tenant-id",
                "row-level security",
                "per-tenant",
            ],
        ),
        (Gate::Outbox, &["outbox"]),
        (
            Gate::Observability,
            &[
                "opentelemetry",
                "audit log",
                "audit trail",
                "audit record",
                "structured logging",
                "observability",
                "prometheus",
                "auditlog",
                "audit_log",
            ],
        ),
        (
            Gate::Lifecycle,
            &[
                "cascade",
                "on delete",
                "lifecycle integrity",
                "soft delete",
                "soft-delete",
            ],
        ),
    ];
    const DENIALS: [&str; 10] = [
        "out of scope",
        "not applicable",
        "n/a",
        "no multi-tenant",
        "single-tenant",
        "not needed",
        "not required",
        "deferred",
        "no outbox",
        "non-goal",
    ];
    let mut found = Vec::new();
    for (gate, words) in WORDS {
        let first = document.blocks.iter().find(|block| {
            let text = format!("{} {}", block.text, block.cells.join(" ")).to_lowercase();
            !matches!(block.kind, Kind::Code(_))
                && words.iter().any(|word| text.contains(word))
                && !DENIALS.iter().any(|denial| text.contains(denial))
        });
        found.extend(first.map(|block| (gate, Origin::line(file, block.line))));
    }
    found
}
