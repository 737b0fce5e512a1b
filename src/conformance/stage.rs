//! What a scenario plays on: one stream, one consumer, and the ledger between them.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use redis::RedisError;
use tokio::time::Instant;

use super::ConformanceError;
use super::broker::{Broker, Entry, Memory, Stream};
use super::consumer::{Complaints, Consumer, Ended, News};
use super::event::{Content, Event, EventMaker};
use super::file_lines::FileLines;
use super::ledger::{Duty, Ledger, Line, named};
use super::schemas::SchemaServer;
use crate::environment::SharedEnvironment;
use crate::tenancy::Partition;

/// How long to wait before the broker is asked again whether everything was taken.
const PAUSE: Duration = Duration::from_millis(20);
/// How often a consumer may end by itself after its broker did something that breaks connections in real life too.
const RESTARTS_MAX: u32 = 3;

/// What all scenarios of one run share.
pub(super) struct Setting {
    pub(super) redis_url: String,
    pub(super) command: Vec<OsString>,
    pub(super) patience: Duration,
    pub(super) environment: SharedEnvironment,
    pub(super) schemas: SchemaServer,
    /// Tells this run from others: it is in the name of each consumer group.
    pub(super) run: String,
    pub(super) folder: PathBuf,
}

/// Why a scenario ended early.
pub(super) enum Trouble {
    /// The consumer failed it, in this way.
    Failed(String),
    /// The kit cannot go on.
    Kit(ConformanceError),
}

/// What a scenario, or a step of it, comes to.
pub(super) type Play<T = ()> = Result<T, Trouble>;

impl From<ConformanceError> for Trouble {
    fn from(error: ConformanceError) -> Self {
        Self::Kit(error)
    }
}

impl From<RedisError> for Trouble {
    fn from(error: RedisError) -> Self {
        Self::Kit(error.into())
    }
}

/// How a consumer takes it that it must not go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// It ended, with a code that says so.
    Ended(ExitStatus),
    /// It runs and handles nothing more.
    StandsStill,
    /// It made its state anew and went on.
    Bootstrapped,
}

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(status) => write!(formatter, "stopped ({status})"),
            Self::StandsStill => formatter.write_str("stands still"),
            Self::Bootstrapped => formatter.write_str("bootstrapped and went on"),
        }
    }
}

fn failed<T>(how: impl Into<String>) -> Play<T> {
    Err(Trouble::Failed(how.into()))
}

/// The stage of one scenario.
pub(super) struct Stage<'a> {
    setting: &'a Setting,
    pub(super) stream: Stream,
    partition: u16,
    maker: EventMaker,
    ledger: Ledger,
    consumer: Option<Consumer>,
    complaints: Complaints,
    file: Option<FileLines>,
    folder: PathBuf,
    starts: u32,
    restarts_left: u32,
    /// The sequence of the next event.
    pub(super) next_sequence: u64,
    /// The life of the stream that is fed now.
    pub(super) epoch: u64,
}

impl<'a> Stage<'a> {
    /// Makes the stage of the scenario `name`; nothing is there yet.
    pub(super) async fn set(
        setting: &'a Setting,
        broker: &Broker,
        name: &str,
        partition: u16,
    ) -> Result<Self, ConformanceError> {
        let group = format!("conformance-{}-{name}", setting.run);
        let folder = setting.folder.join(name);
        std::fs::create_dir(&folder).map_err(|source| ConformanceError::Folder {
            path: folder.clone(),
            source,
        })?;
        let environment = setting.environment.clone();
        Ok(Self {
            setting,
            stream: broker.stream(partition, group).await?,
            partition,
            maker: EventMaker::new(environment, setting.schemas.base_url(), partition),
            ledger: Ledger::default(),
            consumer: None,
            complaints: Complaints::default(),
            file: Some(FileLines::new(folder.join("handled"))),
            folder,
            starts: 0,
            restarts_left: 0,
            next_sequence: 1,
            epoch: 1,
        })
    }

    /// Ends the consumer and removes the keys. Gives how far it came and what it complained of last.
    pub(super) async fn clear(mut self) -> Result<(String, Vec<String>), ConformanceError> {
        if let Some(consumer) = self.consumer.take() {
            consumer.kill().await?;
        }
        self.stream.forget_all().await?;
        Ok((self.ledger.summary(), self.complaints.lines()))
    }

