//! The command line: commands, and a flag for every setting.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, value_parser};

mod conformance;
mod relay;
mod tail;

pub use conformance::ConformanceArguments;
pub use relay::RelayArguments;
pub use tail::TailArguments;

use super::key::KEYS;

/// What `rollcall` shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Serve the API; what happens without a command.
    Serve,
    /// Copy the event log to Redis, without serving.
    Relay,
    /// Bring the database to this version's schema, then stop.
    Migrate,
    /// Compare the event log with the streams, then stop.
    Verify,
    /// Print events as they are committed, for a person.
    Tail,
    /// Judge a consumer of the streams, then stop.
    Conformance,
    /// Print the effective configuration, then stop.
    Config,
    /// Print the documents that the code derives, then stop.
    Document,
}

impl Command {
    const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Serve, "serve", "Serve the API (the default)"),
        (
            Self::Relay,
            "relay",
            "Copy the event log to Redis Streams, without serving",
        ),
        (
            Self::Migrate,
            "migrate",
            "Bring the database to this version's schema",
        ),
        (
            Self::Verify,
            "verify",
            "Compare the event log with the streams, entry by entry",
        ),
        (Self::Tail, "tail", "Print events as they are committed"),
        (
            Self::Conformance,
            "conformance",
            "Judge a consumer of the event streams by all that can happen to one",
        ),
        (
            Self::Config,
            "config",
            "Print the effective configuration, secrets hidden",
        ),
        (
            Self::Document,
            "document",
            "Print the OpenAPI document and the event schemas as JSON",
        ),
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Relay => "relay",
            Self::Migrate => "migrate",
            Self::Verify => "verify",
            Self::Tail => "tail",
            Self::Conformance => "conformance",
            Self::Config => "config",
            Self::Document => "document",
        }
    }
}

/// A parsed command line.
#[derive(Clone, PartialEq, Eq)]
pub struct Cli {
    /// The command.
    pub command: Command,
    /// The configuration file, where `--config` names one.
    pub config: Option<PathBuf>,
    /// What `relay` shall do.
    pub relay: RelayArguments,
    /// What `tail` shall print.
    pub tail: TailArguments,
    /// What `conformance` shall run.
    pub conformance: ConformanceArguments,
    /// The settings given as flags, by key.
    pub(super) flags: BTreeMap<&'static str, String>,
}

impl Cli {
    /// Parses the arguments, the program's name first. `--help` and `--version` come as errors that say so: give them to
    /// [`clap::Error::exit`].
    pub fn parse(
        arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        Ok(Self::from_matches(&command().try_get_matches_from(arguments)?))
    }

    fn from_matches(matches: &ArgMatches) -> Self {
        let command = Command::ALL
            .into_iter()
            .find(|(_, name, _)| matches.subcommand_name() == Some(name))
            .map_or(Command::Serve, |(command, _, _)| command);
        // Flags are global, so that they may stand before or after the command; clap copies them to both levels.
        let flags = KEYS
            .iter()
            .filter_map(|key| Some((key.name, matches.get_one::<String>(key.name)?.clone())))
            .collect();
        let arguments = matches.subcommand().map(|(_, arguments)| arguments);
        let of = |wanted| arguments.filter(|_| command == wanted);
        Self {
            command,
            relay: of(Command::Relay)
                .map(RelayArguments::from_matches)
                .unwrap_or_default(),
            tail: of(Command::Tail)
                .map(TailArguments::from_matches)
                .unwrap_or_default(),
            conformance: of(Command::Conformance)
                .map(ConformanceArguments::from_matches)
                .unwrap_or_default(),
            config: matches.get_one::<PathBuf>("config").cloned(),
            flags,
        }
    }
}

fn command() -> clap::Command {
    let flags = KEYS.iter().map(|key| {
        let argument = Arg::new(key.name)
            .long(key.flag)
            .value_name(key.value)
            .help(key.help)
            .global(true);
        // The default is shown, not set: clap could not tell it from a given one, and the file must come between them.
        match key.default {
            Some(default) => argument.help(format!("{} [default: {default}]", key.help)),
            None => argument,
        }
    });
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("TOML file with the same settings; ROLLCALL_CONFIG names one too")
        .global(true);
    let commands = Command::ALL.map(|(command, name, about)| {
        let subcommand = clap::Command::new(name).about(about);
        match command {
            Command::Relay => relay::arguments(subcommand),
            Command::Tail => tail::arguments(subcommand),
            Command::Conformance => conformance::arguments(subcommand),
            _ => subcommand,
        }
    });
    clap::Command::new("rollcall")
        .about("A contract-first, multi-tenant school roster service")
        .after_help("Every flag is also a variable: --auth-issuer is ROLLCALL_AUTH_ISSUER. Flags win over variables, variables over the file.")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommands(commands)
        .arg(config)
        .args(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn a_flag_may_stand_before_or_after_the_command() {
        for arguments in [
            ["rollcall", "--listen", "[::1]:1", "migrate"],
            ["rollcall", "migrate", "--listen", "[::1]:1"],
        ] {
            let cli = Cli::parse(arguments).unwrap();
            assert_eq!(cli.command, Command::Migrate);
            assert_eq!(cli.flags.get("listen").map(String::as_str), Some("[::1]:1"));
        }
    }

    #[test]
    fn no_command_means_serve() {
        assert_eq!(Cli::parse(["rollcall"]).unwrap().command, Command::Serve);
        assert!(Cli::parse(["rollcall", "surve"]).is_err());
    }
}
