//! Events that nobody will ever deliver.

use crate::conformance::ledger::Duty;
use crate::conformance::stage::{Play, Stage, Stopped};

const BEHIND_A_GAP: Duty = Duty::Never("which stands behind events that it never saw");

pub(super) async fn trimmed_unread(stage: &mut Stage<'_>) -> Play<String> {
    stage.feed(10, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage.until_taken().await?;
    stage.stop().await?;
    stage.feed(5, Duty::AtMostOnce).await?;
    let there = stage.feed(5, BEHIND_A_GAP).await?;
    if let Some(first) = there.first() {
        stage.stream.trim_below(&first.entry()).await?;
    }
    stage.start()?;
    let how = stage.until_stopped(true).await?;
    stays_stopped(stage, how).await
}

pub(super) async fn new_epoch_with_gap(stage: &mut Stage<'_>) -> Play<String> {
    stage.feed(10, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage.until_taken().await?;
    stage.stop().await?;
    stage.begin_epoch(2, &[]).await?;
    stage.next_sequence = 20;
    stage.feed(5, BEHIND_A_GAP).await?;
    stage.start()?;
    let how = stage.until_stopped(true).await?;
    stays_stopped(stage, how).await
}

/// Whatever watches over a consumer starts it again; one that stopped must not go on then either.
pub(super) async fn stays_stopped(stage: &mut Stage<'_>, how: Stopped) -> Play<String> {
    if how == Stopped::Bootstrapped {
        stage.finish().await?;
    } else {
        stage.kill().await?;
        stage.start()?;
        stage.until_stopped(false).await?;
    }
    Ok(how.to_string())
}
