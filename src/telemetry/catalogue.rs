//! Every metric of the service, as data: what the instruments are made of, and what `docs/observability.md`, the dashboards and the
//! alert rules are held against.
//!
//! Names, units and labels follow the OpenTelemetry semantic conventions where these have one. No label ever holds a tenant, a school, a
//! person, a client, or a path with ids in it, so the number of series depends on the contract and on the number of partitions alone.

mod retention;

pub use retention::{EVENT_LOG_OLDEST_RETAINED_AGE, EVENT_LOG_PURGED_EVENTS, EVENT_STREAM_TRIMMED_ENTRIES};

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricDescription {
    /// Its name over OTLP.
    pub name: &'static str,
    /// Its name on `/metrics`, of which a histogram has `_bucket`, `_sum` and `_count`.
    pub prometheus_name: &'static str,
    /// What kind of instrument it is.
    pub kind: MetricKind,
    /// Its unit (UCUM), empty where it has none.
    pub unit: &'static str,
    /// Its labels over OTLP; on `/metrics` dots become underscores.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub description: &'static str,
}

/// The kinds of instrument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// A sum that grows and shrinks; Prometheus calls it a gauge.
    UpDownCounter,
    /// A value that is what it is at the moment.
    Gauge,
    /// A distribution over buckets with these upper bounds.
    Histogram(&'static [f64]),
}

/// The buckets that the semantic conventions ask for.
const HTTP_SECONDS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
/// The buckets that the semantic conventions ask for.
const CLIENT_SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
/// From what the relay does when all is well, to what an outage leaves.
const PUBLISH_SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// Requests by route and status.
pub const HTTP_SERVER_REQUEST_DURATION: MetricDescription = MetricDescription {
    name: "http.server.request.duration",
    prometheus_name: "http_server_request_duration_seconds",
    kind: MetricKind::Histogram(HTTP_SECONDS),
    unit: "s",
    labels: &[
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "error.type",
        "url.scheme",
    ],
    description: "How long requests took until their answer began. A path that is not served has no route; a request whose client went \
                  away before its answer has no status.",
};

/// Requests at work.
pub const HTTP_SERVER_ACTIVE_REQUESTS: MetricDescription = MetricDescription {
    name: "http.server.active_requests",
    prometheus_name: "http_server_active_requests",
    kind: MetricKind::UpDownCounter,
    unit: "{request}",
    labels: &["http.request.method", "url.scheme"],
    description: "Requests at work whose answer has not begun.",
};

/// Connections of the database pools.
pub const DB_CLIENT_CONNECTION_COUNT: MetricDescription = MetricDescription {
    name: "db.client.connection.count",
    prometheus_name: "db_client_connection_count",
    kind: MetricKind::UpDownCounter,
    unit: "{connection}",
    labels: &["db.client.connection.pool.name", "db.client.connection.state"],
    description: "Open connections to the database, by pool and by whether they are used.",
};

/// The sizes of the database pools.
pub const DB_CLIENT_CONNECTION_MAX: MetricDescription = MetricDescription {
    name: "db.client.connection.max",
    prometheus_name: "db_client_connection_max",
    kind: MetricKind::UpDownCounter,
    unit: "{connection}",
    labels: &["db.client.connection.pool.name"],
    description: "The most connections to the database that each pool opens.",
};

/// Calls to the database.
pub const DB_CLIENT_OPERATION_DURATION: MetricDescription = MetricDescription {
    name: "db.client.operation.duration",
    prometheus_name: "db_client_operation_duration_seconds",
    kind: MetricKind::Histogram(CLIENT_SECONDS),
    unit: "s",
    labels: &["db.system.name", "db.operation.name", "error.type"],
    description: "How long the database took for one call. A BEGIN includes the wait for a connection of the pool.",
};

/// Calls to the broker.
pub const MESSAGING_CLIENT_OPERATION_DURATION: MetricDescription = MetricDescription {
    name: "messaging.client.operation.duration",
    prometheus_name: "messaging_client_operation_duration_seconds",
    kind: MetricKind::Histogram(CLIENT_SECONDS),
    unit: "s",
    labels: &["messaging.system", "messaging.operation.name", "error.type"],
    description: "How long the broker took for one call: to append a batch, or to say where a stream ends.",
};

/// Events that the broker took.
pub const MESSAGING_CLIENT_SENT_MESSAGES: MetricDescription = MetricDescription {
    name: "messaging.client.sent.messages",
    prometheus_name: "messaging_client_sent_messages_total",
    kind: MetricKind::Counter,
    unit: "{message}",
    labels: &["messaging.system"],
    description: "Events that the broker took, those that it had lost and took again among them.",
};

/// Events that wait.
pub const EVENT_LOG_BACKLOG: MetricDescription = MetricDescription {
    name: "rollcall.event_log.backlog",
    prometheus_name: "rollcall_event_log_backlog",
    kind: MetricKind::Gauge,
    unit: "{event}",
    labels: &["messaging.destination.partition.id"],
    description: "Events of the log that are not in their stream yet. A partition whose stream's end is not known is absent.",
};

