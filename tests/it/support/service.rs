//! The real `rollcall` binary, started as an operator starts it.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitStatus};

use rustix::process::Signal;
use tempfile::TempDir;

use super::{
    Client, PostgresServer, Process, RedisServer, SmallDisk, free_port, process, tokens, wait,
    with_small_disk,
};

/// A service of one test, on its own port and in its own folder; dropped, it drains and ends.
pub struct Service {
    setting: ServiceBuilder,
    folder: TempDir,
    process: Option<Process>,
}

/// What a service is started with.
#[derive(Debug, Clone)]
pub struct ServiceBuilder {
    arguments: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    port: u16,
    has_small_disk: bool,
}

impl Service {
    /// Over SQLite in a folder of its own, without a broker.
    pub async fn sqlite() -> Self {
        Self::builder().start().await
    }

    /// Over a new database of the shared PostgreSQL server, with or without a broker.
    pub async fn postgres(redis: Option<&RedisServer>) -> Self {
        let database = PostgresServer::shared().create_database().await;
        let builder = Self::builder().database(&database.url);
        match redis {
            Some(redis) => builder.redis(redis).start().await,
            None => builder.start().await,
        }
    }

    /// What differs from the defaults, before it is started.
    pub fn builder() -> ServiceBuilder {
        ServiceBuilder {
            arguments: Vec::new(),
            environment: Vec::new(),
            port: free_port(),
            has_small_disk: false,
        }
    }

    /// A client without a token.
    pub fn client(&self) -> Client {
        Client::new(&self.base_url())
    }

    /// Its address, such as `http://127.0.0.1:18080`.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.setting.port)
    }

    /// Its port, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.setting.port
    }

    /// Its working folder, which holds `data` when it runs on SQLite.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The disk with its data, of a service [on a small one](ServiceBuilder::on_small_disk).
    pub fn small_disk(&mut self) -> SmallDisk {
        let data = self.folder.path().join("data");
        SmallDisk::of(self.process().id(), &data)
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("the service runs")
    }

    /// Drains it (SIGTERM) and waits for its end.
    pub fn stop(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("the service runs");
        process.signal(Signal::TERM);
        process.wait()
    }

    /// Kills it at once (SIGKILL).
    pub fn kill(&mut self) {
        self.process.take().expect("the service runs").kill();
    }

    /// Starts it again with the same settings and data; one that runs is stopped before and must end cleanly.
    pub async fn restart(&mut self) {
        if self.process.is_some() {
            let status = self.stop();
            assert!(process::is_clean(status), "the service ended with {status}");
        }
        self.process = Some(Process::spawn(
            "rollcall",
            self.setting.command(self.folder.path()),
            self.folder.path(),
        ));
        let client = self.client();
        wait::until("the service is ready", async || {
            let process = self.process.as_mut()?;
            assert!(
                process.exit_status().is_none(),
                "the service does not start\n{}",
                process.tail()
            );
            client.is_ready().await.then_some(())
        })
        .await;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        process.signal(Signal::CONT);
        process.signal(Signal::TERM);
        if std::thread::panicking() {
            // Its last words are shown when `process` is dropped; a second panic would hide the first.
            return;
        }
        let status = process.wait();
        assert!(
            process::is_clean(status),
            "the service ended with {status}\n{}",
            process.tail()
        );
    }
}

impl ServiceBuilder {
    /// With an argument, such as a subcommand.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// With a variable, such as `ROLLCALL_LOG`.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Over the database at this URL.
    #[must_use]
    pub fn database(self, url: &str) -> Self {
        self.variable("ROLLCALL_DATABASE_URL", url)
    }

    /// With this broker, which need not run.
    #[must_use]
    pub fn redis(self, redis: &RedisServer) -> Self {
        self.variable("ROLLCALL_REDIS_URL", redis.url())
    }

    /// With authentication on, trusting the tokens of [`tokens`].
    #[must_use]
    pub fn authentication(self) -> Self {
        self.variable("ROLLCALL_AUTH_ISSUER", tokens::ISSUER)
            .variable("ROLLCALL_AUTH_AUDIENCE", tokens::AUDIENCE)
            .variable("ROLLCALL_AUTH_JWKS", tokens::jwks_file())
            .variable("ROLLCALL_AUTH_ALGORITHMS", "ES256")
    }

    /// With its data on a disk of four mebibytes, of which [`Service::small_disk`] can take the rest.
    #[must_use]
    pub fn on_small_disk(mut self) -> Self {
        self.has_small_disk = true;
        self
    }

    /// On this port of 127.0.0.1.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts it and waits until it is ready.
    pub async fn start(self) -> Service {
        let folder = tempfile::Builder::new()
            .prefix("rollcall-service-")
            .tempdir()
            .expect("make a folder");
        let mut service = Service {
            setting: self,
            folder,
            process: None,
        };
        service.restart().await;
        service
    }

    /// Starts it in `folder` without waiting: for a command that ends, or that shall fail to start.
    pub fn spawn(&self, folder: &Path) -> Process {
        Process::spawn("rollcall", self.command(folder), folder)
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        // What the developer who runs the tests has set must not change their outcome.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("ROLLCALL_") || text.starts_with("OTEL_") {
                command.env_remove(name);
            }
        }
        command.current_dir(folder).args(&self.arguments);
        command
            .env("ROLLCALL_LISTEN", format!("127.0.0.1:{}", self.port))
            .envs(self.environment.iter().cloned());
        if self.has_small_disk {
            return with_small_disk(&command, "data", "4m");
        }
        command
    }
}
