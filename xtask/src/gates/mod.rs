//! `cargo xtask gates`: does Rollcall itself pass the six gates that it asks of a feature?
//!
//! A gate is passed when its rules hold and its evidence exists. Rules are derived from the contracts: they ask the same
//! of an operation or a message that is added tomorrow. Evidence is named in one table, [`evidence`]: tests, invariants
//! of `docs/ARCHITECTURE.md`, sections of documents; each is looked up where it is said to be, so that a test which was
//! renamed or is ignored no longer counts.
//!
//! A gate to which the contracts give no cause is `not applicable yet`, with the reason. It becomes mandatory with the
//! first operation or document that gives cause, and is then missed until somebody has named its evidence: silence is
//! never a pass.
//!
//! Whether a test passes is not asked here. `cargo xtask test` runs the gates and the tests.

mod documents;
mod evidence;
mod facts;
mod gate;
mod report;
mod rules;
mod test_functions;
#[cfg(test)]
mod tests;

use crate::error::TaskError;
use crate::generate;
use crate::workspace::Workspace;
use facts::Facts;
use gate::Verdict;

/// Judges each gate and prints a table; fails if one is missed.
pub(crate) fn run(workspace: &Workspace) -> Result<(), TaskError> {
    // Everything below reads the contracts; that the code is theirs has to be so first.
    generate::run(workspace, true)?;
    let facts = Facts::read(workspace)?;
    let verdicts: Vec<Verdict> = evidence::GATES.iter().map(|gate| gate.judge(&facts)).collect();
    print!("{}", report::text(&verdicts));
    let missing: Vec<String> = verdicts.iter().flat_map(Verdict::missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(TaskError::Unexpected(format!(
        "{} missing for the gates:\n{}",
        missing.len(),
        missing.join("\n")
    )))
}