/// For how long events wait.
pub const EVENT_LOG_OLDEST_UNPUBLISHED_AGE: MetricDescription = MetricDescription {
    name: "rollcall.event_log.oldest_unpublished.age",
    prometheus_name: "rollcall_event_log_oldest_unpublished_age_seconds",
    kind: MetricKind::Gauge,
    unit: "s",
    labels: &[],
    description: "For how long the oldest event has been waiting that is not in its stream; 0 while none waits for longer than two polls.",
};

/// From commit to stream.
pub const EVENT_PUBLISH_DURATION: MetricDescription = MetricDescription {
    name: "rollcall.event.publish.duration",
    prometheus_name: "rollcall_event_publish_duration_seconds",
    kind: MetricKind::Histogram(PUBLISH_SECONDS),
    unit: "s",
    labels: &[],
    description: "From an event's commit until the broker had acknowledged it. What a relay appends again because the broker lost it does \
                  not count.",
};

/// What the fence kept out.
pub const RELAY_FENCE_REJECTIONS: MetricDescription = MetricDescription {
    name: "rollcall.relay.fence_rejections",
    prometheus_name: "rollcall_relay_fence_rejections_total",
    kind: MetricKind::Counter,
    unit: "{rejection}",
    labels: &[],
    description: "Batches that the broker did not append because the stream does not end where the relay thought: another relay was faster, \
                  or the broker lost entries.",
};

/// Streams that lost their end.
pub const RELAY_REWINDS: MetricDescription = MetricDescription {
    name: "rollcall.relay.rewinds",
    prometheus_name: "rollcall_relay_rewinds_total",
    kind: MetricKind::Counter,
    unit: "{rewind}",
    labels: &[],
    description: "How often a stream ended before what this relay knew to be in it, and was refilled from the log.",
};

/// Who carries which partition.
pub const RELAY_LEASE_CHANGES: MetricDescription = MetricDescription {
    name: "rollcall.relay.lease_changes",
    prometheus_name: "rollcall_relay_lease_changes_total",
    kind: MetricKind::Counter,
    unit: "{change}",
    labels: &[],
    description: "How often this relay began to carry a partition: at its start, after another relay died, or in turns with one that is told \
                  of other commits.",
};

/// Events that are not in their stream.
pub const RELAY_EVENTS_WITHHELD: MetricDescription = MetricDescription {
    name: "rollcall.relay.events.withheld",
    prometheus_name: "rollcall_relay_events_withheld_total",
    kind: MetricKind::Counter,
    unit: "{event}",
    labels: &[],
    description: "Events in whose place this relay put a tombstone, because the broker took others and would not take them.",
};

/// Streams that the broker refuses.
pub const RELAY_PARTITIONS_PARKED: MetricDescription = MetricDescription {
    name: "rollcall.relay.partitions.parked",
    prometheus_name: "rollcall_relay_partitions_parked",
    kind: MetricKind::Gauge,
    unit: "{partition}",
    labels: &[],
    description: "Partitions of which the broker answers but refuses what is appended.",
};

/// Streams that contradict the log.
pub const RELAY_PARTITIONS_DIVERGED: MetricDescription = MetricDescription {
    name: "rollcall.relay.partitions.diverged",
    prometheus_name: "rollcall_relay_partitions_diverged",
    kind: MetricKind::Gauge,
    unit: "{partition}",
    labels: &[],
    description: "Partitions that are stopped because log and stream contradict each other.",
};

/// Whether events are carried, or watched.
pub const RELAY_UP: MetricDescription = MetricDescription {
    name: "rollcall.relay.up",
    prometheus_name: "rollcall_relay_up",
    kind: MetricKind::Gauge,
    unit: "",
    labels: &[],
    description: "1 while the relay of this process relays or watches, gives signs of life and can read the log, else 0.",
};

/// How commits of other processes become known.
pub const WAKEUP_UP: MetricDescription = MetricDescription {
    name: "rollcall.wakeup.up",
    prometheus_name: "rollcall_wakeup_up",
    kind: MetricKind::Gauge,
    unit: "",
    labels: &[],
    description: "1 while this process is told at once of what other processes commit, 0 while it finds that by polling; absent until it \
                  was tried, and where it is not.",
};

/// Whether what the service stands on answers.
pub const DEPENDENCY_UP: MetricDescription = MetricDescription {
    name: "rollcall.dependency.up",
    prometheus_name: "rollcall_dependency_up",
    kind: MetricKind::Gauge,
    unit: "",
    labels: &["dependency"],
    description: "1 where the database or the broker answered when it was last asked, else 0; absent before the first time.",
};

/// Repeated requests.
pub const IDEMPOTENCY_REPLAYS: MetricDescription = MetricDescription {
    name: "rollcall.idempotency.replays",
    prometheus_name: "rollcall_idempotency_replays_total",
    kind: MetricKind::Counter,
    unit: "{request}",
    labels: &["rollcall.operation"],
    description: "Repeated requests that got the first answer again.",
};

