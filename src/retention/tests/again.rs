//! What is looked at again, because it may have changed since it was looked at first.

use super::*;

#[tokio::test]
async fn a_stream_that_went_back_since_keeps_the_rows() {
    let scene = Scene::new().await;
    scene.commit(2_500).await;
    scene.carry().await;
    scene.a_day_passes();
    let mut retention = scene.retention(Some(&scene.sink));
    let seen = retention
        .confirmed(&scene.sink, PARTITION)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen.seq, 2_500);

    // It is emptied between two batches, and refilled only in part.
    scene.redis(&["DEL", KEY]).await;
    let purge = async |retention: &mut Retention| {
        retention
            .purge_carried(&scene.sink, PARTITION, Some(seen))
            .await
            .unwrap()
    };
    assert_eq!(purge(&mut retention).await, 0, "it is empty");
    scene.carry_up_to(1_200).await;
    assert_eq!(purge(&mut retention).await, 0, "it ends before it did");
    assert_eq!(
        retention.passed[&PARTITION].seq, 1_200,
        "and counts from there anew"
    );
    scene.carry().await;
    assert_eq!(purge(&mut retention).await, 2_499);
}

#[tokio::test]
async fn a_stream_that_cannot_be_read_holds_up_no_other() {
    let scene = Scene::with_partitions(8).await;
    scene.commit(5).await;
    let own = scene.partition();
    scene.carry().await;
    scene.a_day_passes();
    for partition in (0..8).map(Partition).filter(|partition| *partition != own) {
        scene
            .redis(&["SET", &scene.sink.stream_key(partition), "no stream"])
            .await;
    }
    scene
        .redis(&["XGROUP", "CREATE", &scene.sink.stream_key(own), "fast", "$"])
        .await;
    let mut retention = scene.retention(Some(&scene.sink));
    let done = retention.pass().await.unwrap();
    assert_eq!((done.trimmed, done.failed), (4, 7));
    assert_eq!(retention.pass().await.unwrap().purged, 4);
}

#[tokio::test]
async fn a_step_of_a_trim_looks_at_the_stream_again() {
    let scene = Scene::new().await;
    scene.commit(20).await;
    scene.carry().await;
    let step = |epoch, before, last| TrimStep { epoch, before, last };
    let trim = async |step: TrimStep| scene.sink.trim_before(PARTITION, &step).await.unwrap();
    assert_eq!(trim(step(1, 5, 20)).await, None, "nobody is known to read");
    scene.redis(&["XGROUP", "CREATE", KEY, "fast", "12-0"]).await;
    assert_eq!(trim(step(2, 5, 20)).await, None, "another epoch");
    assert_eq!(trim(step(1, 5, 21)).await, None, "it went back");
    assert_eq!(trim(step(1, 9, 20)).await, Some(8));
    assert_eq!(trim(step(1, 20, 20)).await, Some(4), "the group has not read on");
    scene
        .redis(&[
            "XREADGROUP",
            "GROUP",
            "fast",
            "a",
            "COUNT",
            "3",
            "STREAMS",
            KEY,
            ">",
        ])
        .await;
    assert_eq!(trim(step(1, 20, 20)).await, Some(0), "what was given is pending");
    scene.redis(&["XACK", KEY, "fast", "13-0", "15-0"]).await;
    assert_eq!(trim(step(1, 20, 20)).await, Some(1));
    scene.redis(&["XGROUP", "SETID", KEY, "fast", "$"]).await;
    scene.redis(&["XACK", KEY, "fast", "14-0"]).await;
    scene.redis(&["XGROUP", "CREATE", KEY, "late", "9-0"]).await;
    assert_eq!(trim(step(1, 20, 20)).await, Some(0), "one came late");
    scene.redis(&["XGROUP", "DESTROY", KEY, "late"]).await;
    assert_eq!(trim(step(1, 30, 20)).await, Some(6), "the last entry stays");
    assert_eq!(scene.left().await.1, [20]);
    scene.redis(&["XADD", KEY, "21-0", "id", "last"]).await;
    scene.redis(&["XDEL", KEY, "21-0"]).await;
    assert_eq!(trim(step(1, 30, 20)).await, None, "its end was deleted");
    scene.redis(&["DEL", KEY]).await;
    assert_eq!(trim(step(1, 5, 20)).await, None, "it is gone");
}

#[tokio::test]
async fn an_event_that_was_told_again_is_as_old_as_its_telling() {
    let scene = Scene::new().await;
    let long_ago = scene.clock.now();
    scene.commit(4).await;
    scene.a_day_passes();
    scene.commit(20).await;
    // Where the search looks first it finds what happened long ago.
    scene.commit_what_happened(long_ago, 100).await;
    scene.carry().await;
    scene.redis(&["XGROUP", "CREATE", KEY, "fast", "$"]).await;
    let retention = scene.retention(Some(&scene.sink));
    assert_eq!(trimmed(&retention, &scene.sink).await, 4);
}
