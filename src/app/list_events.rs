//! `listEvents`: the tenant's events from the log, page by page or as a stream that goes on.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contract_runtime::{EventStream, ProblemSet as _, Refusal, ServiceProblem};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::admission::served;
use super::failure::log_failure;
use super::{Admission, Rollcall};
use crate::contract::models::EventPage;
use crate::contract::operations::{ListEventsInput, ListEventsProblem as Problem, ListEventsResponse};
use crate::environment::SharedEnvironment;
use crate::outbox::WakeupListener;
use crate::store::{LoggedEvent, ReadTransaction, Store, StoreError};
use crate::telemetry::correlation_id;
use crate::telemetry::metrics::OpenEventStream;
use crate::tenancy::{Partition, TenantContext};

/// How many events a stream reads at once.
const STREAM_BATCH: u64 = 100;
/// How long a stream waits for a commit of another process, of which it is not told, before it looks itself.
const STREAM_POLL: Duration = Duration::from_secs(2);
/// How long a client should wait when there are as many streams as there may be; they last.
const FULL_RETRY_AFTER_S: u32 = 5;
/// How often a silent stream sends a comment, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a client should wait before it connects again.
const RETRY_FRAME: &str = "retry: 1000\n\n";

pub(super) async fn list_events(
    service: &Rollcall,
    admission: &Admission,
    input: ListEventsInput,
) -> Result<ListEventsResponse, Refusal<Problem>> {
    let (read, _) = service.open_read(admission).await?;
    if input.accept == "text/event-stream" {
        let resumed = input.last_event_id.and_then(|id| id.parse().ok());
        let after = resumed.unwrap_or(input.after);
        kept_after(after, &read).await?;
        read.finish().await?;
        // A stream lasts after its request, so requests at work do not bound how many there are.
        let permit = Arc::clone(&service.event_streams).try_acquire_owned();
        let permit = permit.map_err(|_| ServiceProblem::Unavailable {
            retry_after_seconds: FULL_RETRY_AFTER_S,
        })?;
        return Ok(ListEventsResponse::OkEventStream {
            stream: follow(service, admission, after, permit),
        });
    }
    kept_after(input.after, &read).await?;
    let limit = u64::try_from(input.limit).unwrap_or(1);
    let events = read.events_after(input.after, limit).await?;
    read.finish().await?;
    let next_after = events.last().map_or(input.after, |last| last.seq);
    let items = events
        .iter()
        .map(|event| serde_json::from_str(&event.envelope))
        .collect::<Result<Vec<_>, _>>();
    let items = items.map_err(|error| {
        let correlation_id = correlation_id().map(tracing::field::display);
        tracing::error!(%error, correlation_id, "an event of the log cannot be read");
        ServiceProblem::InternalError
    })?;
    Ok(ListEventsResponse::OkJson {
        body: EventPage { items, next_after },
    })
}

/// Refuses where an event of the tenant after this position was deleted.
async fn kept_after(after: i64, read: &ReadTransaction) -> Result<(), Refusal<Problem>> {
    match read.purged_through().await? {
        Some(purged_through) if after < purged_through => {
            let detail = format!(
                "Events of this tenant after position {after} are not kept any more; all after {purged_through} are."
            );
            Err(Problem::EventsPurged
                .because(detail)
                .with_member("resumeAfter", purged_through))
        }
        _ => Ok(()),
    }
}

/// A stream of server-sent events. It ends with its client, with the service, with the token that it was opened with, with the
/// tenant's suspension, and when events that it has not told yet are deleted: a client that comes back is then refused like anybody
/// else.
struct Follower {
    store: Store,
    context: TenantContext,
    environment: SharedEnvironment,
    /// Until when the token is believed with which the stream was opened.
    believed_until: Option<DateTime<Utc>>,
    listener: WakeupListener,
    drain: CancellationToken,
    partition: Partition,
    after: i64,
    is_first: bool,
    /// One of the streams that may be open; free again when this one is dropped.
    _permit: OwnedSemaphorePermit,
    _open: OpenEventStream,
}

