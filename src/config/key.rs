//! The table of all settings.

/// One setting: its name in the file, its flag, and what `--help` says of it.
///
/// The variable is not stored: it is always `ROLLCALL_` and the name in upper case with dots as underscores.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// The name in the TOML file; a dot separates table and key.
    pub(super) name: &'static str,
    /// The flag without its leading hyphens: the name with dots and underscores as hyphens.
    pub(super) flag: &'static str,
    /// The placeholder for the value in `--help`.
    pub(super) value: &'static str,
    /// A variable outside this service's own that is looked into before the default, where a standard names one.
    pub(super) standard_variable: Option<&'static str>,
    /// The default as it would be written, where it does not depend on other settings.
    pub(super) default: Option<&'static str>,
    /// Whether the value may hold a password and must not be printed.
    pub(super) secret: bool,
    /// What it means.
    pub(super) help: &'static str,
}

impl Key {
    /// The environment variable that sets it.
    pub(super) fn variable(&self) -> String {
        format!(
            "{VARIABLE_PREFIX}{}",
            self.name.replace('.', "_").to_ascii_uppercase()
        )
    }

    /// The key of that name.
    pub(super) fn find(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.name == name)
    }
}

/// What the name of every variable of this service starts with.
pub(super) const VARIABLE_PREFIX: &str = "ROLLCALL_";

/// The variable that names the file; it has no key in the file, of course.
pub(super) const FILE_VARIABLE: &str = "ROLLCALL_CONFIG";

const fn key(
    name: &'static str,
    flag: &'static str,
    value: &'static str,
    default: Option<&'static str>,
    help: &'static str,
) -> Key {
    Key {
        name,
        flag,
        value,
        standard_variable: None,
        default,
        secret: false,
        help,
    }
}

const fn secret_key(name: &'static str, flag: &'static str, value: &'static str, help: &'static str) -> Key {
    Key {
        secret: true,
        ..key(name, flag, value, None, help)
    }
}

