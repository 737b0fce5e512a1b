//! Every layer, every refusal.

use std::ffi::OsString;
use std::io;
use std::time::Duration;

use super::key::KEYS;
use super::{Cli, ConfigError, DatabaseKind, Settings, TokenAlgorithm, load};

pub(super) fn settings(
    arguments: &[&str],
    variables: &[(&str, &str)],
    file: &str,
) -> Result<Settings, ConfigError> {
    let cli = Cli::parse([&["rollcall"], arguments].concat()).unwrap();
    let environment = variables
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    load(&cli, environment, |path| match path.to_str() {
        Some("rollcall.toml") => Ok(file.to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    })
}

#[track_caller]
pub(super) fn check_refused(arguments: &[&str], variables: &[(&str, &str)], file: &str, expected: &str) {
    let Err(error) = settings(arguments, variables, file) else {
        panic!("accepted, expected: {expected}")
    };
    let line = error.to_string();
    assert_eq!(line, expected);
    assert!(!line.contains('\n'), "one line");
}

#[track_caller]
fn check_variable(name: &str, value: &str, expected: &str) {
    check_refused(&[], &[(name, value)], "", expected);
}

#[track_caller]
fn check_file(file: &str, expected: &str) {
    check_refused(&["--config", "rollcall.toml"], &[], file, expected);
}

const AUTH: [(&str, &str); 3] = [
    ("ROLLCALL_AUTH_ISSUER", "https://id.example.org"),
    ("ROLLCALL_AUTH_AUDIENCE", "rollcall"),
    ("ROLLCALL_AUTH_JWKS", "keys.json"),
];

#[test]
fn flags_and_variables_follow_from_the_name() {
    for key in KEYS {
        assert_eq!(key.flag, key.name.replace(['.', '_'], "-"));
    }
}

#[test]
fn nothing_set_is_an_embedded_service_on_loopback() {
    let settings = settings(&[], &[("PATH", "/bin")], "").unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        settings.database_url.expose(),
        "sqlite://./data/rollcall.db?mode=rwc"
    );
    assert_eq!(settings.database_kind, DatabaseKind::Sqlite);
    assert!(settings.database_is_embedded && settings.demo_tenant && !settings.relay);
    assert!(settings.redis_url.is_none() && settings.auth.is_none());
    assert_eq!(settings.partition_count, 64);
    assert_eq!(settings.idempotency_retention, Duration::from_secs(24 * 3600));
    assert_eq!(settings.event_retention, Some(Duration::from_secs(7 * 86_400)));
    assert_eq!(settings.stream_retention, Some(Duration::from_secs(7 * 86_400)));
    assert_eq!(settings.drain_timeout, Duration::from_secs(10));
    assert_eq!(settings.limits.connections, 1024);
    assert_eq!(settings.database.pool, 16);
    assert_eq!(settings.database.acquire_timeout, Duration::from_secs(3));
    assert_eq!(
        settings.base_url("127.0.0.1:45001".parse().unwrap()),
        "http://127.0.0.1:45001"
    );
}

#[test]
fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
    let file = "listen = '127.0.0.1:1'\npartition_count = 8\ndata_dir = 'f'\n[log]\nlevel = 'warn'";
    let variables = [
        ("ROLLCALL_LISTEN", "127.0.0.1:2"),
        ("ROLLCALL_DATA_DIR", "v"),
        ("ROLLCALL_CONFIG", "rollcall.toml"),
    ];
    let settings = settings(&["--listen", "127.0.0.1:3"], &variables, file).unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.data_dir.to_str(), Some("v"));
    assert_eq!(settings.partition_count, 8);
    assert_eq!(settings.log.level, "warn");
}

#[test]
fn the_pool_can_be_set() {
    let variables = [
        ("ROLLCALL_DATABASE_POOL", "40"),
        ("ROLLCALL_DATABASE_ACQUIRE_TIMEOUT", "500ms"),
    ];
    let database = settings(&[], &variables, "").unwrap().database;
    assert_eq!(database.pool, 40);
    assert_eq!(database.acquire_timeout, Duration::from_millis(500));
    check_variable(
        "ROLLCALL_DATABASE_POOL",
        "0",
        "ROLLCALL_DATABASE_POOL: \"0\" is not a whole number of 1 to 10000",
    );
}

#[test]
fn an_empty_variable_is_not_set() {
    assert!(
        settings(&[], &[("ROLLCALL_REDIS_URL", "")], "")
            .unwrap()
            .redis_url
            .is_none()
    );
}

