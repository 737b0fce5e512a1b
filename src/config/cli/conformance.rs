//! The arguments of `rollcall conformance`.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::config::value;

/// What `rollcall conformance` shall run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConformanceArguments {
    /// Only name the scenarios.
    pub list: bool,
    /// The scenarios to play; none means all.
    pub scenarios: Vec<String>,
    /// Whether the Redis may hold other keys.
    pub among_other_keys: bool,
    /// The first of the partitions that are written.
    pub first_partition: u16,
    /// How long the consumer may say nothing.
    pub patience: Duration,
    /// Scenarios played at once.
    pub jobs: usize,
    /// The consumer: the program and its arguments.
    pub command: Vec<OsString>,
}

impl ConformanceArguments {
    pub(super) fn from_matches(matches: &ArgMatches) -> Self {
        let many = |name| {
            matches
                .get_many::<String>(name)
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        };
        let command = matches.get_many::<OsString>("command");
        Self {
            list: matches.get_flag("list"),
            scenarios: many("scenario"),
            among_other_keys: matches.get_flag("among-other-keys"),
            first_partition: matches.get_one("first-partition").copied().unwrap_or_default(),
            patience: matches.get_one("patience").copied().unwrap_or_default(),
            jobs: usize::from(matches.get_one::<u8>("jobs").copied().unwrap_or(1)),
            command: command.into_iter().flatten().cloned().collect(),
        }
    }
}

pub(super) fn arguments(command: Command) -> Command {
    let list = Arg::new("list")
        .long("list")
        .action(ArgAction::SetTrue)
        .help("Name the scenarios and what happens in each, and stop");
    let scenario = Arg::new("scenario")
        .long("scenario")
        .value_name("NAME")
        .action(ArgAction::Append)
        .help("Play this one; may be repeated [default: all]");
    let among_other_keys = Arg::new("among-other-keys")
        .long("among-other-keys")
        .action(ArgAction::SetTrue)
        .help("Accept a Redis that holds keys already");
    let first_partition = Arg::new("first-partition")
        .long("first-partition")
        .value_name("NUMBER")
        .default_value("0")
        .value_parser(value_parser!(u16).range(..4096))
        .help("The first of the partitions that are written, one for each scenario");
    let patience = Arg::new("patience")
        .long("patience")
        .value_name("DURATION")
        .default_value("30s")
        .value_parser(value::duration)
        .help("How long the consumer may say nothing, its start included");
    let jobs = Arg::new("jobs")
        .long("jobs")
        .value_name("NUMBER")
        .default_value("1")
        .value_parser(value_parser!(u8).range(1..=16))
        .help("Scenarios played at once");
    let consumer = Arg::new("command")
        .value_name("COMMAND")
        .value_parser(value_parser!(OsString))
        .num_args(1..)
        .last(true)
        .required_unless_present("list")
        .help("The consumer and its arguments");
    command
        .after_help("The consumer finds REDIS_URL, CONSUMER_GROUP, CONSUMER_NAME, PARTITIONS, STATE_FILE and HANDLED_FILE in its environment; docs/EVENTS.md says what it must print.")
        .args([list, scenario, among_other_keys, first_partition, patience, jobs, consumer])
}
