//! What else `relay` can be told to do, beside carrying events.

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, value_parser};

/// What `relay` shall do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RelayArguments {
    /// Carry events until it is stopped.
    #[default]
    Carry,
    /// Order a new epoch, then stop.
    NewEpoch {
        /// For these partitions; for each that needs one where there is none.
        partitions: Vec<u16>,
        /// Why.
        reason: String,
        /// Where nothing is wrong with the stream, too.
        even_if_healthy: bool,
    },
    /// Republish withheld events, then stop.
    Unpark {
        /// The one at this partition and sequence; all of them where there is none.
        place: Option<(u16, i64)>,
    },
}

/// The command with its flags.
pub(super) fn arguments(command: clap::Command) -> clap::Command {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    command
        .arg(
            flag("new-epoch")
                .requires("reason")
                .conflicts_with("unpark")
                .help("Begin the streams anew that the log cannot continue, then stop"),
        )
        .arg(
            Arg::new("reason")
                .long("reason")
                .value_name("TEXT")
                .requires("new-epoch")
                .help("With --new-epoch: why; it is kept beside the log"),
        )
        .arg(
            flag("even-if-healthy")
                .requires("new-epoch")
                .requires("partition")
                .help("With --new-epoch and --partition: where nothing is wrong, too"),
        )
        .arg(
            flag("unpark")
                .requires("which")
                .help("Republish events that were withheld, as new events, then stop"),
        )
        .arg(
            Arg::new("partition")
                .long("partition")
                .value_name("NUMBER")
                .value_parser(value_parser!(u16))
                .action(ArgAction::Append)
                .help("With --new-epoch (any number of times) or --sequence: the partition"),
        )
        .arg(
            Arg::new("sequence")
                .long("sequence")
                .value_name("NUMBER")
                .value_parser(value_parser!(i64).range(1..))
                .requires("partition")
                .requires("unpark")
                .help("With --unpark: the event's place in its partition"),
        )
        .arg(
            flag("all")
                .requires("unpark")
                .help("With --unpark: every withheld event"),
        )
        .group(ArgGroup::new("which").args(["sequence", "all"]))
}

impl RelayArguments {
    pub(super) fn from_matches(matches: &ArgMatches) -> Self {
        let partitions: Vec<u16> = matches
            .get_many("partition")
            .map(|partitions| partitions.copied().collect())
            .unwrap_or_default();
        if matches.get_flag("new-epoch") {
            return Self::NewEpoch {
                partitions,
                reason: matches.get_one::<String>("reason").cloned().unwrap_or_default(),
                even_if_healthy: matches.get_flag("even-if-healthy"),
            };
        }
        if matches.get_flag("unpark") {
            let sequence = matches.get_one::<i64>("sequence").copied();
            return Self::Unpark {
                place: partitions.first().copied().zip(sequence),
            };
        }
        Self::Carry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Cli;

    fn parsed(arguments: &str) -> Option<RelayArguments> {
        let arguments = format!("rollcall relay {arguments}");
        Cli::parse(arguments.split_whitespace()).ok().map(|cli| cli.relay)
    }

    #[test]
    fn relay_can_be_told_to_do_more() {
        let check = |arguments: &str, expected| assert_eq!(parsed(arguments), Some(expected), "{arguments}");
        check("", RelayArguments::Carry);
        let new_epoch = |partitions: &[u16], even_if_healthy| RelayArguments::NewEpoch {
            partitions: partitions.to_vec(),
            reason: "restored".to_owned(),
            even_if_healthy,
        };
        check("--new-epoch --reason restored", new_epoch(&[], false));
        check(
            "--new-epoch --reason restored --partition 3 --partition 4 --even-if-healthy",
            new_epoch(&[3, 4], true),
        );
        check("--unpark --all", RelayArguments::Unpark { place: None });
        check(
            "--unpark --partition 3 --sequence 9",
            RelayArguments::Unpark { place: Some((3, 9)) },
        );
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        for arguments in [
            "--new-epoch",
            "--reason restored",
            "--new-epoch --reason restored --even-if-healthy",
            "--new-epoch --reason restored --unpark --all",
            "--unpark",
            "--unpark --sequence 9",
            "--unpark --all --partition 3 --sequence 9",
            "--sequence 0 --partition 3 --unpark",
            "--all",
        ] {
            assert_eq!(parsed(arguments), None, "{arguments}");
        }
    }
}
