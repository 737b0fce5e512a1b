//! Signals inside a process.

use futures_util::FutureExt as _;

use super::*;

fn partitions(numbers: impl IntoIterator<Item = u16>) -> Moved {
    Moved {
        partitions: numbers.into_iter().map(Partition).collect(),
        any: false,
    }
}

#[tokio::test]
async fn signals_coalesce_and_name_their_partitions() {
    let wakeup = Wakeup::new(4);
    let mut listener = wakeup.listen();
    for _ in 0..100 {
        wakeup.moved(Partition(3));
    }
    wakeup.moved(Partition(1));
    assert_eq!(listener.moved().await, partitions([1, 3]));
    assert_eq!(listener.moved().now_or_never(), None);
}

#[tokio::test]
async fn a_waiting_listener_wakes_and_each_listener_hears_it() {
    let wakeup = Wakeup::new(2);
    let (mut one, mut other) = (wakeup.listen(), wakeup.listen());
    let waiting = tokio::spawn(async move { one.moved().await });
    tokio::task::yield_now().await;
    wakeup.moved(Partition(0));
    assert_eq!(waiting.await.unwrap(), partitions([0]));
    assert_eq!(other.moved().await, partitions([0]));
}

#[tokio::test]
async fn what_another_process_committed_is_heard_but_not_told_on() {
    let wakeup = Wakeup::new(4);
    let (mut all, mut own) = (wakeup.listen(), wakeup.listen_to_own());
    wakeup.heard(Partition(2));
    wakeup.may_have_missed();
    let moved = all.moved().await;
    assert!(moved.any && moved.partitions == [Partition(2)]);
    assert!(moved.may_concern(Partition(0)));
    assert_eq!(own.moved().now_or_never(), None);
    wakeup.moved(Partition(3));
    assert_eq!(all.moved().await, partitions([3]));
    assert_eq!(own.moved().await, partitions([3]));
}

#[test]
fn a_partition_out_of_range_is_ignored() {
    Wakeup::new(1).moved(Partition(9));
}
