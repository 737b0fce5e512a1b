//! A whole contract as a constant.

use crate::{Operation, ProblemType, SecurityScheme};

/// A tag.
#[derive(Debug)]
pub struct Tag {
    /// Its name.
    pub name: &'static str,
    /// What it gathers, for a person.
    pub description: Option<&'static str>,
}

/// A server of the contract.
#[derive(Debug)]
pub struct Server {
    /// Its URL.
    pub url: &'static str,
    /// What it is, for a person.
    pub description: Option<&'static str>,
}

/// A license.
#[derive(Debug)]
pub struct License {
    /// Its name.
    pub name: &'static str,
    /// Where its text is.
    pub url: Option<&'static str>,
}

/// The contract's `info`, as far as poem-openapi asks for it before the document is derived.
#[derive(Debug)]
pub struct ApiInfo {
    /// The title.
    pub title: &'static str,
    /// The contract's version.
    pub version: &'static str,
    /// All about it.
    pub description: Option<&'static str>,
    /// Name and URL of whom to ask.
    pub contact: Option<(Option<&'static str>, Option<&'static str>)>,
    /// The license.
    pub license: Option<License>,
}

/// A whole contract.
#[derive(Debug)]
pub struct Api {
    /// The contract's `info`.
    pub info: ApiInfo,
    /// Its servers.
    pub servers: &'static [Server],
    /// Its tags.
    pub tags: &'static [Tag],
    /// Its security schemes.
    pub security_schemes: &'static [&'static SecurityScheme],
    /// Its operations in the contract's order.
    pub operations: &'static [&'static Operation],
    /// `x-problems`: its problem types.
    pub problems: &'static [&'static ProblemType],
}

impl Api {
    /// The operation of a name: its operationId, or the one that is made of method and path where the contract has none.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&'static Operation> {
        self.operations
            .iter()
            .copied()
            .find(|operation| operation.id == id)
    }
}