    /// An event with the next sequence, not fed yet.
    pub(super) fn make(&mut self, content: Content) -> Event {
        let event = self.maker.make(content, self.next_sequence, self.epoch);
        self.next_sequence += 1;
        event
    }

    /// Feeds `events` in one step, each of which is owed `duty` unless it was fed before.
    pub(super) async fn put(&mut self, events: &[Event], duty: Duty) -> Play {
        for event in events {
            self.ledger.feed(event.id, &event.entry(), duty);
        }
        self.stream.append(&self.entries(events)).await?;
        Ok(())
    }

    /// Feeds one new event.
    pub(super) async fn feed_one(&mut self, content: Content, duty: Duty) -> Play<Event> {
        let event = self.make(content);
        self.put(std::slice::from_ref(&event), duty).await?;
        Ok(event)
    }

    /// Feeds `count` new events.
    pub(super) async fn feed(&mut self, count: u64, duty: Duty) -> Play<Vec<Event>> {
        let events: Vec<Event> = (0..count).map(|_| self.make(Content::School)).collect();
        self.put(&events, duty).await?;
        Ok(events)
    }

    /// Begins the next life of the stream with `events`, of which some were fed in the life before.
    pub(super) async fn begin_epoch(&mut self, epoch: u64, events: &[Event]) -> Play {
        for event in events {
            self.ledger.feed(event.id, &event.entry(), Duty::Once);
        }
        let old = std::mem::replace(&mut self.epoch, epoch);
        self.restarts_left = RESTARTS_MAX;
        self.stream.begin_epoch(old, &self.entries(events)).await?;
        Ok(())
    }

    fn entries(&self, events: &[Event]) -> Vec<Entry> {
        let partition = Partition(self.partition);
        let entry = |event: &Event| (event.entry(), event.fields(self.maker.tenant_id, partition));
        events.iter().map(entry).collect()
    }

    /// Puts the keys of this scenario back to what they held then.
    pub(super) async fn forget_since(&mut self, memory: &Memory) -> Play {
        Ok(self.stream.forget_since(memory).await?)
    }

    /// Starts the consumer.
    pub(super) fn start(&mut self) -> Play {
        self.starts += 1;
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let variables = [
            ("REDIS_URL", self.setting.redis_url.clone()),
            ("CONSUMER_GROUP", self.stream.group.clone()),
            ("CONSUMER_NAME", format!("start-{}", self.starts)),
            ("PARTITIONS", format!("{0}-{0}", self.partition)),
            ("STATE_FILE", text(self.folder.join("state"))),
            ("HANDLED_FILE", text(self.folder.join("handled"))),
        ];
        let file = self
            .file
            .take()
            .unwrap_or_else(|| FileLines::new(self.folder.join("handled")));
        let consumer = Consumer::start(&self.setting.command, &variables, file, &self.complaints)?;
        self.consumer = Some(consumer);
        Ok(())
    }

    /// Asks the consumer to end.
    pub(super) async fn stop(&mut self) -> Play {
        if let Some(consumer) = self.consumer.take() {
            let ended = consumer.stop(self.setting.patience).await?;
            self.ended(ended);
        }
        self.no_fault()
    }

    /// Kills the consumer.
    pub(super) async fn kill(&mut self) -> Play {
        if let Some(consumer) = self.consumer.take() {
            let ended = consumer.kill().await?;
            self.ended(ended);
        }
        self.no_fault()
    }

    fn ended(&mut self, ended: Ended) {
        self.file = Some(ended.file);
        self.hear(&ended.lines);
        if !ended.well {
            self.ledger.killed();
        }
    }

    /// Takes lines; gives whether one says that the consumer bootstrapped.
    fn hear(&mut self, lines: &[String]) -> bool {
        let mut bootstrapped = false;
        for line in lines {
            match Line::read(line) {
                Some(Line::Handled { id, entry }) => self.ledger.hear(id, entry),
                Some(Line::Bootstrapped) => bootstrapped = true,
                None => tracing::debug!(line, "the consumer says"),
            }
        }
        bootstrapped
    }

    fn no_fault(&self) -> Play {
        self.ledger.fault().map_or(Ok(()), failed)
    }

