//! A gate, what it asks, and how it is judged.

use super::facts::Facts;

/// A gate with its evidence.
pub(super) struct Gate {
    pub(super) name: &'static str,
    /// What gives cause for it.
    pub(super) cause: fn(&Facts) -> Cause,
    /// What follows from the contracts alone.
    pub(super) rules: fn(&Facts) -> Vec<Check>,
    /// Tests that go through the contract by themselves.
    pub(super) sweeps: &'static [Sweep],
    /// Tests, as `path::function`.
    pub(super) tests: &'static [&'static str],
    /// Numbers of invariants in `docs/ARCHITECTURE.md`.
    pub(super) invariants: &'static [u16],
    /// Sections of documents, as path and heading.
    pub(super) sections: &'static [(&'static str, &'static str)],
}

/// Whether there is cause for a gate, and what or why not.
pub(super) enum Cause {
    Given(String),
    NotYet(String),
}

/// A test that takes its cases from the contract, so that what is added to the contract is tested without anybody
/// thinking of it.
pub(super) struct Sweep {
    pub(super) test: &'static str,
    /// What it goes through, such as `operations with x-tenant`.
    pub(super) over: &'static str,
    /// How many of these there are.
    pub(super) count: fn(&Facts) -> usize,
    /// What its file must therefore hold outside of comments; white space does not count.
    pub(super) source: &'static str,
}

/// One thing that a gate asks, and what was found.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) kind: Kind,
    pub(super) asks: String,
    pub(super) found: Found,
}

/// Where an answer is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Rule,
    Test,
    Invariant,
    Section,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    Met,
    /// With what is missing or wrong.
    Missing(String),
    /// With why there is no cause.
    NotYet(String),
}

/// A gate that was judged.
pub(super) struct Verdict {
    pub(super) gate: &'static str,
    pub(super) cause: Cause,
    pub(super) checks: Vec<Check>,
}

impl Check {
    /// A rule that `faults` break; it is met when there are none.
    pub(super) fn rule(asks: impl Into<String>, faults: &[String]) -> Self {
        Self {
            kind: Kind::Rule,
            asks: asks.into(),
            found: if faults.is_empty() {
                Found::Met
            } else {
                Found::Missing(faults.join("; "))
            },
        }
    }
}

impl Gate {
    pub(super) fn judge(&self, facts: &Facts) -> Verdict {
        let cause = (self.cause)(facts);
        let checks = match cause {
            Cause::Given(_) => self.checks(facts),
            Cause::NotYet(_) => Vec::new(),
        };
        Verdict {
            gate: self.name,
            cause,
            checks,
        }
    }

    fn checks(&self, facts: &Facts) -> Vec<Check> {
        let mut checks = (self.rules)(facts);
        checks.extend(self.sweeps.iter().map(|sweep| sweep.check(facts)));
        checks.extend(self.invariants.iter().map(|&number| Check {
            kind: Kind::Invariant,
            asks: facts.invariant_text(number),
            found: found(facts.invariant_fault(number)),
        }));
        checks.extend(self.tests.iter().map(|test| Check {
            kind: Kind::Test,
            asks: (*test).to_owned(),
            found: found(facts.test_fault(test)),
        }));
        checks.extend(self.sections.iter().map(|(path, heading)| Check {
            kind: Kind::Section,
            asks: format!("{path} \"{heading}\""),
            found: found(facts.section_fault(path, heading)),
        }));
        for (kind, is_empty) in [
            (Kind::Invariant, self.invariants.is_empty()),
            (Kind::Test, self.tests.is_empty() && self.sweeps.is_empty()),
            (Kind::Section, self.sections.is_empty()),
        ] {
            if is_empty {
                checks.push(Check {
                    kind,
                    asks: format!("at least one {} is evidence", kind.name()),
                    found: Found::Missing(format!(
                        "write it, and name it under \"{}\" in xtask/src/gates/evidence.rs",
                        self.name
                    )),
                });
            }
        }
        checks
    }
}

impl Sweep {
    fn check(&self, facts: &Facts) -> Check {
        let (path, _) = self.test.split_once("::").unwrap_or((self.test, ""));
        let fault = facts.test_fault(self.test).or_else(|| {
            let goes_through = facts.tests.mentions(path, self.source);
            (!goes_through).then(|| {
                format!(
                    "{path} does not hold `{}`, so it cannot go through all of them",
                    self.source
                )
            })
        });
        Check {
            kind: Kind::Test,
            asks: format!("{} (all {} {})", self.test, (self.count)(facts), self.over),
            found: found(fault),
        }
    }
}

fn found(fault: Option<String>) -> Found {
    fault.map_or(Found::Met, Found::Missing)
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Test => "test",
            Self::Invariant => "invariant",
            Self::Section => "section",
        }
    }
}

impl Verdict {
    /// What is missing, each with its gate.
    pub(super) fn missing(&self) -> Vec<String> {
        let line = |check: &Check| match &check.found {
            Found::Missing(reason) => Some(format!(
                "{}: {} {}: {reason}",
                self.gate,
                check.kind.name(),
                check.asks
            )),
            Found::Met | Found::NotYet(_) => None,
        };
        self.checks.iter().filter_map(line).collect()
    }

    /// `met`, `missed` or `not applicable yet`.
    pub(super) fn state(&self) -> &'static str {
        match self.cause {
            Cause::NotYet(_) => "not applicable yet",
            Cause::Given(_) if self.missing().is_empty() => "met",
            Cause::Given(_) => "missed",
        }
    }
}
