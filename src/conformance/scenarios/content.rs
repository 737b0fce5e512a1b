//! Events that are not what the consumer was made for.

use super::missing::stays_stopped;
use crate::conformance::event::Content;
use crate::conformance::ledger::Duty;
use crate::conformance::stage::{Play, Stage};

pub(super) async fn withheld(stage: &mut Stage<'_>) -> Play<String> {
    stage.feed(5, Duty::Once).await?;
    let original = Box::new(stage.make(Content::School));
    stage.next_sequence = original.sequence;
    stage
        .feed_one(Content::WithheldSchool(original.clone()), Duty::AtMostOnce)
        .await?;
    stage.feed(5, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage.feed_one(Content::Republished(original), Duty::Once).await?;
    stage.feed(2, Duty::Once).await?;
    stage.finish().await
}

pub(super) async fn unknown_type(stage: &mut Stage<'_>) -> Play<String> {
    stage.feed(3, Duty::Once).await?;
    stage.start()?;
    for _ in 0..2 {
        stage.feed_one(Content::UnknownType, Duty::AtMostOnce).await?;
        stage.feed(3, Duty::Once).await?;
    }
    stage.finish().await
}

pub(super) async fn unknown_members(stage: &mut Stage<'_>) -> Play<String> {
    stage.feed(3, Duty::Once).await?;
    stage.start()?;
    for _ in 0..2 {
        stage.feed_one(Content::SchoolWithMoreMembers, Duty::Once).await?;
        stage.feed(3, Duty::Once).await?;
    }
    stage.finish().await
}

pub(super) async fn large_sequence(stage: &mut Stage<'_>) -> Play<String> {
    stage.next_sequence = (1 << 53) + 1;
    stage.feed(6, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage.stop().await?;
    stage.feed(3, Duty::Once).await?;
    stage.start()?;
    stage.finish().await
}

pub(super) async fn invalid(stage: &mut Stage<'_>) -> Play<String> {
    stage.feed(5, Duty::Once).await?;
    stage.start()?;
    stage.until_handled().await?;
    stage
        .feed_one(Content::InvalidSchool, Duty::Never("which breaks its schema"))
        .await?;
    stage
        .feed(5, Duty::Never("which stands behind one that breaks its schema"))
        .await?;
    let how = stage.until_stopped(false).await?;
    stays_stopped(stage, how).await
}
