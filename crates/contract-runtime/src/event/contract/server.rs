//! Servers.

use crate::Literal;

/// A server.
#[derive(Debug)]
pub struct EventServer {
    /// Its name.
    pub key: &'static str,
    /// Its host, with variables in braces.
    pub host: &'static str,
    /// The protocol that it speaks.
    pub protocol: &'static str,
    /// The protocol's version.
    pub protocol_version: Option<&'static str>,
    /// The path on the host, with variables in braces.
    pub pathname: Option<&'static str>,
    /// The variables of host and path.
    pub variables: &'static [EventServerVariable],
    /// `title`
    pub title: Option<&'static str>,
    /// `summary`
    pub summary: Option<&'static str>,
    /// `description`
    pub description: Option<&'static str>,
    /// The names of its tags.
    pub tags: &'static [&'static str],
    /// The ways to authenticate, any of which does.
    pub security: Option<Literal>,
    /// What the contract says for the protocol.
    pub bindings: Option<Literal>,
}

impl EventServer {
    /// A server of which the contract says no more.
    #[must_use]
    pub const fn new(key: &'static str, host: &'static str, protocol: &'static str) -> Self {
        Self {
            key,
            host,
            protocol,
            protocol_version: None,
            pathname: None,
            variables: &[],
            title: None,
            summary: None,
            description: None,
            tags: &[],
            security: None,
            bindings: None,
        }
    }
}

/// A variable of a server's host or path.
#[derive(Debug)]
pub struct EventServerVariable {
    /// Its name.
    pub name: &'static str,
    /// `description`
    pub description: Option<&'static str>,
    /// Its values, where not every text is one.
    pub values: &'static [&'static str],
    /// Its value where nobody gives it another.
    pub default: Option<&'static str>,
    /// `examples`
    pub examples: &'static [&'static str],
}

impl EventServerVariable {
    /// A variable of which the contract says no more.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            description: None,
            values: &[],
            default: None,
            examples: &[],
        }
    }
}
