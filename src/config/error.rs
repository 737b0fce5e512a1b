//! Why a configuration is refused; each is one line that says what to change.

use std::path::PathBuf;

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A `ROLLCALL_*` variable that means nothing.
    #[error("{name}: there is no such variable{}", did_you_mean(.nearest.as_deref()))]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The known one that is spelt most like it.
        nearest: Option<String>,
    },
    /// A key in the file that means nothing.
    #[error("{} line {line}: there is no key {name}{}", .file.display(), did_you_mean(.nearest.as_deref()))]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key, with its table.
        name: String,
        /// The known one that is spelt most like it.
        nearest: Option<String>,
    },
    /// A value that is none of those allowed.
    #[error("{origin}: {problem}")]
    InvalidValue {
        /// The flag, the variable, or the file, line and key.
        origin: String,
        /// What is wrong with it and what is allowed.
        problem: String,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {reason}", .file.display())]
    FileUnreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{} line {line}: not valid TOML: {reason}", .file.display())]
    FileSyntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// Authentication is half configured, which would otherwise look as if it were on.
    #[error(
        "{given} is set but {missing} is not: authentication needs auth.issuer, auth.audience and auth.jwks \
         (ROLLCALL_AUTH_ISSUER, ROLLCALL_AUTH_AUDIENCE, ROLLCALL_AUTH_JWKS)"
    )]
    AuthIncomplete {
        /// A key of authentication that is set.
        given: &'static str,
        /// One that it needs.
        missing: &'static str,
    },
    /// Without authentication everybody who reaches the port could do everything.
    #[error(
        "{origin}: {address} is reachable from other machines and authentication is off: listen on 127.0.0.1 or [::1], \
         or set ROLLCALL_AUTH_ISSUER, ROLLCALL_AUTH_AUDIENCE and ROLLCALL_AUTH_JWKS"
    )]
    OpenWithoutAuth {
        /// Where the address was set.
        origin: String,
        /// The address.
        address: String,
    },
    /// The command needs a setting that has no default.
    #[error("`rollcall {command}` needs {name}: set {variable} or --{flag}")]
    Missing {
        /// The command.
        command: &'static str,
        /// The setting.
        name: &'static str,
        /// Its variable.
        variable: String,
        /// Its flag.
        flag: &'static str,
    },
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest
        .map(|name| format!("; did you mean {name}?"))
        .unwrap_or_default()
}

/// The name among `known` that is spelt most like `name`, if any is near enough to be what was meant.
pub(super) fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, &candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}
