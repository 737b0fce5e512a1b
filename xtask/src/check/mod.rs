//! `cargo xtask check`: the closed loop between contracts and what is derived from the running code, and the ledger.

mod file;
mod mutation;
mod own;

use std::path::PathBuf;

use clap::Args;
use contract_codegen::{Ledger, Shares, Warning};

use crate::error::TaskError;
use crate::workspace::Workspace;

pub(crate) use own::{served, served_events};

/// What `cargo xtask check` is called with.
#[derive(Args)]
pub(crate) struct CheckArguments {
    /// The contract of somebody else: its ledger, its warnings, and how much of it the overlay is
    file: Option<PathBuf>,
    /// Change one thing at a time, and show that each change is noticed
    #[arg(long)]
    mutate: bool,
    /// Generate code again for so many of the changed contracts, evenly drawn; 0 for all of them
    #[arg(long, default_value_t = 100, requires = "mutate")]
    regenerate: usize,
}

impl CheckArguments {
    /// Rollcall's own contracts, without mutants.
    pub(crate) const OWN: Self = Self {
        file: None,
        mutate: false,
        regenerate: 0,
    };
}

/// Checks Rollcall's own contracts, or a file.
pub(crate) fn run(workspace: &Workspace, arguments: &CheckArguments) -> Result<(), TaskError> {
    match &arguments.file {
        None => own::run(workspace, arguments),
        Some(file) => file::run(workspace, file, arguments),
    }
}

/// The end of a check.
fn verdict(findings: &[String], closed: &str) -> Result<(), TaskError> {
    if findings.is_empty() {
        println!("closed loop: {closed}");
        return Ok(());
    }
    Err(TaskError::Unexpected(format!(
        "the loop is open:\n{}",
        findings.join("\n")
    )))
}

fn print_ledger(name: &str, ledger: &Ledger) {
    let (enforced, documented, refused) = ledger.counts();
    let sum = enforced + documented + refused;
    println!("{name}: {enforced} enforced + {documented} documented + {refused} refused = {sum} pointers");
    for refusal in &ledger.refusals {
        println!("  {refusal}");
    }
}

fn print_warnings(warnings: &[Warning]) {
    for warning in warnings {
        println!("  warning: {warning}");
    }
}

fn print_shares(shares: &Shares) {
    let Shares {
        registry,
        constants,
        overlay,
        overlay_bytes,
        document_bytes,
    } = shares;
    println!(
        "derived: {registry} values by poem-openapi's registry, {constants} more by the constants, {overlay} by the overlay, \
         which has {overlay_bytes} bytes to the contract's {document_bytes}"
    );
}
