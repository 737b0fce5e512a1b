//! What users need, as the document says.

use rollcall_servers::{RedisSentinel, RedisServer};

use super::*;
use crate::outbox::test_support::until;

/// `ACL SETUSER` with the document's rights of a user.
fn set_user(user: &str) -> ::redis::Cmd {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OPERATIONS.md");
    let document = std::fs::read_to_string(path).unwrap();
    let start = format!("user {user} ");
    let line = document.lines().find(|line| line.starts_with(&start)).unwrap();
    let mut command = ::redis::cmd("ACL");
    command.arg("SETUSER");
    command.arg(line.split(' ').skip(1).collect::<Vec<_>>());
    command
}

#[tokio::test]
async fn another_database_than_the_first_needs_one_right_more() {
    let redis = RedisServer::start();
    let mut connection = redis.connect().await;
    set_user("rollcall").exec_async(&mut connection).await.unwrap();
    let url = format!("redis://rollcall:PASSWORD@127.0.0.1:{}", redis.port());
    let sink = |url: &str| RedisSink::new(url, &RedisSinkSettings::default()).unwrap();
    sink(&url).position(PARTITION).await.unwrap();
    let other = sink(&format!("{url}/3"));
    let error = other.position(PARTITION).await.unwrap_err();
    assert!(error.is_unreachable(), "{error}");
    redis.command::<()>("ACL SETUSER rollcall +select").await;
    until("the database may be selected", async || {
        other.position(PARTITION).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_user_of_the_sentinels_needs_no_more_than_is_documented() {
    let redis = RedisSentinel::start().await;
    let url = redis.url();
    let (address, password) = url.split_once("?sentinel_password=").unwrap();
    let hosts = address.split("://").nth(1).unwrap().split('/').next().unwrap();
    for host in hosts.split(',') {
        let client = ::redis::Client::open(format!("redis://:{password}@{host}")).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        set_user("watcher").exec_async(&mut connection).await.unwrap();
    }
    let url = format!("{address}?sentinel_user=watcher&sentinel_password=PASSWORD");
    let sink = RedisSink::new(&url, &RedisSinkSettings::default()).unwrap();
    sink.position(PARTITION).await.unwrap();
}