/// Keys that stand for something else.
pub const IDEMPOTENCY_CONFLICTS: MetricDescription = MetricDescription {
    name: "rollcall.idempotency.conflicts",
    prometheus_name: "rollcall_idempotency_conflicts_total",
    kind: MetricKind::Counter,
    unit: "{request}",
    labels: &["rollcall.operation", "reason"],
    description: "Requests refused because their key stands for another request (reused), or the first one is still at work (in-flight).",
};

/// What the tenant guard kept out.
pub const TENANCY_REFUSALS: MetricDescription = MetricDescription {
    name: "rollcall.tenancy.refusals",
    prometheus_name: "rollcall_tenancy_refusals_total",
    kind: MetricKind::Counter,
    unit: "{request}",
    labels: &["reason"],
    description: "Requests that the tenant guard refused: header and path name different tenants (tenant-mismatch), the token does not \
                  entitle to it (forbidden), or the header is none (tenant-header-invalid).",
};

/// Clients that follow the feed.
pub const EVENT_STREAMS_OPEN: MetricDescription = MetricDescription {
    name: "rollcall.event_streams.open",
    prometheus_name: "rollcall_event_streams_open",
    kind: MetricKind::UpDownCounter,
    unit: "{stream}",
    labels: &[],
    description: "Open streams of server-sent events.",
};

/// Processor time.
pub const PROCESS_CPU_TIME: MetricDescription = MetricDescription {
    name: "process.cpu.time",
    prometheus_name: "process_cpu_time_seconds_total",
    kind: MetricKind::Counter,
    unit: "s",
    labels: &["cpu.mode"],
    description: "Processor time that the process has used, by mode.",
};

/// Memory.
pub const PROCESS_MEMORY_USAGE: MetricDescription = MetricDescription {
    name: "process.memory.usage",
    prometheus_name: "process_memory_usage_bytes",
    kind: MetricKind::UpDownCounter,
    unit: "By",
    labels: &[],
    description: "Memory of the process that is resident.",
};

/// File descriptors.
pub const PROCESS_FILE_DESCRIPTOR_COUNT: MetricDescription = MetricDescription {
    name: "process.unix.file_descriptor.count",
    prometheus_name: "process_unix_file_descriptor_count",
    kind: MetricKind::UpDownCounter,
    unit: "{file_descriptor}",
    labels: &[],
    description: "Open file descriptors of the process.",
};

/// Uptime.
pub const PROCESS_UPTIME: MetricDescription = MetricDescription {
    name: "process.uptime",
    prometheus_name: "process_uptime_seconds",
    kind: MetricKind::Gauge,
    unit: "s",
    labels: &[],
    description: "For how long the process has been running.",
};

/// What runs.
pub const BUILD_INFO: MetricDescription = MetricDescription {
    name: "rollcall.build.info",
    prometheus_name: "rollcall_build_info",
    kind: MetricKind::Gauge,
    unit: "",
    labels: &["version", "target"],
    description: "Always 1; its labels tell which version runs, and what it was built for.",
};

/// All of them.
pub const METRICS: &[MetricDescription] = &[
    HTTP_SERVER_REQUEST_DURATION,
    HTTP_SERVER_ACTIVE_REQUESTS,
    DB_CLIENT_CONNECTION_COUNT,
    DB_CLIENT_CONNECTION_MAX,
    DB_CLIENT_OPERATION_DURATION,
    MESSAGING_CLIENT_OPERATION_DURATION,
    MESSAGING_CLIENT_SENT_MESSAGES,
    EVENT_LOG_BACKLOG,
    EVENT_LOG_OLDEST_UNPUBLISHED_AGE,
    EVENT_PUBLISH_DURATION,
    EVENT_LOG_PURGED_EVENTS,
    EVENT_STREAM_TRIMMED_ENTRIES,
    EVENT_LOG_OLDEST_RETAINED_AGE,
    RELAY_FENCE_REJECTIONS,
    RELAY_REWINDS,
    RELAY_LEASE_CHANGES,
    RELAY_EVENTS_WITHHELD,
    RELAY_PARTITIONS_PARKED,
    RELAY_PARTITIONS_DIVERGED,
    RELAY_UP,
    WAKEUP_UP,
    DEPENDENCY_UP,
    IDEMPOTENCY_REPLAYS,
    IDEMPOTENCY_CONFLICTS,
    TENANCY_REFUSALS,
    EVENT_STREAMS_OPEN,
    PROCESS_CPU_TIME,
    PROCESS_MEMORY_USAGE,
    PROCESS_FILE_DESCRIPTOR_COUNT,
    PROCESS_UPTIME,
    BUILD_INFO,
];

/// The metric of that name over OTLP.
#[must_use]
pub fn find(name: &str) -> Option<&'static MetricDescription> {
    METRICS.iter().find(|metric| metric.name == name)
}
