//! The alerts. Each has a situation in which it fires and one in which it is silent, and a heading in
//! `docs/OPERATIONS.md` that tells what to do.

mod events;
mod service;
mod service_levels;
mod tenants;

use super::samples::Samples;

/// Who is told, and when.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// Somebody is woken.
    Page,
    /// Somebody looks at it on a working day.
    Ticket,
}

/// An alert.
pub(super) struct Alert {
    /// The group of rules that it stands in.
    pub(super) group: &'static str,
    pub(super) name: String,
    pub(super) severity: Severity,
    /// How long the expression has to hold.
    pub(super) lasting: &'static str,
    pub(super) expr: String,
    /// One line for the one who is told.
    pub(super) summary: String,
    /// What it means for callers and consumers.
    pub(super) description: String,
    pub(super) cases: Vec<Case>,
}

/// A situation, and what the alert makes of it.
#[derive(Clone)]
pub(super) struct Case {
    /// The situation in words.
    pub(super) name: String,
    /// The series of the situation.
    pub(super) input: Vec<Samples>,
    /// When the alert is looked at, such as `10m`.
    pub(super) at: &'static str,
    /// The labels of each alert that fires then, beside its severity; none when it is silent.
    pub(super) firing: Vec<Vec<(&'static str, &'static str)>>,
}

impl Severity {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

impl Alert {
    /// Where its runbook is.
    pub(super) fn runbook(&self) -> String {
        format!("docs/OPERATIONS.md#{}", self.name.to_lowercase())
    }
}

impl Case {
    /// One in which the alert fires once, with these labels.
    pub(super) fn fires(
        name: &str,
        at: &'static str,
        labels: &[(&'static str, &'static str)],
        input: Vec<Samples>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            input,
            at,
            firing: vec![labels.to_vec()],
        }
    }

    /// One in which it is silent.
    pub(super) fn silent(name: &str, at: &'static str, input: Vec<Samples>) -> Self {
        Self {
            name: name.to_owned(),
            input,
            at,
            firing: Vec::new(),
        }
    }
}

/// All alerts, in the order of their groups.
pub(super) fn all() -> Vec<Alert> {
    let mut alerts = service_levels::alerts();
    alerts.extend(service::alerts());
    alerts.extend(events::alerts());
    alerts.extend(tenants::alerts());
    alerts
}
