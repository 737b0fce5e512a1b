//! Redis as people run it: with an ACL, over TLS, behind sentinels and in a cluster. Each time events flow from the API into
//! the streams while something happens, and at the end `rollcall verify` finds every event in its place.

mod cluster;

use std::path::Path;

use tempfile::TempDir;
use uuid::Uuid;

use super::crash::Load;
use super::delivery::{assert_verified, health};
use super::world::Site;
use super::{Backend, World};
use crate::support::{Process, RedisSentinel, RedisServer, Service, TlsFiles, free_port, repository, wait};

/// A service with tenants in several partitions.
struct Roster {
    site: Site,
    world: World,
    url: String,
    tenants: Vec<Uuid>,
}

impl Roster {
    async fn start(url: String) -> Self {
        Self::start_with(url, 6, &[]).await
    }

    async fn start_with(url: String, tenant_count: usize, variables: &[(&str, &str)]) -> Self {
        let site = Site::start(Backend::Postgres, |builder| {
            let with_url = builder.variable("ROLLCALL_REDIS_URL", &url);
            variables
                .iter()
                .fold(with_url, |builder, (name, value)| builder.variable(name, *value))
        })
        .await;
        let world = site.world().await;
        let mut tenants = Vec::new();
        for number in 0..tenant_count {
            tenants.push(world.client.new_tenant(&format!("Kind {number}")).await);
        }
        Self {
            site,
            world,
            url,
            tenants,
        }
    }

    fn load(&self) -> Load {
        Load::start(&self.world.client, &self.tenants)
    }

    /// Lets the load create so many more.
    async fn more(load: &Load, count: u64) {
        let goal = load.created() + count;
        wait::until("the load goes on", async || load.has_created(goal).then_some(())).await;
    }

    /// Ends the load; then every event is in its stream.
    async fn assert_delivered(&self, load: Load) {
        let created = load.stop().await.len();
        assert_verified(&self.site, &self.url, created + self.tenants.len()).await;
    }

    async fn becomes(&self, status: &str) {
        wait::until(&format!("the service is {status}"), async || {
            (health(&self.world.client).await["status"] == status).then_some(())
        })
        .await;
    }

    /// The stream of a tenant's events.
    async fn stream(&self, tenant: Uuid) -> String {
        let statement =
            format!("SELECT CAST(partition AS text) FROM event_log WHERE tenant_id = '{tenant}' LIMIT 1");
        let rows = self.world.sql.rows(&statement).await;
        format!("lms.roster.v1:{{{}}}", rows[0][0])
    }
}

