//! One process of the service, with its own network to its servers.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use rollcall_servers::{Process, Proxy, free_port};
use rustix::process::Signal;
use tempfile::TempDir;

/// What a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `rollcall serve`, with or without a relay inside.
    Server { relays: bool },
    /// `rollcall relay`.
    Relay,
    /// The control's relay.
    ControlRelay,
}

impl Role {
    pub(super) fn is_relay(self) -> bool {
        matches!(self, Self::Relay | Self::ControlRelay)
    }

    /// What it prints once it works.
    fn ready_text(self) -> &'static str {
        match self {
            Self::Server { .. } => "Rollcall is ready.",
            Self::Relay | Self::ControlRelay => "Relaying",
        }
    }
}

/// A process that is started again whenever it is gone, as an operator's supervisor would.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) redis: Proxy,
    pub(super) postgres: Proxy,
    /// Where it asks for Redis instead of going through the network.
    pub(super) sentinel_url: Option<String>,
    port: u16,
    binary: PathBuf,
    database: String,
    // The process first: it writes into the folder.
    process: Option<Process>,
    folder: TempDir,
    /// Where its output of this life begins.
    output_before: usize,
    /// Whether a fault keeps it down.
    is_down: bool,
}

impl Member {
    /// One that is not started yet. `binary` is that of its role.
    pub(super) async fn new(
        name: String,
        role: Role,
        binary: &Path,
        (redis, postgres): (u16, u16),
        database: &str,
    ) -> Self {
        Self {
            name,
            role,
            redis: Proxy::start(redis).await,
            postgres: Proxy::start(postgres).await,
            sentinel_url: None,
            port: free_port(),
            binary: binary.to_owned(),
            database: database.to_owned(),
            process: None,
            folder: tempfile::Builder::new()
                .prefix("rollcall-chaos-")
                .tempdir()
                .expect("make a folder"),
            output_before: 0,
            is_down: false,
        }
    }

    /// Where it serves.
    pub(super) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it (again).
    pub(super) fn start(&mut self) {
        self.is_down = false;
        self.output_before = self
            .process
            .as_ref()
            .map_or(self.output_before, |process| process.stdout().len());
        // The former one, if any, is dropped first.
        self.process = None;
        self.process = Some(Process::spawn(&self.name, self.command(), self.folder.path()));
    }

    /// SIGKILL; it stays down until it is started.
    pub(super) fn kill(&mut self) {
        self.is_down = true;
        if let Some(mut process) = self.process.take() {
            self.output_before = process.stdout().len();
            process.kill();
        }
    }

    /// SIGSTOP or SIGCONT.
    pub(super) fn signal(&mut self, signal: Signal) {
        if let Some(process) = &mut self.process {
            process.signal(signal);
        }
    }

    /// How it ended, if it did so by itself, and whether it had begun to work.
    pub(super) fn ended_by_itself(&mut self) -> Option<(ExitStatus, bool)> {
        if self.is_down {
            return None;
        }
        let is_ready = self.is_ready();
        let status = self.process.as_mut()?.exit_status()?;
        Some((status, is_ready))
    }

    /// Whether it said in this life that it works.
    pub(super) fn is_ready(&self) -> bool {
        let Some(process) = &self.process else {
            return false;
        };
        let output = process.stdout();
        output
            .get(self.output_before..)
            .is_some_and(|text| text.contains(self.role.ready_text()))
    }

    /// Drains it and waits for its end.
    pub(super) fn stop(&mut self) -> Option<ExitStatus> {
        self.is_down = true;
        let mut process = self.process.take()?;
        process.signal(Signal::TERM);
        Some(process.wait())
    }

    /// The end of its output, for a message.
    pub(super) fn tail(&self) -> String {
        self.process.as_ref().map(Process::tail).unwrap_or_default()
    }

    /// Everything that it wrote to standard output and standard error, in all of its lives.
    pub(super) fn log(&self) -> String {
        let read = |end: &str| {
            let path = self.folder.path().join(format!("{}.{end}", self.name));
            std::fs::read_to_string(path).unwrap_or_default()
        };
        format!("{}{}", read("out"), read("err"))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("ROLLCALL_") || text.starts_with("OTEL_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder.path());
        let user = rollcall_servers::SUPERUSER;
        let database = format!(
            "postgres://{user}@127.0.0.1:{}/{}",
            self.postgres.port(),
            self.database
        );
        let through_network = || format!("redis://127.0.0.1:{}", self.redis.port());
        let redis = self.sentinel_url.clone().unwrap_or_else(through_network);
        if self.role == Role::ControlRelay {
            command.args([
                "control-relay",
                "--database-url",
                &database,
                "--redis-url",
                &redis,
            ]);
            return command;
        }
        command
            .env("ROLLCALL_DATABASE_URL", database)
            .env("ROLLCALL_REDIS_URL", redis)
            .env("ROLLCALL_LISTEN", format!("127.0.0.1:{}", self.port));
        match self.role {
            Role::Server { relays } => {
                command.env("ROLLCALL_RELAY", if relays { "on" } else { "off" });
            }
            Role::Relay | Role::ControlRelay => {
                command.arg("relay");
            }
        }
        command
    }
}
