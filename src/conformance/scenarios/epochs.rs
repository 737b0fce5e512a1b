//! New lives of a stream, and old ones that come back.

use crate::conformance::event::Event;
use crate::conformance::ledger::Duty;
use crate::conformance::stage::{Play, Stage};

/// Ten events, then a second life of the stream that begins with the seventh and the eighth again. Where the ninth and the tenth stood there
/// will be others: what happens when the service's database was restored from a copy that is older than the stream.
async fn begin_second_life(stage: &mut Stage<'_>, first_life: &[Event]) -> Play<Vec<Event>> {
    let again: Vec<Event> = first_life
        .iter()
        .filter(|event| (7..=8).contains(&event.sequence))
        .map(|event| event.clone().in_epoch(2))
        .collect();
    stage.begin_epoch(2, &again).await?;
    stage.next_sequence = 9;
    Ok(again)
}

pub(super) async fn new_epoch(stage: &mut Stage<'_>) -> Play<String> {
    let first_life = stage.feed(10, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage.until_taken().await?;
    // It may happen while the consumer waits for entries.
    begin_second_life(stage, &first_life).await?;
    stage.feed(6, Duty::Once).await?;
    stage.until_handled().await?;
    // Which life it is in must be known after a kill, too.
    stage.kill().await?;
    stage.feed(3, Duty::Once).await?;
    stage.start()?;
    stage.finish().await
}

pub(super) async fn stale_epoch(stage: &mut Stage<'_>) -> Play<String> {
    let first_life = stage.feed(10, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage.until_taken().await?;
    let memory = stage.stream.remember().await?;
    let mut second_life = begin_second_life(stage, &first_life).await?;
    second_life.extend(stage.feed(6, Duty::Once).await?);
    stage.until_handled().await?;
    stage.until_taken().await?;
    stage.stop().await?;

    // The broker forgets that there was a second life; whoever relays has not heard of it either, for a while.
    stage.forget_since(&memory).await?;
    (stage.epoch, stage.next_sequence) = (1, 11);
    stage
        .feed(6, Duty::Never("which is of a life of the stream that had ended"))
        .await?;
    stage.start()?;
    stage.until_taken().await?;

    stage.begin_epoch(2, &second_life).await?;
    stage.next_sequence = 15;
    stage.feed(3, Duty::Once).await?;
    stage.finish().await
}