/// A line of the document's that gives a user rights, with another password.
fn acl(user: &str, password: &str) -> Vec<String> {
    let document = std::fs::read_to_string(repository().join("docs/OPERATIONS.md")).expect("the document");
    let start = format!("user {user} ");
    let line = document.lines().find(|line| line.starts_with(&start));
    let line = line.unwrap_or_else(|| panic!("no ACL of {user} in the document"));
    let words = line.split(' ').map(|word| match word.strip_prefix('>') {
        Some(_) => format!(">{password}"),
        None => word.to_owned(),
    });
    // `user name rules…` is a setting like any other.
    words
        .map(|word| if word == "user" { "--user".to_owned() } else { word })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_the_documented_rights_is_enough() {
    let settings = [acl("rollcall", "p@ss/word"), acl("consumer", "drowssap")].concat();
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let redis = RedisServer::start_with(&settings);
    let url = format!("redis://rollcall:p%40ss%2Fword@127.0.0.1:{}", redis.port());
    // The rights are those of the relay, which here is a process of its own, and of who watches.
    let roster = Roster::start_with(url.clone(), 6, &[("ROLLCALL_RELAY", "off")]).await;
    let folder = TempDir::new().expect("make a folder");
    let relay = Service::builder()
        .argument("relay")
        .database(&roster.site.database_url);
    let mut relay = relay.variable("ROLLCALL_REDIS_URL", &url).spawn(folder.path());
    let load = roster.load();
    Roster::more(&load, 100).await;
    let stream = roster.stream(roster.tenants[0]).await;
    roster.assert_delivered(load).await;
    roster.becomes("ok").await;
    relay.signal(rustix::process::Signal::TERM);
    assert!(relay.wait().success(), "{}", relay.tail());
    for output in [relay.stdout(), relay.stderr()] {
        assert!(!output.contains("p@ss") && !output.contains("p%40ss"), "{output}");
    }

    let connect = async |user: &str| {
        let url = format!("redis://{user}@127.0.0.1:{}", redis.port());
        let client = redis::Client::open(url).expect("a URL");
        client.get_multiplexed_async_connection().await.expect("connect")
    };
    let (mut relay, mut consumer) = (
        connect("rollcall:p%40ss%2Fword").await,
        connect("consumer:drowssap").await,
    );
    for (may, words) in [
        (true, format!("XGROUP CREATE {stream} readers 0")),
        (
            true,
            format!("XREADGROUP GROUP readers me COUNT 1 STREAMS {stream} >"),
        ),
        (true, format!("XACK {stream} readers 1-0")),
        (true, format!("XRANGE {stream} - + COUNT 1")),
        (false, format!("XADD {stream} * a b")),
        (false, format!("DEL {stream}")),
        (false, "FLUSHALL".to_owned()),
        (false, "XRANGE other - +".to_owned()),
    ] {
        let answer = send(&mut consumer, &words).await;
        assert_eq!(answer.is_ok(), may, "consumer: {words}: {answer:?}");
    }
    for words in [
        "FLUSHALL",
        "SET other 1",
        "CONFIG GET *",
        "KEYS *",
        "SCRIPT FLUSH",
    ] {
        let error = send(&mut relay, words).await.expect_err(words);
        assert_eq!(error.code(), Some("NOPERM"), "{words}: {error}");
    }
}

async fn send(
    connection: &mut redis::aio::MultiplexedConnection,
    words: &str,
) -> redis::RedisResult<redis::Value> {
    let mut command = redis::Cmd::new();
    for word in words.split(' ') {
        command.arg(word);
    }
    command.query_async(connection).await
}

/// A Redis that speaks TLS at the port, and wants certificates of its clients.
fn start_with_tls(files: &TlsFiles, port: u16, more: &[&str]) -> RedisServer {
    let files = [
        ("--tls-cert-file", files.certificate()),
        ("--tls-key-file", files.key()),
        ("--tls-ca-cert-file", files.authority()),
    ]
    .map(|(setting, path)| (setting, text(&path)));
    let port = port.to_string();
    let mut settings = vec!["--tls-port", &port];
    for (setting, path) in &files {
        settings.extend([*setting, path]);
    }
    settings.extend(more);
    RedisServer::start_with(&settings)
}

fn text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_and_a_stranger_is_not_believed() {
    let (files, others) = (TlsFiles::new(), TlsFiles::new());
    let port = free_port();
    let _redis = start_with_tls(&files, port, &[]);
    let url = |authority: &TlsFiles, client: Option<&TlsFiles>| {
        let client =
            client.map(|files| format!("&cert={}&key={}", text(&files.certificate()), text(&files.key())));
        let authority = text(&authority.authority());
        format!(
            "rediss://127.0.0.1:{port}?ca={authority}{}",
            client.unwrap_or_default()
        )
    };
    let roster = Roster::start(url(&files, Some(&files))).await;
    let load = roster.load();
    Roster::more(&load, 50).await;
    roster.assert_delivered(load).await;

    // Another authority than the server's, another than the client's, and no certificate although the server wants one.
    for (url, told) in [
        (url(&others, Some(&files)), "UnknownIssuer"),
        (url(&files, Some(&others)), "away"),
        (url(&files, None), "away"),
    ] {
        let folder = TempDir::new().expect("make a folder");
        let verify = Service::builder()
            .argument("verify")
            .database(&roster.site.database_url);
        let mut verify: Process = verify.variable("ROLLCALL_REDIS_URL", &url).spawn(folder.path());
        assert_eq!(verify.wait().code(), Some(1));
        assert!(verify.stderr().contains(told), "{url}: {}", verify.stderr());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_speaks_tls_too() {
    let files = TlsFiles::new();
    let port = free_port();
    let bus = free_port().to_string();
    let redis = start_with_tls(
        &files,
        port,
        &[
            "--cluster-enabled",
            "yes",
            "--cluster-port",
            &bus,
            "--tls-cluster",
            "yes",
        ],
    );
    redis.command::<()>("CLUSTER ADDSLOTSRANGE 0 16383").await;
    wait::until("the cluster is whole", async || {
        let info: String = redis.command("CLUSTER INFO").await;
        info.contains("cluster_state:ok").then_some(())
    })
    .await;
    let [authority, certificate, key] =
        [files.authority(), files.certificate(), files.key()].map(|path| text(&path));
    let roster = Roster::start(format!(
        "rediss+cluster://127.0.0.1:{port}?ca={authority}&cert={certificate}&key={key}"
    ))
    .await;
    let load = roster.load();
    Roster::more(&load, 50).await;
    roster.assert_delivered(load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_in_the_file_system_is_enough() {
    let folder = TempDir::new().expect("make a folder");
    let socket = text(&folder.path().join("redis.sock"));
    let _redis = RedisServer::start_with(&["--unixsocket", &socket]);
    let roster = Roster::start(format!("unix://{socket}?db=3")).await;
    let load = roster.load();
    Roster::more(&load, 50).await;
    roster.assert_delivered(load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lags_is_promoted_and_filled() {
    let mut redis = RedisSentinel::start().await;
    let roster = Roster::start(redis.url()).await;
    let load = roster.load();
    Roster::more(&load, 60).await;
    // The replica is locked out, and from here on lacks what comes.
    redis
        .server(1)
        .command::<()>("CONFIG SET masteruser nobody")
        .await;
    redis
        .server(1)
        .command::<()>("CONFIG SET masterauth nothing")
        .await;
    redis.server(0).command::<u64>("CLIENT KILL TYPE replica").await;
    Roster::more(&load, 60).await;
    let stream = roster.stream(roster.tenants[0]).await;
    let length = format!("XLEN {stream}");
    wait::until("the replica lags", async || {
        let (ahead, behind): (u64, u64) = (
            redis.server(0).command(&length).await,
            redis.server(1).command(&length).await,
        );
        (behind > 0 && ahead > behind).then_some(())
    })
    .await;
    redis.server(0).kill();
    wait::until("the replica is the primary", async || {
        (redis.primary().await == Some(1)).then_some(())
    })
    .await;
    Roster::more(&load, 60).await;
    roster.becomes("ok").await;
    // The old primary comes back, and learns that it is none any more.
    redis.server(0).restart();
    wait::until("the old primary follows", async || {
        let info: String = redis.server(0).try_command("INFO replication").await.ok()?;
        info.contains("role:slave").then_some(())
    })
    .await;
    Roster::more(&load, 60).await;
    roster.assert_delivered(load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_only_the_sentinels_lost_is_left() {
    let mut redis = RedisSentinel::start().await;
    for at in [0, 1] {
        redis
            .server(at)
            .command::<()>("ACL SETUSER relay on >word ~* +@all")
            .await;
    }
    let url = redis
        .url()
        .replace("redis+sentinel://", "redis+sentinel://relay:word@");
    let roster = Roster::start(url).await;
    let load = roster.load();
    Roster::more(&load, 60).await;
    // From here on nobody but the relay may speak to the primary: the sentinels see it no more, and cannot tell it anything.
    let mut outsider = redis.server(0).connect().await;
    for words in [
        "CONFIG SET requirepass other",
        "CLIENT KILL USER default SKIPME yes",
    ] {
        send(&mut outsider, words).await.expect(words);
    }
    wait::until("the replica is the primary", async || {
        (redis.primary().await == Some(1)).then_some(())
    })
    .await;
    let info: String = redis::cmd("INFO")
        .arg("replication")
        .query_async(&mut outsider)
        .await
        .expect("INFO");
    assert!(
        info.contains("role:master"),
        "the old primary knows nothing of it: {info}"
    );
    Roster::more(&load, 60).await;
    roster.assert_delivered(load).await;
}