#[test]
fn the_relay_is_on_with_redis_and_the_demo_tenant_off_with_a_server_or_auth() {
    let redis = ("ROLLCALL_REDIS_URL", "redis://localhost:6379");
    let postgres = ("ROLLCALL_DATABASE_URL", "postgres://localhost/rollcall");
    let server = settings(&[], &[redis, postgres], "").unwrap();
    assert!(server.relay && !server.demo_tenant && !server.database_is_embedded);
    assert_eq!(server.database_kind, DatabaseKind::Postgres);
    assert!(!settings(&["--relay", "off"], &[redis], "").unwrap().relay);
    assert!(!settings(&[], &AUTH, "").unwrap().demo_tenant);
    assert!(settings(&["--demo-tenant", "on"], &AUTH, "").unwrap().demo_tenant);
}

#[test]
fn with_authentication_any_address_may_be_listened_on() {
    let file = "listen = '0.0.0.0:8080'\n[auth]\nalgorithms = ['ES256', 'EdDSA']";
    let auth = settings(&["--config", "rollcall.toml"], &AUTH, file)
        .unwrap()
        .auth
        .unwrap();
    assert_eq!(auth.issuer, "https://id.example.org");
    assert_eq!(auth.algorithms, [TokenAlgorithm::Es256, TokenAlgorithm::EdDsa]);
    assert_eq!(auth.tenant_claim, "tenant_id");
}

#[test]
fn without_authentication_only_loopback_is_served() {
    check_refused(
        &["--listen", "0.0.0.0:80"],
        &[],
        "",
        "--listen: 0.0.0.0:80 is reachable from other machines and authentication is off: listen on 127.0.0.1 or [::1], \
         or set ROLLCALL_AUTH_ISSUER, ROLLCALL_AUTH_AUDIENCE and ROLLCALL_AUTH_JWKS",
    );
    assert!(
        settings(&["migrate"], &[("ROLLCALL_LISTEN", "0.0.0.0:80")], "").is_ok(),
        "migrate does not listen"
    );
    assert!(settings(&["--listen", "[::1]:80"], &[], "").is_ok());
}

#[test]
fn half_an_authentication_is_refused() {
    check_variable(
        "ROLLCALL_AUTH_ISSUER",
        "https://id.example.org",
        "auth.issuer is set but auth.audience is not: authentication needs auth.issuer, auth.audience and auth.jwks \
         (ROLLCALL_AUTH_ISSUER, ROLLCALL_AUTH_AUDIENCE, ROLLCALL_AUTH_JWKS)",
    );
}

#[test]
fn an_unknown_name_is_refused_with_the_one_that_was_meant() {
    check_variable(
        "ROLLCALL_REDS_URL",
        "redis://localhost",
        "ROLLCALL_REDS_URL: there is no such variable; did you mean ROLLCALL_REDIS_URL?",
    );
    check_variable(
        "ROLLCALL_",
        "x",
        "ROLLCALL_: there is no such variable; did you mean ROLLCALL_RELAY?",
    );
    check_file(
        "\nlisen = '[::1]:1'",
        "rollcall.toml line 2: there is no key lisen; did you mean listen?",
    );
    check_file(
        "[auth]\naudeince = 'x'",
        "rollcall.toml line 2: there is no key auth.audeince; did you mean auth.audience?",
    );
    check_file("[zzz]\nlisten = 'x'", "rollcall.toml line 1: there is no key zzz");
}

#[test]
fn every_value_says_what_is_allowed() {
    let duration = "is not a duration of 1ms to 366d, such as 500ms, 10s, 5m or 24h";
    for (name, value, problem) in [
        (
            "LISTEN",
            "8080",
            "\"8080\" is not an IP address and port, such as 127.0.0.1:8080 or [::1]:8080".to_owned(),
        ),
        (
            "PUBLIC_URL",
            "roster",
            "\"roster\" is not a URL like https://roster.example.org".to_owned(),
        ),
        ("RELAY", "maybe", "\"maybe\" is neither on nor off".to_owned()),
        (
            "PARTITION_COUNT",
            "0",
            "\"0\" is not a whole number of 1 to 4096".to_owned(),
        ),
        (
            "LIMITS_CONNECTIONS",
            "many",
            "\"many\" is not a whole number of 1 to 1000000".to_owned(),
        ),
        (
            "LOG_FORMAT",
            "xml",
            "\"xml\" is none of auto, json and pretty".to_owned(),
        ),
        (
            "LOG_LEVEL",
            "loud",
            "\"loud\" is not error, warn, info, debug or trace, nor a list like info,sqlx=warn".to_owned(),
        ),
        ("IDEMPOTENCY_RETENTION", "24", format!("\"24\" {duration}")),
        (
            "EVENT_RETENTION",
            "6d",
            "\"6d\" is shorter than 7d, for which every event is kept at least".to_owned(),
        ),
        (
            "STREAM_RETENTION",
            "never",
            format!("\"never\" {duration}, nor off"),
        ),
        ("DRAIN_TIMEOUT", "0s", format!("\"0s\" {duration}")),
        (
            "LIMITS_BODY_TIMEOUT",
            "99999999999999999999d",
            format!("\"99999999999999999999d\" {duration}"),
        ),
    ] {
        let name = format!("ROLLCALL_{name}");
        check_variable(&name, value, &format!("{name}: {problem}"));
    }
}