    async fn news(&mut self, until: Instant) -> Play<News> {
        match &mut self.consumer {
            Some(consumer) => Ok(consumer.news(until).await?),
            None => Ok(News::Quiet),
        }
    }

    /// Takes the last words of a consumer that has ended by itself.
    async fn bury(&mut self, status: ExitStatus) -> Play {
        if let Some(consumer) = self.consumer.take() {
            let ended = consumer.end(Vec::new(), Some(status)).await?;
            self.ended(ended);
        }
        self.no_fault()
    }

    /// Waits until `enough` is so of what was said to be handled.
    async fn until(&mut self, enough: impl Fn(&Ledger) -> bool) -> Play {
        let mut patient_until = Instant::now() + self.setting.patience;
        while !enough(&self.ledger) {
            match self.news(patient_until).await? {
                News::Lines(lines) => {
                    self.hear(&lines);
                    self.no_fault()?;
                    patient_until = Instant::now() + self.setting.patience;
                }
                News::Ended(status) => {
                    self.bury(status).await?;
                    if self.restarts_left == 0 {
                        return failed(format!("ended by itself ({status}), {}", self.missed()));
                    }
                    self.restarts_left -= 1;
                    self.start()?;
                }
                News::Quiet => {
                    let patience = self.setting.patience.as_secs_f64();
                    return failed(format!("said nothing more for {patience} s, {}", self.missed()));
                }
            }
        }
        Ok(())
    }

    fn missed(&self) -> String {
        match self.ledger.missing().as_slice() {
            [] => "nothing missed".to_owned(),
            missing => format!("missed {}", named(missing)),
        }
    }

    /// Waits until all events that must be handled have been.
    pub(super) async fn until_handled(&mut self) -> Play {
        self.until(|ledger| ledger.missing().is_empty()).await
    }

    /// Waits until `count` events have been handled.
    pub(super) async fn until_handled_count(&mut self, count: usize) -> Play {
        self.until(|ledger| ledger.handled_count() >= count).await
    }

    /// Waits until the consumer's groups have been given every entry and have acknowledged it.
    pub(super) async fn until_taken(&mut self) -> Play {
        let patient_until = Instant::now() + self.setting.patience;
        loop {
            match self.stream.taken().await? {
                (true, true) => return self.no_fault(),
                (has_group, _) if Instant::now() >= patient_until => {
                    return failed(if has_group {
                        "left entries without acknowledgement"
                    } else {
                        "made no consumer group, for which trimming would wait"
                    });
                }
                _ => {}
            }
            match self.news(Instant::now() + PAUSE).await? {
                News::Lines(lines) => {
                    self.hear(&lines);
                    self.no_fault()?;
                }
                News::Ended(status) => {
                    self.bury(status).await?;
                    return failed(format!("ended by itself ({status})"));
                }
                News::Quiet => {}
            }
        }
    }

    /// Waits until the consumer has stopped: it ended and said by its code that something is wrong, or it stands still. Where `or_bootstraps`,
    /// it may also say that it made its state anew, and go on.
    pub(super) async fn until_stopped(&mut self, or_bootstraps: bool) -> Play<Stopped> {
        let mut bootstrapped = false;
        let mut patient_until = Instant::now() + self.setting.patience;
        let how = loop {
            match self.news(patient_until).await? {
                News::Lines(lines) => {
                    if self.hear(&lines) && or_bootstraps {
                        self.ledger.bootstrapped();
                        bootstrapped = true;
                    }
                    self.no_fault()?;
                    if bootstrapped && self.ledger.missing().is_empty() {
                        break Stopped::Bootstrapped;
                    }
                    patient_until = Instant::now() + self.setting.patience;
                }
                News::Ended(status) => {
                    self.bury(status).await?;
                    if status.success() {
                        return failed(format!("ended ({status}) as if nothing were wrong"));
                    }
                    break Stopped::Ended(status);
                }
                News::Quiet => break Stopped::StandsStill,
            }
        };
        if self.ledger.missing().is_empty() {
            return Ok(how);
        }
        failed(format!("{how}, {}", self.missed()))
    }

    /// The end of a scenario in which the consumer goes on: everything handled, acknowledged, and nothing more after it was asked to end.
    pub(super) async fn finish(&mut self) -> Play<String> {
        self.until_handled().await?;
        self.until_taken().await?;
        self.stop().await?;
        Ok(self.ledger.summary())
    }
}
