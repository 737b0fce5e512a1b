//! The settings as the rest of the service sees them.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cli::{Cli, Command};
use super::error::ConfigError;
use super::key::Key;
use super::layers::Layers;
use super::secret::Secret;
use super::telemetry::{TelemetrySettings, telemetry};
use super::{print, value};

/// Everything that can be set, checked.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How clients reach the service, without a slash at the end, where it was set; see [`Settings::base_url`].
    pub public_url: Option<String>,
    /// Where the embedded database lives.
    pub data_dir: PathBuf,
    /// The database.
    pub database_url: Secret,
    /// What kind of database that is.
    pub database_kind: DatabaseKind,
    /// Whether the database is the default one: a SQLite file in the data folder, which the service creates.
    pub database_is_embedded: bool,
    /// The same database as the owner of its tables, where that is another role.
    pub migration_database_url: Option<Secret>,
    /// The broker that carries the event streams.
    pub redis_url: Option<Secret>,
    /// Whether `serve` runs the relay too.
    pub relay: bool,
    /// Whether to create a tenant to try.
    pub demo_tenant: bool,
    /// Partitions of an event log that is created now; an existing one keeps its own.
    pub partition_count: u16,
    /// How long an idempotency key is remembered.
    pub idempotency_retention: Duration,
    /// How long events stay in the log; none for ever.
    pub event_retention: Option<Duration>,
    /// How long entries stay in the streams; none for ever.
    pub stream_retention: Option<Duration>,
    /// How long requests may finish at shutdown.
    pub drain_timeout: Duration,
    /// How much of the database this process takes.
    pub database: DatabaseLimits,
    /// Authentication, where it is on.
    pub auth: Option<AuthSettings>,
    /// What one client may take.
    pub limits: LimitSettings,
    /// What the log looks like.
    pub log: LogSettings,
    /// Where to serve metrics, where that is a place of its own.
    pub metrics_listen: Option<SocketAddr>,
    /// What is told of the service's work, and to whom.
    pub telemetry: TelemetrySettings,
    effective: String,
}

/// The databases that the store speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file of this machine.
    Sqlite,
    /// A server.
    Postgres,
}

/// How much of the database one process takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseLimits {
    /// The most connections to `PostgreSQL`, and readers of `SQLite`, for requests.
    pub pool: u32,
    /// How long a request waits for one before it is answered 503.
    pub acquire_timeout: Duration,
}

/// How tokens are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthSettings {
    /// The `iss` that a token must carry.
    pub issuer: String,
    /// The `aud` that a token must carry.
    pub audience: String,
    /// The file with the issuer's public keys (RFC 7517 §5).
    pub jwks: PathBuf,
    /// The signature algorithms that are accepted.
    pub algorithms: Vec<TokenAlgorithm>,
    /// The claim that names the tenants which the caller may enter.
    pub tenant_claim: String,
}

/// A signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1); all are asymmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAlgorithm {
    /// RSA PKCS #1 v1.5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// What one client may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSettings {
    /// Open connections; at the cap no more are accepted.
    pub connections: usize,
    /// Requests at work at once; more are answered 503.
    pub concurrent_requests: usize,
    /// Event streams open at once; more are answered 503.
    pub event_streams: usize,
    /// How long a new connection may stay silent.
    pub first_byte_timeout: Duration,
    /// How long the headers of a request may take, from their first byte.
    pub header_timeout: Duration,
    /// How long the body of a request may take.
    pub body_timeout: Duration,
    /// How long a connection may stay idle between requests.
    pub keep_alive_timeout: Duration,
    /// How long a client may not read while there is something for it.
    pub write_timeout: Duration,
}

/// What the log looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// Its format.
    pub format: LogFormat,
    /// The filter, such as `info,sqlx=warn`.
    pub level: String,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, otherwise JSON.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

impl Settings {
    /// How clients reach the service: the public URL, or `http://` and the address that was bound.
    #[must_use]
    pub fn base_url(&self, bound: SocketAddr) -> String {
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("http://{bound}"))
    }

    /// The telemetry of `command`: commands that end by themselves have none but their log.
    #[must_use]
    pub fn telemetry_of(&self, command: Command) -> TelemetrySettings {
        let lasts = matches!(command, Command::Serve | Command::Relay);
        let mut telemetry = self.telemetry.clone();
        telemetry.otlp = telemetry.otlp.filter(|_| lasts);
        telemetry
    }

    /// The effective configuration as a TOML file, each line with its origin, secrets hidden.
    #[must_use]
    pub fn effective(&self) -> &str {
        &self.effective
    }
}

