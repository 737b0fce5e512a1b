//! The two ways of a write, planned and step by step: whatever is refused is refused by both in the same bytes.
//!
//! Two services in this process share one database. Requests come without the frame around the operations, so that no id of a request differs.

use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::http::{Method, StatusCode};
use poem::{Endpoint as _, EndpointExt as _, IntoEndpoint as _, Request};
use rollcall::app::{Parts, Rollcall};
use rollcall::contract::api::{API, RollcallServer};
use rollcall::environment::{SharedEnvironment, SystemEnvironment};
use rollcall::http::auth::Authenticator;
use rollcall::outbox::Wakeup;
use rollcall::store::{DatabaseSettings, MigrationPolicy, Store};
use rollcall::telemetry::metrics::EventStreamMetrics;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Backend;
use super::sql::Sql;
use super::world::Site;
use crate::support::{unique_id, unique_key};

#[tokio::test]
async fn both_ways_refuse_alike_on_sqlite() {
    check(Backend::Sqlite).await;
}

#[tokio::test]
async fn both_ways_refuse_alike_on_postgres() {
    check(Backend::Postgres).await;
}

/// Status, headers and body.
type Whole = (StatusCode, Vec<(String, String)>, String);

/// A request to create a school.
struct Case {
    what: &'static str,
    tenant: Uuid,
    /// The key, where both send the same; otherwise each has its own.
    key: Option<String>,
    body: Value,
    status: u16,
}

async fn check(backend: Backend) {
    let site = Site::start(backend, |builder| builder).await;
    let sql = Sql::open(&site.database_url).await;
    let client = site.service.client();
    let (tenant, suspended) = (
        client.new_tenant("Ways").await,
        client.new_tenant("Suspended").await,
    );
    sql.execute(&format!(
        "UPDATE tenants SET status = 'suspended' WHERE tenant_id = '{suspended}'"
    ))
    .await;
    let store = open(&site.database_url).await;
    let (planned, stepwise) = (service(store.clone()), service(store.clone().without_plans()));
    let (first, refused) = (unique_key(), unique_key());
    for (key, body) in [(&first, taken()), (&refused, json!({ "name": "TAKEN" }))] {
        send(&planned, &case("what was before", 201, tenant, Some(key), body)).await;
    }
    for case in &cases(tenant, suspended, &first, &refused) {
        // Twice each, so that what the first has left behind is met by the other way too.
        for _ in 0..2 {
            let answers = [send(&planned, case).await, send(&stepwise, case).await];
            assert_eq!(answers[0], answers[1], "{}", case.what);
            assert_eq!(
                answers[0].0.as_u16(),
                case.status,
                "{}: {:?}",
                case.what,
                answers[0]
            );
        }
    }
    store.close().await;
    assert_eq!(sql.count("schools").await, 1);
    assert_eq!(super::crash::gaps(&sql).await, Vec::<Vec<String>>::new());
}

/// The body of the school that is there.
fn taken() -> Value {
    json!({ "name": "Taken", "identifier": "1" })
}

fn cases(tenant: Uuid, suspended: Uuid, first: &str, refused: &str) -> Vec<Case> {
    let any = || json!({ "name": "A school" });
    // Within the limit of the schema, and twice as long once it is normalised: the handler refuses it.
    let too_long = || json!({ "name": "\u{958}".repeat(101) });
    vec![
        case("a taken name", 409, tenant, None, json!({ "name": "taken" })),
        case(
            "a taken identifier",
            409,
            tenant,
            None,
            json!({ "name": "Free", "identifier": "1" }),
        ),
        case("a suspended tenant", 403, suspended, None, any()),
        case("an unknown tenant", 404, unique_id(), None, any()),
        case("a repetition", 201, tenant, Some(first), taken()),
        case(
            "a repetition of a refusal",
            409,
            tenant,
            Some(refused),
            json!({ "name": "TAKEN" }),
        ),
        case("a key of another request", 422, tenant, Some(first), any()),
        case(
            "that, and a name that is too long",
            422,
            tenant,
            Some(first),
            too_long(),
        ),
        case("a name that is too long", 422, tenant, None, too_long()),
        case(
            "such a name in a suspended tenant",
            403,
            suspended,
            None,
            too_long(),
        ),
    ]
}

fn case(what: &'static str, status: u16, tenant: Uuid, key: Option<&str>, body: Value) -> Case {
    Case {
        what,
        tenant,
        key: key.map(str::to_owned),
        body,
        status,
    }
}

async fn open(url: &str) -> Store {
    let environment: SharedEnvironment = Arc::new(SystemEnvironment);
    let settings = DatabaseSettings::new(url);
    Store::open(&settings, environment, MigrationPolicy::Refuse, None)
        .await
        .expect("the service's database")
}

fn service(store: Store) -> BoxEndpoint<'static> {
    let environment: SharedEnvironment = Arc::new(SystemEnvironment);
    let service = Rollcall::new(Parts {
        wakeup: Wakeup::new(store.metadata().partition_count),
        store,
        authenticator: Authenticator::from_config(None, &environment).expect("no keys to read"),
        environment,
        base_url: "http://localhost".to_owned(),
        idempotency_retention: Duration::from_secs(3_600),
        relay: None,
        event_streams_max: 1,
        event_stream_metrics: EventStreamMetrics::default(),
        drain: CancellationToken::new(),
    });
    API.service(RollcallServer(Arc::new(service)))
        .into_endpoint()
        .boxed()
}

async fn send(service: &BoxEndpoint<'static>, case: &Case) -> Whole {
    let request = Request::builder()
        .method(Method::POST)
        .uri_str(format!("/api/v1/tenants/{}/schools", case.tenant))
        .header("X-Tenant-Id", case.tenant.to_string())
        .header("Idempotency-Key", case.key.clone().unwrap_or_else(unique_key))
        .header("Content-Type", "application/json")
        .body(case.body.to_string());
    let mut response = service.get_response(request).await;
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                value.to_str().expect("visible ASCII").to_owned(),
            )
        })
        .collect();
    let body = response.take_body().into_string().await.expect("a body of text");
    (response.status(), headers, body)
}
