//! Two relays on the same partitions: what the one costs that has nothing to do, and how soon it takes over.

use super::*;

/// How many commits are made while the calls are counted.
const ROUNDS: u64 = 200;

/// How many calls of the script the broker has had, and how many of them asked or were refused.
async fn calls(redis: &RedisServer) -> u64 {
    let stats: String = redis.command("INFO commandstats").await;
    let of_script = stats
        .lines()
        .find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="))
        .and_then(|rest| rest.split(',').next());
    of_script.map_or(0, |calls| calls.parse().unwrap())
}

fn only_signals(lease_ttl: Duration) -> RelaySettings {
    let hour = Duration::from_secs(3600);
    RelaySettings {
        poll: hour,
        recheck: hour,
        lease_ttl,
        ..settings()
    }
}

#[tokio::test]
async fn of_two_that_hear_of_the_same_commits_one_does_the_work() {
    let (log, redis, wakeup) = (TestLog::new(1).await, RedisServer::start().await, Wakeup::new(1));
    let one = Running::start(
        &log,
        &redis,
        wakeup.clone(),
        only_signals(Duration::from_secs(600)),
    )
    .await;
    let other = Running::start(
        &log,
        &redis,
        wakeup.clone(),
        only_signals(Duration::from_secs(600)),
    )
    .await;
    // Both know where the stream ends.
    for relay in [&one, &other] {
        until("it has looked", async || {
            relay.health().broker_reachable.is_some() || relay.health().log_reachable.is_some()
        })
        .await;
    }
    // Whoever is first with this leads.
    log.write(0, 1).await;
    wakeup.moved(Partition(0));
    until("it is there", async || {
        redis.command::<u64>("XLEN lms.roster.v1:{0}").await == 1
    })
    .await;
    let before = calls(&redis).await;
    for round in 0..ROUNDS {
        log.write(0, 1).await;
        wakeup.moved(Partition(0));
        until("it is there", async || {
            redis.command::<u64>("XLEN lms.roster.v1:{0}").await == round + 2
        })
        .await;
    }
    let (published_one, published_other) = (one.health().published_total, other.health().published_total);
    assert_eq!(published_one + published_other, ROUNDS + 1);
    assert!(
        published_one == 0 || published_other == 0 || published_one.min(published_other) <= 1,
        "both carried: {published_one} and {published_other}"
    );
    // The leader appends without asking; the other may have lost one race and asked once, no more.
    let calls = calls(&redis).await - before;
    assert!(
        (ROUNDS..=ROUNDS + 2).contains(&calls),
        "{calls} calls for {ROUNDS} commits"
    );
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn one_that_dies_is_replaced_when_its_lease_has_ended() {
    let (log, redis, wakeup) = (TestLog::new(1).await, RedisServer::start().await, Wakeup::new(1));
    let settings = only_signals(Duration::from_millis(150));
    let first = Running::start(&log, &redis, wakeup.clone(), settings).await;
    log.write(0, 1).await;
    wakeup.moved(Partition(0));
    until("it leads", async || first.health().published_total == 1).await;
    let second = Running::start(&log, &redis, wakeup.clone(), settings).await;
    until("the other has lost a race or asked", async || {
        log.write(0, 1).await;
        wakeup.moved(Partition(0));
        second.health().broker_reachable == Some(true)
    })
    .await;
    let third_party = complete(&log, &redis).await.total().published;
    // Killed: nothing is given up.
    first.task.abort();
    log.write(0, 10).await;
    wakeup.moved(Partition(0));
    let report = complete(&log, &redis).await;
    assert_eq!(report.total().published, third_party + 10);
    assert!(second.health().published_total >= 10);
    second.stop().await;
}

#[tokio::test]
async fn one_that_ends_in_peace_gives_its_leases_up() {
    let (log, redis) = (TestLog::new(2).await, RedisServer::start().await);
    let relay = Running::start(
        &log,
        &redis,
        log.wakeup(),
        RelaySettings {
            lease_ttl: Duration::from_secs(600),
            ..settings()
        },
    )
    .await;
    log.write(0, 1).await;
    complete(&log, &redis).await;
    assert_eq!(redis.command::<u64>("EXISTS lms.roster.v1:{0}:lease").await, 1);
    redis.command::<()>("SET lms.roster.v1:{1}:lease somebody").await;
    relay.stop().await;
    assert_eq!(redis.command::<u64>("EXISTS lms.roster.v1:{0}:lease").await, 0);
    assert_eq!(redis.command::<u64>("EXISTS lms.roster.v1:{1}:lease").await, 1);
}