#[test]
fn a_secret_is_not_repeated_in_its_error() {
    check_variable(
        "ROLLCALL_DATABASE_URL",
        "mysql://root:hunter2@db",
        "ROLLCALL_DATABASE_URL: it must be like sqlite://./data/rollcall.db or postgres://user:password@host:5432/database",
    );
    check_variable(
        "ROLLCALL_REDIS_URL",
        "valkey://:hunter2@broker",
        "ROLLCALL_REDIS_URL: it must be like redis://host:6379, rediss://user:password@host:6379/0, \
         redis+sentinel://host:26379,host:26379/service or redis+cluster://host:6379,host:6379",
    );
}

#[test]
fn only_asymmetric_algorithms_and_key_files_are_taken() {
    let refused = |name, value, problem: &str| {
        let variables = [&AUTH[..2], &[("ROLLCALL_AUTH_JWKS", "keys.json"), (name, value)]].concat();
        check_refused(&[], &variables, "", &format!("{name}: {value:?} {problem}"));
    };
    refused(
        "ROLLCALL_AUTH_ALGORITHMS",
        "RS256,HS256",
        "is not a list of RS256, ES256 and EdDSA",
    );
    refused(
        "ROLLCALL_AUTH_ALGORITHMS",
        "none",
        "is not a list of RS256, ES256 and EdDSA",
    );
    refused(
        "ROLLCALL_AUTH_JWKS",
        "https://id.example.org/jwks",
        "is a URL, and keys are read from a file: give its path; it is read again when it changes",
    );
}

#[test]
fn the_file_says_where_it_is_wrong() {
    check_file(
        "listen = \n",
        "rollcall.toml line 1: not valid TOML: string values must be quoted, expected literal string",
    );
    check_file(
        "\nlisten = 1.5",
        "rollcall.toml line 2: listen: must be text, such as listen = \"…\"",
    );
    check_file(
        "\n\npartition_count = 9999",
        "rollcall.toml line 3: partition_count: \"9999\" is not a whole number of 1 to 4096",
    );
    check_refused(
        &["--config", "away.toml"],
        &[],
        "",
        "cannot read the configuration file away.toml: entity not found",
    );
}

#[test]
fn a_command_that_needs_redis_says_so() {
    check_refused(
        &["relay"],
        &[],
        "",
        "`rollcall relay` needs redis_url: set ROLLCALL_REDIS_URL or --redis-url",
    );
    check_refused(
        &["--relay", "on"],
        &[],
        "",
        "`rollcall serve --relay on` needs redis_url: set ROLLCALL_REDIS_URL or --redis-url",
    );
}

#[test]
fn what_is_printed_is_a_file_that_means_the_same() {
    let variables = [
        &AUTH[..],
        &[("ROLLCALL_DATABASE_URL", "postgres://app:hunter2@db/rollcall")],
    ]
    .concat();
    let first = settings(&["config", "--drain-timeout", "3s"], &variables, "").unwrap();
    let printed = first.effective();
    assert!(!printed.contains("hunter2"));
    assert!(
        printed.contains("drain_timeout = \"3s\" # --drain-timeout\n"),
        "{printed}"
    );
    assert!(printed.contains("database_url = \"postgres://app:***@db/rollcall\" # ROLLCALL_DATABASE_URL\n"));
    let second = settings(&["--config", "rollcall.toml"], &[], printed).unwrap();
    assert_eq!(second.drain_timeout, first.drain_timeout);
    assert_eq!(second.auth, first.auth);
    assert_eq!(second.limits, first.limits);
}
