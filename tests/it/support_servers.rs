//! The harness itself: the servers of the tests start, stop, die and come back as the other tests believe they do.

use std::path::Path;
use std::time::{Duration, Instant};

use redis::AsyncCommands as _;
use sea_orm::ConnectionTrait as _;

use crate::support::{PostgresServer, RedisServer};

#[tokio::test]
async fn postgres_keeps_what_was_committed_through_kill_and_stop() {
    let mut server = PostgresServer::start();
    let database = server.create_database().await;
    let connection = server.connect(&database.name).await;
    connection
        .execute_unprepared("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
        .await
        .unwrap();

    server.kill();
    let refused = connection.execute_unprepared("INSERT INTO kept VALUES (2)").await;
    assert!(refused.is_err(), "a killed server answers nothing");

    server.restart();
    let connection = server.connect(&database.name).await;
    connection
        .execute_unprepared("INSERT INTO kept VALUES (3)")
        .await
        .unwrap();
    connection.close_by_ref().await.unwrap();
    server.stop();
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", server.port())).is_err(),
        "a stopped server accepts nobody"
    );

    server.restart();
    let connection = server.connect(&database.name).await;
    let rows = connection
        .query_all_raw(statement("SELECT n FROM kept ORDER BY n"))
        .await
        .unwrap();
    let kept: Vec<i32> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(kept, [1, 3]);
}

#[tokio::test]
async fn a_paused_postgres_answers_when_it_is_resumed() {
    let mut server = PostgresServer::start();
    let connection = server.connect("postgres").await;
    server.pause();
    let query = connection.execute_unprepared("SELECT 1");
    let in_time = tokio::time::timeout(Duration::from_millis(200), query).await;
    assert!(in_time.is_err(), "a paused server does not answer");
    server.resume();
    server
        .connect("postgres")
        .await
        .execute_unprepared("SELECT 1")
        .await
        .unwrap();
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let server = PostgresServer::shared();
    let (one, other) = (server.create_database().await, server.create_database().await);
    assert_ne!(one.name, other.name);
    server
        .connect(&one.name)
        .await
        .execute_unprepared("CREATE TABLE mine (n int)")
        .await
        .unwrap();
    let elsewhere = server
        .connect(&other.name)
        .await
        .execute_unprepared("SELECT * FROM mine")
        .await;
    assert!(elsewhere.is_err());
}

#[tokio::test]
async fn redis_keeps_what_it_wrote_through_stop_and_comes_back_after_kill() {
    let mut server = RedisServer::start();
    let () = server.connect().await.set("kept", "yes").await.unwrap();
    server.stop();
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", server.port())).is_err(),
        "a stopped server accepts nobody"
    );
    server.restart();
    assert_eq!(
        server.connect().await.get::<_, String>("kept").await.unwrap(),
        "yes"
    );
    server.kill();
    server.restart();
    assert_eq!(
        server.connect().await.get::<_, String>("kept").await.unwrap(),
        "yes"
    );
}

#[tokio::test]
async fn a_paused_redis_answers_when_it_is_resumed() {
    let mut server = RedisServer::start();
    let mut connection = server.connect().await;
    server.pause();
    let in_time = tokio::time::timeout(Duration::from_millis(200), connection.exists::<_, bool>("x")).await;
    assert!(in_time.is_err(), "a paused server does not answer");
    server.resume();
    assert!(!server.connect().await.exists::<_, bool>("x").await.unwrap());
}

#[test]
fn servers_leave_nothing_behind() {
    let server = RedisServer::start();
    let folder = server.folder().to_owned();
    let port = server.port();
    drop(server);
    assert!(!Path::new(&folder).exists());
    let start = Instant::now();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(start.elapsed() < Duration::from_secs(1));
}

fn statement(sql: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql)
}
