//! `rollcall relay --new-epoch`: orders a new life for streams that the log cannot continue.
//!
//! It writes the order down and is done; the relays that run notice it, move the old stream away and begin the new one.

use std::process::ExitCode;

use super::{CommandError, actor, banner};
use crate::environment::SharedEnvironment;
use crate::outbox::epoch::{StreamJudgement, judge_stream};
use crate::outbox::log::{EpochOrder, LogHead};
use crate::outbox::{LogReader, RedisSink, RelayRecords};
use crate::store::Store;

const ADVICE: &str = "\
A running relay begins each new epoch; `/health/degraded` tells when nothing is diverged any more.
The old stream is kept as `<stream>:epoch-<number>` until you delete it. Consumer groups come along and read from the new beginning.
Consumers: entries carry the field `epoch`. Leave out events whose `id` you have handled. Where the first sequence is above
your position + 1, events are missing for good: read the data anew from the API. See docs/EVENTS.md.";

/// What was asked for.
pub(super) struct NewEpoch<'a> {
    pub(super) partitions: &'a [u16],
    pub(super) reason: &'a str,
    pub(super) even_if_healthy: bool,
}

/// Exits with 1 where nothing was ordered, or not all that was asked for by name.
pub(super) async fn order(
    wanted: &NewEpoch<'_>,
    store: &Store,
    sink: &RedisSink,
    environment: &SharedEnvironment,
) -> Result<ExitCode, CommandError> {
    let reader = LogReader::new(store.event_log().clone());
    let records = RelayRecords::new(store.relay_records().clone());
    let heads = reader.heads().await?;
    let is_named = |head: &&LogHead| wanted.partitions.contains(&head.partition.0);
    let chosen: Vec<&LogHead> = match wanted.partitions {
        [] => heads.iter().collect(),
        _ => heads.iter().filter(is_named).collect(),
    };
    let mut refused = 0;
    for partition in wanted.partitions {
        if !heads.iter().any(|head| head.partition.0 == *partition) {
            banner::print(&format!("partition {partition}: there is none."));
            refused += 1;
        }
    }
    let mut ordered = 0;
    for head in chosen {
        let judgement = judge_stream(&reader, sink, *head).await?;
        let needs = judgement.divergence.is_some() || (wanted.even_if_healthy && !judgement.is_awaited);
        if !needs {
            if !wanted.partitions.is_empty() {
                banner::print(&refusal(head, &judgement));
                refused += 1;
            }
            continue;
        }
        let order = EpochOrder {
            partition: head.partition,
            judged: head.epoch,
            above: judgement.position.epoch.unwrap_or_default(),
            reason: wanted.reason,
            actor: &actor(),
            now: environment.now(),
        };
        let Some(epoch) = records.order_epoch(&order).await? else {
            banner::print(&format!(
                "partition {}: another order came first; nothing was done.",
                head.partition
            ));
            refused += 1;
            continue;
        };
        ordered += 1;
        banner::print(&format!(
            "{} Epoch {} begins with event {} of the log, which ends at {}.",
            description(head, &judgement),
            epoch.number,
            epoch.first_seq,
            head.seq
        ));
        tracing::warn!(
            partition = head.partition.0,
            epoch = epoch.number,
            first_seq = epoch.first_seq,
            reason = wanted.reason,
            "a new epoch was ordered"
        );
    }
    if ordered > 0 {
        banner::print(ADVICE);
    } else if wanted.partitions.is_empty() {
        banner::print("No stream contradicts the log or needs what was purged from it: nothing was done.");
    }
    let succeeded = ordered > 0 && refused == 0;
    Ok(if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn refusal(head: &LogHead, judgement: &StreamJudgement) -> String {
    let what = if judgement.is_awaited {
        format!(
            "epoch {} was ordered already and is not begun: is a relay running?",
            head.epoch
        )
    } else {
        "nothing was done, because the log can continue it (--even-if-healthy begins anew all the same)."
            .to_owned()
    };
    format!("{} {what}", description(head, judgement))
}

fn description(head: &LogHead, judgement: &StreamJudgement) -> String {
    let position = &judgement.position;
    let is = match position.epoch {
        Some(epoch) => format!("the stream is at {} in epoch {epoch}", position.last_id),
        None => format!("the stream is at {} and empty", position.last_id),
    };
    match &judgement.divergence {
        Some(divergence) => format!("partition {}: {is}; {divergence}.", head.partition),
        None => format!("partition {}: {is}.", head.partition),
    }
}