fn follow(
    service: &Rollcall,
    admission: &Admission,
    after: i64,
    permit: OwnedSemaphorePermit,
) -> EventStream {
    let store = service.parts.store.clone();
    let follower = Follower {
        partition: admission
            .context
            .tenant_id()
            .partition(store.metadata().partition_count),
        store,
        context: admission.context,
        environment: Arc::clone(&service.parts.environment),
        believed_until: admission.caller.believed_until,
        listener: service.parts.wakeup.listen(),
        drain: service.parts.drain.clone(),
        after,
        is_first: true,
        _permit: permit,
        _open: service.parts.event_stream_metrics.open(),
    };
    Box::pin(stream::unfold(follower, |mut follower| async move {
        let frames = follower.next_frames().await?;
        Some((Ok(Bytes::from(frames)), follower))
    }))
}

impl Follower {
    /// The next frames; `None` when the stream ends, upon which a client comes back where it was.
    async fn next_frames(&mut self) -> Option<String> {
        if std::mem::take(&mut self.is_first) {
            return Some(RETRY_FRAME.to_owned());
        }
        let silent_since = tokio::time::Instant::now();
        loop {
            let patience = self.patience()?;
            let events = self.read().await.inspect_err(log_failure).ok()??;
            if let Some(last) = events.last() {
                self.after = last.seq;
                return Some(events.iter().map(frame).collect());
            }
            if silent_since.elapsed() >= KEEP_ALIVE {
                return Some(": keep-alive\n\n".to_owned());
            }
            tokio::select! {
                () = self.drain.cancelled() => return None,
                () = news(&mut self.listener, self.partition, patience) => {}
            }
        }
    }

    /// How long to wait at most before looking again; `None` when the token is not believed any more.
    fn patience(&self) -> Option<Duration> {
        let Some(believed_until) = self.believed_until else {
            return Some(STREAM_POLL);
        };
        let left = (believed_until - self.environment.now()).to_std().ok()?;
        (!left.is_zero()).then(|| left.min(STREAM_POLL))
    }

    /// What is new; `None` when the tenant is not served any more, or the stream has missed something.
    async fn read(&self) -> Result<Option<Vec<LoggedEvent>>, StoreError> {
        let read = self.store.begin_read(self.context).await?;
        if served(read.tenant().await?).is_err() {
            return Ok(None);
        }
        if read
            .purged_through()
            .await?
            .is_some_and(|through| self.after < through)
        {
            return Ok(None);
        }
        let events = read.events_after(self.after, STREAM_BATCH).await?;
        read.finish().await?;
        Ok(Some(events))
    }
}

/// Waits until something was committed in `partition`, but not longer than `poll`. What is committed for tenants elsewhere costs a
/// stream a glance at a few counters, not a transaction.
async fn news(listener: &mut WakeupListener, partition: Partition, poll: Duration) {
    let own = async { while !listener.moved().await.may_concern(partition) {} };
    _ = tokio::time::timeout(poll, own).await;
}

/// An event as WHATWG HTML §9.2.5 wants it; the envelope is one line, because JSON escapes line breaks.
fn frame(event: &LoggedEvent) -> String {
    format!(
        "id: {}\nevent: {}\ndata: {}\n\n",
        event.seq, event.event_type, event.envelope
    )
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::outbox::Wakeup;

    #[tokio::test]
    async fn a_commit_in_another_partition_is_no_news() {
        let wakeup = Wakeup::new(4);
        let mut listener = wakeup.listen();
        let poll = Duration::from_secs(600);
        wakeup.moved(Partition(2));
        assert_eq!(news(&mut listener, Partition(1), poll).now_or_never(), None);
        wakeup.moved(Partition(1));
        assert_eq!(news(&mut listener, Partition(1), poll).now_or_never(), Some(()));
    }
}
