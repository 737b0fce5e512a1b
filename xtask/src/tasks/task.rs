//! The tasks, their phases and their gates.

use super::model::Origin;
use super::names::one_line;

/// The phase that a task belongs to, in the order of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Category {
    /// Project, dependencies, linting, decisions.
    Setup,
    /// Contract and integration tests.
    Tests,
    /// Models, services, endpoints, commands.
    Core,
    /// Database, middleware, workers, telemetry.
    Integration,
    /// Unit tests, performance, documents, validation.
    Polish,
}

impl Category {
    /// All, in order.
    pub(crate) const ALL: [Self; 5] = [
        Self::Setup,
        Self::Tests,
        Self::Core,
        Self::Integration,
        Self::Polish,
    ];

    /// The heading of the phase.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Setup => "Phase 3.1: Setup",
            Self::Tests => "Phase 3.2: Tests First (TDD) ⚠️ MUST COMPLETE BEFORE 3.3",
            Self::Core => "Phase 3.3: Core Implementation (ONLY after tests are failing)",
            Self::Integration => "Phase 3.4: Integration",
            Self::Polish => "Phase 3.5: Polish",
        }
    }

    /// The name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Tests => "tests",
            Self::Core => "core",
            Self::Integration => "integration",
            Self::Polish => "polish",
        }
    }
}

/// A gate of the constitution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// No tenant sees or changes another's data.
    TenantIsolation,
    /// Contracts are the source, and are checked.
    ContractFirst,
    /// Events leave through a transactional outbox.
    Outbox,
    /// Traces, metrics, logs and an audit trail.
    Observability,
    /// State changes keep what depends on them whole.
    Lifecycle,
    /// What is promised of latency and availability is measured.
    Objectives,
}

impl Gate {
    /// All, in the order of the phases.
    pub(crate) const ALL: [Self; 6] = [
        Self::TenantIsolation,
        Self::ContractFirst,
        Self::Outbox,
        Self::Observability,
        Self::Lifecycle,
        Self::Objectives,
    ];

    /// How the constitution calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TenantIsolation => "tenant isolation",
            Self::ContractFirst => "contract-first artifacts",
            Self::Outbox => "outbox publishing",
            Self::Observability => "observability/audit",
            Self::Lifecycle => "lifecycle integrity cascades",
            Self::Objectives => "SLO validation",
        }
    }
}

/// One task.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// What it is about, for ever: the same key keeps the same id.
    pub(crate) key: String,
    /// `T001`; empty until the tasks are ordered.
    pub(crate) id: String,
    /// The phase.
    pub(crate) category: Category,
    /// The gate that asks for it.
    pub(crate) gate: Option<Gate>,
    /// What to do, without the files.
    pub(crate) text: String,
    /// The files that it writes; a folder ends in `/`.
    pub(crate) files: Vec<String>,
    /// The documents that it follows from.
    pub(crate) origins: Vec<Origin>,
    /// The keys of the tasks that come before it.
    pub(crate) needs: Vec<String>,
    /// Whether it can run beside the others of its group.
    pub(crate) parallel: bool,
    /// Whether it is done.
    pub(crate) done: bool,
}

impl Task {
    /// A task without predecessors.
    pub(crate) fn new(
        key: impl Into<String>,
        category: Category,
        text: impl Into<String>,
        file: impl Into<String>,
    ) -> Self {
        Self {
            // The key stands in a comment of Markdown, which two dashes would break.
            key: one_line(&key.into().replace("--", "–").replace('|', "/"), 300),
            id: String::new(),
            category,
            gate: None,
            text: one_line(&text.into(), 300),
            files: vec![file.into()],
            origins: Vec::new(),
            needs: Vec::new(),
            parallel: false,
            done: false,
        }
    }

    /// With what it follows from.
    pub(crate) fn from(mut self, origins: impl IntoIterator<Item = Origin>) -> Self {
        for origin in origins {
            if !self.origins.contains(&origin) {
                self.origins.push(origin);
            }
        }
        self
    }

    /// With what must be done before.
    pub(crate) fn after(mut self, keys: impl IntoIterator<Item = String>) -> Self {
        for key in keys {
            if key != self.key && !self.needs.contains(&key) {
                self.needs.push(key);
            }
        }
        self
    }

    /// Asked for by a gate.
    pub(crate) fn of(mut self, gate: Gate) -> Self {
        self.gate = Some(gate);
        self
    }

    /// The text with its files, as the list shows it.
    pub(crate) fn description(&self) -> String {
        format!("{} in {}", self.text, self.files.join(", "))
    }
}

/// Everything that was made of a feature.
#[derive(Debug)]
pub(crate) struct TaskList {
    /// The tasks in order.
    pub(crate) tasks: Vec<Task>,
    /// The groups that can run together, as indexes of `tasks`.
    pub(crate) groups: Vec<Vec<usize>>,
    /// The number that the next new task gets.
    pub(crate) next: u32,
    /// Tasks that a person wrote into the list, as they stand there.
    pub(crate) added: Vec<String>,
}

impl TaskList {
    /// The task of a key.
    pub(crate) fn of_key(&self, key: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.key == key)
    }
}
