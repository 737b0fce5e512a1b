//! Everything that runs, and whoever looks after it.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rollcall_servers::{Database, PostgresServer, Proxy, wait};
use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection};

use super::broker::Broker;
use super::member::{Member, Role};

/// How soon a process that ended by itself is started again.
const SUPERVISION: Duration = Duration::from_millis(100);

/// Servers and processes. Each part has a lock of its own: two faults at a time damage different parts.
pub(super) struct Stage {
    pub(super) members: Vec<Mutex<Member>>,
    /// The consumer's way to Redis.
    pub(super) consumer_network: Proxy,
    broker: Mutex<Broker>,
    postgres: Mutex<PostgresServer>,
    database: Database,
    /// Processes that ended by themselves: how, and whether they had begun to work.
    exits: Mutex<Vec<(String, bool)>>,
}

impl Stage {
    /// Starts everything and waits until it works.
    pub(super) async fn start(binary: &Path, is_control: bool, has_sentinels: bool) -> Arc<Self> {
        let postgres = tokio::task::block_in_place(PostgresServer::start);
        let database = postgres.create_database().await;
        let broker = Broker::start(has_sentinels).await;
        let sentinel_url = broker.sentinel_url();
        let roles: &[Role] = if is_control {
            &[
                Role::Server { relays: false },
                Role::Server { relays: false },
                Role::Server { relays: false },
                Role::ControlRelay,
                Role::ControlRelay,
            ]
        } else {
            &[
                Role::Server { relays: true },
                Role::Server { relays: true },
                Role::Server { relays: false },
                Role::Relay,
                Role::Relay,
            ]
        };
        let ports = (broker.port(), postgres.port());
        let own = std::env::current_exe().expect("the path of this program");
        let mut members = Vec::new();
        for (number, role) in roles.iter().enumerate() {
            let (name, binary) = match role {
                Role::Server { .. } => ("server", binary),
                Role::Relay => ("relay", binary),
                Role::ControlRelay => ("control-relay", own.as_path()),
            };
            let name = format!("{name}-{number}");
            let mut member = Member::new(name, *role, binary, ports, &database.name).await;
            member.sentinel_url.clone_from(&sentinel_url);
            members.push(Mutex::new(member));
        }
        let stage = Arc::new(Self {
            members,
            consumer_network: Proxy::start(broker.port()).await,
            broker: Mutex::new(broker),
            postgres: Mutex::new(postgres),
            database,
            exits: Mutex::default(),
        });
        // The first server makes the tables, which the relays need.
        for number in 0..stage.members.len() {
            stage.member(number).start();
            if is_control && number == 0 {
                stage.until_ready(number).await;
                stage.prepare_control().await;
            }
            stage.until_ready(number).await;
        }
        tokio::spawn(Arc::clone(&stage).supervise());
        stage
    }

    async fn until_ready(&self, number: usize) {
        wait::until("a process works", async || {
            let mut member = self.member(number);
            if let Some((status, _)) = member.ended_by_itself() {
                panic!("{} ended with {status}\n{}", member.name, member.tail());
            }
            member.is_ready().then_some(())
        })
        .await;
    }

    async fn prepare_control(&self) {
        let database = self.database().await;
        database
            .execute_unprepared(super::control::TABLE)
            .await
            .expect("make the control's table");
    }

    /// Starts processes again that ended by themselves, for as long as somebody holds the stage.
    async fn supervise(self: Arc<Self>) {
        loop {
            tokio::time::sleep(SUPERVISION).await;
            for member in &self.members {
                let mut member = lock(member);
                if let Some((status, was_ready)) = member.ended_by_itself() {
                    let text = format!("{} ended by itself with {status}", member.name);
                    println!("  {text}{}", if was_ready { "" } else { " while it started" });
                    lock(&self.exits).push((text, was_ready));
                    member.start();
                }
            }
            if Arc::strong_count(&self) == 1 {
                return;
            }
        }
    }

    pub(super) fn member(&self, number: usize) -> MutexGuard<'_, Member> {
        lock(&self.members[number])
    }

    /// The numbers of the processes of which `is_wanted`.
    pub(super) fn numbers(&self, is_wanted: impl Fn(Role) -> bool) -> Vec<usize> {
        (0..self.members.len())
            .filter(|number| is_wanted(self.member(*number).role))
            .collect()
    }

    /// Where writers write to.
    pub(super) fn base_urls(&self) -> Vec<String> {
        self.numbers(|role| !role.is_relay())
            .into_iter()
            .map(|number| self.member(number).base_url())
            .collect()
    }

    pub(super) fn broker(&self) -> MutexGuard<'_, Broker> {
        lock(&self.broker)
    }

    pub(super) fn postgres(&self) -> MutexGuard<'_, PostgresServer> {
        lock(&self.postgres)
    }

    /// The database's URL, past every bad network.
    pub(super) fn database_url(&self) -> &str {
        &self.database.url
    }

    /// A connection of the harness itself to the database, as superuser.
    pub(super) async fn database(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(self.database.url.clone());
        options
            .max_connections(1)
            .min_connections(0)
            .acquire_timeout(Duration::from_secs(2))
            .sqlx_logging(false);
        wait::until("the database can be asked", async || {
            sea_orm::Database::connect(options.clone()).await.ok()
        })
        .await
    }

    /// Every way to Redis leads to this port from now on.
    pub(super) fn aim_redis(&self, port: u16) {
        self.consumer_network.aim(port);
        for member in &self.members {
            lock(member).redis.aim(port);
        }
    }

    /// How processes ended by themselves that had begun to work.
    pub(super) fn unexpected_exits(&self) -> Vec<String> {
        let exits = lock(&self.exits);
        exits
            .iter()
            .filter(|(_, was_ready)| *was_ready)
            .map(|(text, _)| text.clone())
            .collect()
    }

    /// How often a process ended while it started, which is no fault where its server was away.
    pub(super) fn failed_starts(&self) -> usize {
        lock(&self.exits)
            .iter()
            .filter(|(_, was_ready)| !was_ready)
            .count()
    }
}

/// The value behind a lock, whoever panicked with it: the run ends with the first panic anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
