//! What follows from the contracts alone, one file for each gate.
//!
//! Much of it the generator refuses already; it is asked here again because a gate must not depend on who else asks.

pub(super) mod audit;
pub(super) mod contracts;
pub(super) mod events;
pub(super) mod lifecycle;
pub(super) mod service_levels;
pub(super) mod tenants;

use contract_codegen::{Location, Operation};

/// Whether an operation has a header among its parameters.
fn takes_header(operation: &Operation, name: &str) -> bool {
    let mut parameters = operation.parameters.iter();
    parameters.any(|parameter| parameter.location == Location::Header && parameter.name == name)
}

/// One line for each operation that `fault` finds fault with.
fn faults<'a>(
    operations: impl Iterator<Item = &'a Operation>,
    fault: impl Fn(&Operation) -> Option<String>,
) -> Vec<String> {
    operations
        .filter_map(|operation| fault(operation).map(|fault| format!("{} {fault}", operation.name)))
        .collect()
}