/// Reads the settings for `cli` from its flags, the `environment`, and the file which one of them names.
pub fn load(
    cli: &Cli,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    read_file: impl FnOnce(&Path) -> io::Result<String>,
) -> Result<Settings, ConfigError> {
    let layers = Layers::read(cli, environment, read_file)?;
    let data_dir = layers.required("data_dir", value::folder)?;
    let given_database = layers.optional("database_url", value::database_url)?;
    let database_is_embedded = given_database.is_none();
    let database_url = given_database.unwrap_or_else(|| embedded_database(&data_dir));
    let database_kind = kind(&database_url);
    let redis_url = layers.optional("redis_url", value::redis_url)?;
    let auth = auth(&layers)?;
    let relay_default = redis_url.is_some();
    let demo_default = database_kind == DatabaseKind::Sqlite && auth.is_none();
    let partition_count = layers.required("partition_count", value::number(1, 4096))?;
    let mut settings = Settings {
        listen: layers.required("listen", value::address)?,
        public_url: layers.optional("public_url", value::public_url)?,
        migration_database_url: layers.optional("migration_database_url", value::database_url)?,
        relay: layers.optional("relay", value::switch)?.unwrap_or(relay_default),
        demo_tenant: layers
            .optional("demo_tenant", value::switch)?
            .unwrap_or(demo_default),
        partition_count: u16::try_from(partition_count).unwrap_or(u16::MAX),
        idempotency_retention: layers.required("idempotency_retention", value::duration)?,
        event_retention: layers.required("event_retention", value::event_retention)?,
        stream_retention: layers.required("stream_retention", value::duration_or_off)?,
        drain_timeout: layers.required("drain_timeout", value::duration)?,
        database: database(&layers)?,
        limits: limits(&layers)?,
        log: LogSettings {
            format: layers.required("log.format", value::log_format)?,
            level: layers.required("log.level", value::log_level)?,
        },
        metrics_listen: layers.optional("metrics.listen", value::address)?,
        telemetry: telemetry(&layers)?,
        effective: String::new(),
        data_dir,
        database_url,
        database_kind,
        database_is_embedded,
        redis_url,
        auth,
    };
    if !cli.conformance.list {
        check_together(cli.command, &layers, &settings)?;
    }
    settings.effective = print::effective(&layers, &settings);
    Ok(settings)
}

/// What can only be judged with several values at hand.
fn check_together(command: Command, layers: &Layers, settings: &Settings) -> Result<(), ConfigError> {
    let serves = matches!(command, Command::Serve | Command::Config);
    if serves && settings.auth.is_none() && !settings.listen.ip().is_loopback() {
        return Err(ConfigError::OpenWithoutAuth {
            origin: layers.origin("listen"),
            address: settings.listen.to_string(),
        });
    }
    let streams = matches!(command, Command::Relay | Command::Verify | Command::Conformance)
        || (serves && settings.relay);
    if streams && settings.redis_url.is_none() {
        let command = if serves {
            "serve --relay on"
        } else {
            command.name()
        };
        let variable = Key::find("redis_url").map(Key::variable).unwrap_or_default();
        return Err(ConfigError::Missing {
            command,
            name: "redis_url",
            variable,
            flag: "redis-url",
        });
    }
    if settings
        .migration_database_url
        .as_ref()
        .is_some_and(|url| kind(url) != settings.database_kind)
    {
        return Err(ConfigError::InvalidValue {
            origin: layers.origin("migration_database_url"),
            problem: "it must name the same database as database_url".to_owned(),
        });
    }
    Ok(())
}

fn database(layers: &Layers) -> Result<DatabaseLimits, ConfigError> {
    let pool = layers.required("database.pool", value::number(1, 10_000))?;
    Ok(DatabaseLimits {
        pool: u32::try_from(pool).unwrap_or(u32::MAX),
        acquire_timeout: layers.required("database.acquire_timeout", value::duration)?,
    })
}

fn limits(layers: &Layers) -> Result<LimitSettings, ConfigError> {
    Ok(LimitSettings {
        connections: layers.required("limits.connections", value::number(1, 1_000_000))?,
        concurrent_requests: layers.required("limits.concurrent_requests", value::number(1, 1_000_000))?,
        event_streams: layers.required("limits.event_streams", value::number(1, 1_000_000))?,
        first_byte_timeout: layers.required("limits.first_byte_timeout", value::duration)?,
        header_timeout: layers.required("limits.header_timeout", value::duration)?,
        body_timeout: layers.required("limits.body_timeout", value::duration)?,
        keep_alive_timeout: layers.required("limits.keep_alive_timeout", value::duration)?,
        write_timeout: layers.required("limits.write_timeout", value::duration)?,
    })
}

fn auth(layers: &Layers) -> Result<Option<AuthSettings>, ConfigError> {
    let names = [
        "auth.issuer",
        "auth.audience",
        "auth.jwks",
        "auth.algorithms",
        "auth.tenant_claim",
    ];
    let Some(given) = names.into_iter().find(|name| layers.is_given(name)) else {
        return Ok(None);
    };
    let missing = |missing| move || ConfigError::AuthIncomplete { given, missing };
    Ok(Some(AuthSettings {
        issuer: layers
            .optional("auth.issuer", value::text)?
            .ok_or_else(missing("auth.issuer"))?,
        audience: layers
            .optional("auth.audience", value::text)?
            .ok_or_else(missing("auth.audience"))?,
        jwks: layers
            .optional("auth.jwks", value::jwks_file)?
            .ok_or_else(missing("auth.jwks"))?,
        algorithms: layers.required("auth.algorithms", value::algorithms)?,
        tenant_claim: layers.required("auth.tenant_claim", value::text)?,
    }))
}

fn kind(database_url: &Secret) -> DatabaseKind {
    if database_url.expose().starts_with("sqlite:") {
        DatabaseKind::Sqlite
    } else {
        DatabaseKind::Postgres
    }
}

/// The URL of the default database; the driver decodes percent signs and takes `?` for the start of its options.
fn embedded_database(data_dir: &Path) -> Secret {
    let file = data_dir
        .join("rollcall.db")
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3F");
    Secret::new(format!("sqlite://{file}?mode=rwc"))
}
