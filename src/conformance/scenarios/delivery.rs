//! Entries that come in order, after a kill, and again.

use crate::conformance::ledger::Duty;
use crate::conformance::stage::{Play, Stage};

pub(super) async fn in_order(stage: &mut Stage<'_>) -> Play<String> {
    stage.feed(20, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    for count in [1, 1, 1, 150] {
        stage.feed(count, Duty::Once).await?;
        stage.until_handled().await?;
    }
    stage.finish().await
}

pub(super) async fn killed(stage: &mut Stage<'_>) -> Play<String> {
    for round in 1..=2 {
        stage.feed(60, Duty::Once).await?;
        stage.start()?;
        stage.until_handled_count(round * 40).await?;
        stage.kill().await?;
    }
    stage.feed(10, Duty::Once).await?;
    stage.start()?;
    stage.finish().await
}

pub(super) async fn redelivered(stage: &mut Stage<'_>) -> Play<String> {
    stage.feed(10, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage.until_taken().await?;
    stage.stop().await?;
    stage.stream.put_groups_back().await?;
    stage.feed(5, Duty::Once).await?;
    stage.start()?;
    stage.finish().await
}

pub(super) async fn broker_rolled_back(stage: &mut Stage<'_>) -> Play<String> {
    stage.feed(6, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage.until_taken().await?;
    let memory = stage.stream.remember().await?;
    let lost = stage.feed(4, Duty::Once).await?;
    stage.until_handled().await?;
    stage.until_taken().await?;
    stage.stop().await?;
    stage.forget_since(&memory).await?;
    stage.put(&lost, Duty::Once).await?;
    stage.feed(5, Duty::Once).await?;
    stage.start()?;
    stage.finish().await
}

pub(super) async fn broker_emptied(stage: &mut Stage<'_>) -> Play<String> {
    let lost = stage.feed(10, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage.until_taken().await?;
    stage.stop().await?;
    stage.stream.forget_all().await?;
    stage.put(&lost, Duty::Once).await?;
    stage.feed(3, Duty::Once).await?;
    stage.start()?;
    stage.finish().await
}
