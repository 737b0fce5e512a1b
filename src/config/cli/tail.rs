//! The arguments of `rollcall tail`.

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use uuid::Uuid;

/// What `rollcall tail` shall print.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TailArguments {
    /// The events of this tenant alone.
    pub tenant: Option<Uuid>,
    /// The events of this partition alone.
    pub partition: Option<u16>,
    /// Those after this sequence; from now on where it is absent.
    pub after: Option<i64>,
    /// Those of types that this pattern fits, `*` for anything.
    pub event_type: Option<String>,
    /// Each as its JSON, instead of a line for a person.
    pub json: bool,
    /// Stop at the end of what there is.
    pub no_follow: bool,
}

impl TailArguments {
    pub(super) fn from_matches(matches: &ArgMatches) -> Self {
        Self {
            tenant: matches.get_one("tenant").copied(),
            partition: matches.get_one("partition").copied(),
            after: matches.get_one("after").copied(),
            event_type: matches.get_one("type").cloned(),
            json: matches.get_flag("json"),
            no_follow: matches.get_flag("no-follow"),
        }
    }
}

pub(super) fn arguments(command: Command) -> Command {
    let tenant = Arg::new("tenant")
        .long("tenant")
        .value_name("UUID")
        .value_parser(value_parser!(Uuid))
        .help("The events of this tenant alone");
    let partition = Arg::new("partition")
        .long("partition")
        .value_name("NUMBER")
        .value_parser(value_parser!(u16))
        .help("The events of this partition alone");
    let after = Arg::new("after")
        .long("after")
        .value_name("SEQUENCE")
        .value_parser(value_parser!(i64).range(0..))
        .help("Begin after this sequence, 0 for the start of the log [default: from now on]");
    let from_now = Arg::new("from-now")
        .long("from-now")
        .action(ArgAction::SetTrue)
        .conflicts_with("after")
        .help("Begin with what is committed from now on (the default)");
    let event_type = Arg::new("type")
        .long("type")
        .value_name("PATTERN")
        .help("Types that this fits, such as 'School*'; * stands for anything");
    let json = Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("Print each event as JSON, one line each");
    let no_follow = Arg::new("no-follow")
        .long("no-follow")
        .action(ArgAction::SetTrue)
        .help("Stop at the end of the log instead of waiting for more");
    command.args([tenant, partition, after, from_now, event_type, json, no_follow])
}
