//! `rollcall tail`: prints events as they are committed, for a person.
//!
//! It reads the log itself, so it needs no broker and shows what was committed whether or not it was published. Events of
//! different partitions have no order among each other; they are shown in that of their times, as far as they are there.

mod filter;
mod line;

use std::collections::VecDeque;
use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::{CommandError, environment, open_store};
use crate::config::{Settings, TailArguments};
use crate::outbox::{
    BatchLimit, LogEntry, LogError, LogReader, Wakeup, WakeupListener, WakeupSettings, hear_other_processes,
};
use crate::store::MigrationPolicy;
use crate::telemetry::metrics::Metrics;
use crate::tenancy::Partition;
use filter::Filter;
pub(super) use filter::TailError;
use line::Shown;

/// How often the log is looked at for what nobody told of.
const POLL: Duration = Duration::from_secs(1);
/// How long the line that is being printed may take after SIGINT.
const LAST_LINE: Duration = Duration::from_secs(1);
/// How much of a partition is read at once; that of all partitions is in memory at the same time.
const BATCH: BatchLimit = BatchLimit {
    entries: 64,
    bytes: 256 * 1024,
};

/// Ends with SIGINT, with the pipe that it writes to, or at the end of the log where it shall not follow.
pub(super) async fn run(arguments: &TailArguments, settings: &Settings) -> Result<ExitCode, CommandError> {
    let environment = environment();
    let store = open_store(
        settings,
        &environment,
        MigrationPolicy::Refuse,
        None,
        &Metrics::default(),
    )
    .await?;
    let filter = Filter::new(arguments, store.metadata().partition_count)?;
    // All commits happen in other processes; they are told of as a relay is.
    let wakeup = Wakeup::new(store.metadata().partition_count);
    let listener = wakeup.listen();
    let hearing = hear_other_processes(
        store.commits(),
        wakeup,
        WakeupSettings::default(),
        environment,
        CancellationToken::new(),
    );
    let mut tail = Tail::begin(LogReader::new(store.event_log().clone()), filter, arguments.after).await?;
    let mut output = Output::new(arguments);
    let followed = tokio::select! {
        followed = tail.follow(&mut output, listener, !arguments.no_follow) => followed,
        never = hearing.then(|()| std::future::pending()) => never,
        interrupted = interrupted() => interrupted.map_err(CommandError::Signals),
    };
    store.close().await;
    match followed {
        Err(CommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(ExitCode::SUCCESS)
        }
        followed => followed.map(|()| ExitCode::SUCCESS),
    }
}

/// Waits for SIGINT. A reader that takes nothing more keeps this process in the middle of a line; it ends all the same.
async fn interrupted() -> io::Result<()> {
    let waiting = tokio::spawn(async {
        let interrupted = tokio::signal::ctrl_c().await;
        tokio::spawn(async {
            tokio::time::sleep(LAST_LINE).await;
            std::process::exit(130);
        });
        interrupted
    });
    waiting.await.map_err(io::Error::other)?
}

/// A partition, how far it was shown and how far it goes.
struct Source {
    partition: Partition,
    read: i64,
    head: i64,
    /// What was read and not shown yet.
    ahead: VecDeque<Shown>,
}

struct Tail {
    reader: LogReader,
    filter: Filter,
    sources: Vec<Source>,
}

impl Tail {
    /// Stands behind `after` in each partition that may hold something to show, or at its end.
    async fn begin(reader: LogReader, filter: Filter, after: Option<i64>) -> Result<Self, LogError> {
        let heads = reader.heads().await?;
        let sources = heads
            .into_iter()
            .filter(|head| filter.reads(head.partition))
            .map(|head| Source {
                partition: head.partition,
                read: after.unwrap_or(head.seq),
                head: head.seq,
                ahead: VecDeque::new(),
            })
            .collect();
        Ok(Self {
            reader,
            filter,
            sources,
        })
    }

    async fn follow(
        &mut self,
        output: &mut Output,
        mut listener: WakeupListener,
        goes_on: bool,
    ) -> Result<(), CommandError> {
        let mut told = false;
        loop {
            match self.show(output).await {
                Ok(()) => told = false,
                // A database that restarts ends no `tail`; what it has by then is shown afterwards.
                Err(CommandError::Log(error)) if goes_on => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(%error, "trying again");
                    }
                }
                Err(error) => return Err(error),
            }
            if !goes_on {
                return Ok(());
            }
            // Told of a commit or not, the heads say what there is.
            _ = tokio::time::timeout(POLL, listener.moved()).await;
        }
    }

    /// Shows what there is now.
    async fn show(&mut self, output: &mut Output) -> Result<(), CommandError> {
        self.look().await?;
        while let Some(shown) = self.next().await? {
            output.print(&shown).map_err(CommandError::Output)?;
        }
        output.flush().map_err(CommandError::Output)
    }

    /// Asks how far the log goes now. Partitions are there from their first event on, so there may be new ones.
    async fn look(&mut self) -> Result<(), LogError> {
        for head in self.reader.heads().await? {
            let known = self
                .sources
                .iter_mut()
                .find(|source| source.partition == head.partition);
            match known {
                Some(source) => source.head = head.seq,
                None if self.filter.reads(head.partition) => self.sources.push(Source {
                    partition: head.partition,
                    read: 0,
                    head: head.seq,
                    ahead: VecDeque::new(),
                }),
                None => {}
            }
        }
        Ok(())
    }

    /// The earliest of the events that are next in their partitions.
    async fn next(&mut self) -> Result<Option<Shown>, LogError> {
        for source in &mut self.sources {
            while source.ahead.is_empty() && source.read < source.head {
                source.fill(&self.reader, &self.filter).await?;
            }
        }
        let earliest = self
            .sources
            .iter_mut()
            .filter(|source| !source.ahead.is_empty())
            .min_by(|one, other| one.time().cmp(&other.time()));
        Ok(earliest.and_then(|source| source.ahead.pop_front()))
    }
}

impl Source {
    fn time(&self) -> Option<&str> {
        self.ahead.front().map(Shown::time)
    }

    async fn fill(&mut self, reader: &LogReader, filter: &Filter) -> Result<(), LogError> {
        let entries: Vec<LogEntry> = reader.read_after(self.partition, self.read, BATCH).await?;
        // Nothing where the head promised something: it was purged meanwhile.
        self.read = entries.last().map_or(self.head, |last| last.seq);
        let wanted = entries.into_iter().filter(|entry| filter.shows(entry));
        self.ahead.extend(wanted.map(Shown::new));
        Ok(())
    }
}

struct Output {
    stdout: BufWriter<StdoutLock<'static>>,
    style: line::Style,
}

impl Output {
    fn new(arguments: &TailArguments) -> Self {
        let stdout = io::stdout();
        // https://no-color.org
        let wants_colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let size = rustix::termios::tcgetwinsize(&stdout).ok();
        let style = line::Style {
            is_json: arguments.json,
            has_tenant: arguments.tenant.is_none(),
            width: size
                .map(|size| usize::from(size.ws_col))
                .filter(|width| *width > 0),
            has_colours: stdout.is_terminal() && wants_colours,
        };
        Self {
            stdout: BufWriter::new(stdout.lock()),
            style,
        }
    }

    fn print(&mut self, shown: &Shown) -> io::Result<()> {
        writeln!(self.stdout, "{}", shown.line(self.style))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}
