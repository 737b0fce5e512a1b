//! What becomes of a node that is away.

use std::sync::atomic::AtomicU32;

use tokio::net::TcpListener;

use super::*;
use crate::outbox::sink::url::BrokerUrl;

const TIMEOUT: Duration = Duration::from_millis(50);

fn cluster(seeds: Vec<HostPort>) -> Cluster {
    let url = BrokerUrl::parse("redis+cluster://127.0.0.1").unwrap();
    let dialer = Dialer::to_servers(&url).unwrap();
    Cluster::new(seeds, "a cluster".to_owned(), dialer, TIMEOUT)
}

fn local(port: u16) -> HostPort {
    HostPort {
        host: "127.0.0.1".to_owned(),
        port,
    }
}

/// One that takes connections and never answers, and how many it took.
async fn silent() -> (HostPort, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            connections.push(connection);
        }
    });
    (local(port), taken)
}

#[tokio::test]
async fn who_has_which_slot_is_asked_of_nodes_that_are_well() {
    let bus = rollcall_servers::free_port().to_string();
    let redis =
        rollcall_servers::RedisServer::start_with(&["--cluster-enabled", "yes", "--cluster-port", &bus]);
    redis.command::<()>("CLUSTER ADDSLOTSRANGE 0 16383").await;
    let (silent, taken) = silent().await;
    let cluster = cluster(vec![silent.clone(), local(redis.port())]);
    cluster.refresh(7).await.unwrap();
    cluster.ask_one_for_slots(silent.clone()).await.unwrap_err();
    let before = taken.load(Ordering::SeqCst);
    for _ in 0..10 {
        // Whoever may try it again might do so now.
        let node = cluster.node(&silent).unwrap();
        node.away.lock().unwrap().as_mut().unwrap().look_again = Instant::now();
        cluster.shared.refresh.lock().await.last = None;
        cluster.refresh(7).await.unwrap();
    }
    let asked = taken.load(Ordering::SeqCst) - before;
    assert_eq!(asked, 0, "connections to a node that is away");
}

#[tokio::test]
async fn a_trial_that_was_dropped_counts_as_one() {
    let cluster = cluster(Vec::new());
    let node = cluster.node(&local(1)).unwrap();
    node.note(
        &Err(CallError::Away(node_away(&local(1), "timed out"))),
        Duration::from_secs(3600),
    );
    assert!(node.begin().is_err(), "not yet");
    let due = Instant::now();
    let look_again = || node.away.lock().unwrap().as_ref().unwrap().look_again;
    node.away.lock().unwrap().as_mut().unwrap().look_again = due;
    let trial = node.begin().unwrap();
    assert!(trial.is_some() && node.begin().is_err(), "one at a time");
    assert_eq!(look_again(), due);
    drop(trial);
    assert!(
        look_again() > due,
        "nobody tries it for as long as the trial took"
    );
}
