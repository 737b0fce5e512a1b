//! What files are for.

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Model,
    Service,
    Endpoint,
    Event,
    Middleware,
    Database,
    Worker,
    Telemetry,
    Schema,
    Command,
    Page,
    ContractTest,
    EventTest,
    IntegrationTest,
    UnitTest,
    PerformanceTest,
    QuickstartTest,
}

impl Role {
    /// The folders that people keep such files in; the first is the convention.
    pub(super) fn folders(self) -> &'static [&'static str] {
        match self {
            Self::Model => &["models", "model", "entities", "entity", "domain", "domains"],
            Self::Service => &[
                "services",
                "service",
                "usecases",
                "use_cases",
                "use-cases",
                "application",
            ],
            Self::Endpoint => &[
                "api",
                "routes",
                "controllers",
                "routers",
                "handlers",
                "endpoints",
                "resolvers",
                "http",
                "controller",
                "router",
                "rest",
                "v1",
            ],
            Self::Event => &["events", "messages", "messaging"],
            Self::Middleware => &["middleware", "middlewares", "filters", "guards"],
            Self::Database => &[
                "db",
                "database",
                "persistence",
                "repositories",
                "repository",
                "storage",
                "migrations",
                "data",
            ],
            Self::Worker => &["workers", "jobs", "tasks", "worker", "queue"],
            Self::Telemetry => &["observability", "telemetry", "logging", "monitoring"],
            Self::Schema => &["schemas", "types", "dto", "dtos", "contracts", "schema"],
            Self::Command => &["cli", "commands", "command", "cmd", "bin"],
            Self::Page => &["pages", "screens", "views", "components"],
            Self::ContractTest => &["contract", "contracts", "contracttests"],
            Self::EventTest => &["events"],
            Self::IntegrationTest => &["integration", "integrationtests", "e2e"],
            Self::UnitTest => &["unit", "unittests"],
            Self::PerformanceTest => &["perf", "performance", "load", "benchmarks", "benches"],
            Self::QuickstartTest => &["quickstart", "e2e", "acceptance"],
        }
    }

    /// The word in a file's name that shows the role, where the file needs one.
    pub(super) fn mark(self) -> Option<&'static str> {
        match self {
            Self::Service => Some("service"),
            Self::Endpoint => Some("controller"),
            _ => None,
        }
    }

    /// The words in the names of drawn files that show the role.
    pub(super) fn marks(self) -> &'static [&'static str] {
        match self {
            Self::Model => &["model", "models", "entity", "entities"],
            Self::Service => &["service", "services"],
            Self::Endpoint => &[
                "routes",
                "route",
                "router",
                "controller",
                "handler",
                "handlers",
                "resolver",
                "resolvers",
                "endpoints",
            ],
            _ => &[],
        }
    }

    /// Whether such files are tests.
    pub(super) fn is_test(self) -> bool {
        matches!(
            self,
            Self::ContractTest
                | Self::EventTest
                | Self::IntegrationTest
                | Self::UnitTest
                | Self::PerformanceTest
                | Self::QuickstartTest
        )
    }
}
