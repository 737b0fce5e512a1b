//! How many series there are.

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use futures_util::stream;
use uuid::Uuid;

use super::scrape::{Scrape, Series, until};
use crate::support::{Client, RedisServer, Service};

const TENANTS: u32 = 1000;
/// Requests at a time: enough to keep the service busy, too few for it to refuse one.
const AT_ONCE: usize = 16;

/// A tenant with a school, and what is read of them.
async fn use_one(client: &Client, number: u32) {
    let tenant: Uuid = client.new_tenant(&format!("Tenant {number}")).await;
    let school = client.new_school(tenant, &format!("School {number}")).await;
    client.get_tenant(tenant).await;
    client.get_school(tenant, school).await;
    client.list_schools(tenant, "").await;
    client.list_events(tenant, "").await;
}

async fn series_after(service: &Service, tenants: u32) -> BTreeSet<Series> {
    let published = |scrape: &Scrape| {
        let count = scrape.value("rollcall_event_publish_duration_seconds_count", &[]);
        (count - f64::from(2 * tenants)).abs() < 0.5
    };
    let scrape = until(&service.base_url(), "all is published", published).await;
    scrape.series()
}

#[tokio::test]
async fn there_are_as_many_with_a_thousand_tenants_as_with_one() {
    let redis = RedisServer::start();
    let service = Service::postgres(Some(&redis)).await;
    let client = service.client();
    use_one(&client, 0).await;
    // The page counts itself from the second time on.
    series_after(&service, 1).await;
    let with_one = series_after(&service, 1).await;
    let others = stream::iter(1..TENANTS).map(|number| use_one(&client, number));
    others.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    let with_all = series_after(&service, TENANTS).await;
    let new: Vec<_> = with_all.difference(&with_one).collect();
    assert!(
        new.is_empty(),
        "{} series came with further tenants: {new:#?}",
        new.len()
    );
    assert_eq!(with_all.len(), with_one.len());
    assert!(with_all.len() < 1000, "{} series", with_all.len());
}
