//! A running service, a client of it, and its database.

use tokio::sync::OnceCell;
use uuid::Uuid;

use super::sql::Sql;
use crate::support::tokens::Token;
use crate::support::{Client, PostgresServer, Service, ServiceBuilder};

/// The two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backend {
    Sqlite,
    Postgres,
}

/// A service and where its data are.
pub(super) struct Site {
    pub(super) service: Service,
    pub(super) database_url: String,
}

/// What a case works with. Connections belong to the runtime of their test, so each test has its own.
pub(super) struct World {
    pub(super) client: Client,
    pub(super) sql: Sql,
    pub(super) base_url: String,
}

impl Site {
    /// Starts a service over a new database.
    pub(super) async fn start(
        backend: Backend,
        change: impl FnOnce(ServiceBuilder) -> ServiceBuilder,
    ) -> Self {
        let builder = change(Service::builder());
        match backend {
            Backend::Sqlite => {
                let service = builder.start().await;
                let file = service.folder().join("data/rollcall.db");
                Self {
                    database_url: format!("sqlite://{}?mode=rw", file.display()),
                    service,
                }
            }
            Backend::Postgres => {
                let database = PostgresServer::shared().create_database().await;
                Self {
                    service: builder.database(&database.url).start().await,
                    database_url: database.url,
                }
            }
        }
    }

    pub(super) async fn world(&self) -> World {
        World {
            client: self.service.client(),
            sql: Sql::open(&self.database_url).await,
            base_url: self.service.base_url(),
        }
    }
}

impl World {
    /// The shared service without authentication.
    pub(super) async fn open(backend: Backend) -> Self {
        static SQLITE: OnceCell<Site> = OnceCell::const_new();
        static POSTGRES: OnceCell<Site> = OnceCell::const_new();
        let cell = match backend {
            Backend::Sqlite => &SQLITE,
            Backend::Postgres => &POSTGRES,
        };
        let site = cell.get_or_init(|| Site::start(backend, |builder| builder)).await;
        site.world().await
    }

    /// The shared service with authentication; its client has no token.
    pub(super) async fn guarded(backend: Backend) -> Self {
        static SQLITE: OnceCell<Site> = OnceCell::const_new();
        static POSTGRES: OnceCell<Site> = OnceCell::const_new();
        let cell = match backend {
            Backend::Sqlite => &SQLITE,
            Backend::Postgres => &POSTGRES,
        };
        let site = cell
            .get_or_init(|| Site::start(backend, ServiceBuilder::authentication))
            .await;
        site.world().await
    }

    /// A client that may do everything in every tenant, of a guarded service.
    pub(super) fn operator(&self) -> Client {
        self.client
            .with_token(&Token::good().claim("tenant_id", "*").sign())
    }

    /// A client that may do everything in one tenant, of a guarded service.
    pub(super) fn member(&self, tenant: Uuid) -> Client {
        self.client.with_token(&Token::for_tenant(tenant).sign())
    }
}