/// Every setting, in the order in which `rollcall config` prints them: those outside a table first, as TOML wants it.
pub(super) const KEYS: &[Key] = &[
    key(
        "listen",
        "listen",
        "ADDRESS:PORT",
        Some("127.0.0.1:8080"),
        "where to listen; port 0 takes a free one",
    ),
    key(
        "public_url",
        "public-url",
        "URL",
        None,
        "how clients reach the service [default: http:// and the address]",
    ),
    key(
        "data_dir",
        "data-dir",
        "FOLDER",
        Some("./data"),
        "where the embedded database lives",
    ),
    secret_key(
        "database_url",
        "database-url",
        "URL",
        "sqlite:// or postgres:// [default: SQLite in the data folder]",
    ),
    secret_key(
        "migration_database_url",
        "migration-database-url",
        "URL",
        "database_url as the owner of the tables",
    ),
    secret_key(
        "redis_url",
        "redis-url",
        "URL",
        "redis://, rediss://, redis+sentinel:// or redis+cluster:// of the broker",
    ),
    key(
        "relay",
        "relay",
        "on|off",
        None,
        "publish events from inside `serve` [default: on with redis_url]",
    ),
    key(
        "demo_tenant",
        "demo-tenant",
        "on|off",
        None,
        "create a tenant to try [default: on for SQLite without auth]",
    ),
    key(
        "partition_count",
        "partition-count",
        "NUMBER",
        Some("64"),
        "partitions of a new event log, 1 to 4096",
    ),
    key(
        "idempotency_retention",
        "idempotency-retention",
        "DURATION",
        Some("24h"),
        "how long a key is remembered",
    ),
    key(
        "event_retention",
        "event-retention",
        "DURATION|off",
        Some("7d"),
        "how long events stay in the log once the broker has them, at least 7d; off keeps them for ever",
    ),
    key(
        "stream_retention",
        "stream-retention",
        "DURATION|off",
        Some("7d"),
        "how long entries stay in the streams once every consumer group has read them",
    ),
    key(
        "drain_timeout",
        "drain-timeout",
        "DURATION",
        Some("10s"),
        "how long requests may finish at shutdown",
    ),
    key(
        "database.pool",
        "database-pool",
        "NUMBER",
        Some("16"),
        "connections to the database, 1 to 10000",
    ),
    key(
        "database.acquire_timeout",
        "database-acquire-timeout",
        "DURATION",
        Some("3s"),
        "how long a request waits for one of them",
    ),
    key(
        "auth.issuer",
        "auth-issuer",
        "URL",
        None,
        "the `iss` that tokens must carry; turns authentication on",
    ),
    key(
        "auth.audience",
        "auth-audience",
        "TEXT",
        None,
        "the `aud` that tokens must carry",
    ),
    key(
        "auth.jwks",
        "auth-jwks",
        "FILE",
        None,
        "file with the issuer's public keys (JSON Web Key Set)",
    ),
    key(
        "auth.algorithms",
        "auth-algorithms",
        "LIST",
        Some("RS256,ES256"),
        "of RS256, ES256 and EdDSA",
    ),
    key(
        "auth.tenant_claim",
        "auth-tenant-claim",
        "NAME",
        Some("tenant_id"),
        "the claim that names the tenants",
    ),
    key(
        "limits.connections",
        "limits-connections",
        "NUMBER",
        Some("1024"),
        "open connections, 1 to 1000000",
    ),
    key(
        "limits.concurrent_requests",
        "limits-concurrent-requests",
        "NUMBER",
        Some("512"),
        "requests at work at once",
    ),
    key(
        "limits.event_streams",
        "limits-event-streams",
        "NUMBER",
        Some("256"),
        "open event streams, 1 to 1000000",
    ),
    key(
        "limits.first_byte_timeout",
        "limits-first-byte-timeout",
        "DURATION",
        Some("10s"),
        "for a silent connection",
    ),
    key(
        "limits.header_timeout",
        "limits-header-timeout",
        "DURATION",
        Some("10s"),
        "for all of a request's headers",
    ),
    key(
        "limits.body_timeout",
        "limits-body-timeout",
        "DURATION",
        Some("30s"),
        "for all of a request's body",
    ),
    key(
        "limits.keep_alive_timeout",
        "limits-keep-alive-timeout",
        "DURATION",
        Some("75s"),
        "for an idle connection",
    ),
    key(
        "limits.write_timeout",
        "limits-write-timeout",
        "DURATION",
        Some("60s"),
        "for a client that stops reading",
    ),
    key(
        "metrics.listen",
        "metrics-listen",
        "ADDRESS:PORT",
        None,
        "serve /metrics here alone [default: on `listen` where authentication is off]",
    ),
    key(
        "log.format",
        "log-format",
        "auto|json|pretty",
        Some("auto"),
        "auto is pretty on a terminal, else JSON",
    ),
    key(
        "log.level",
        "log-level",
        "LEVEL",
        Some("info"),
        "error, warn, info, debug, trace, or target=level,…",
    ),
    Key {
        standard_variable: Some("OTEL_EXPORTER_OTLP_ENDPOINT"),
        ..key(
            "otlp.endpoint",
            "otlp-endpoint",
            "URL",
            None,
            "http:// of a collector; turns traces, metrics and logs over OTLP on",
        )
    },
    secret_key(
        "otlp.headers",
        "otlp-headers",
        "NAME=VALUE,…",
        "headers for the collector, such as its key",
    ),
    key(
        "telemetry.sample_ratio",
        "telemetry-sample-ratio",
        "0..1",
        Some("1"),
        "share of the traces begun here that are recorded",
    ),
    key(
        "telemetry.traces_per_second",
        "telemetry-traces-per-second",
        "NUMBER",
        Some("100"),
        "traces begun here that are recorded in a second, at most",
    ),
    key(
        "telemetry.service_instance",
        "telemetry-service-instance",
        "TEXT",
        None,
        "what tells this process from its like [default: a new UUID]",
    ),
];
