//! Hearing of other processes' commits, for as long as a command runs.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::metrics::Shown;
use crate::environment::SharedEnvironment;
use crate::outbox::{Wakeup, WakeupSettings, hear_other_processes};
use crate::store::Store;

/// The task that tells and hears.
pub(super) struct Hearing {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Hearing {
    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        _ = self.task.await;
    }
}

/// From now on `wakeup` tells of other processes' commits too, and they are told of this one's.
pub(super) fn heard(
    store: &Store,
    wakeup: &Wakeup,
    environment: &SharedEnvironment,
    shown: &Shown,
) -> Hearing {
    shown.wakeup(wakeup);
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(hear_other_processes(
        store.commits(),
        wakeup.clone(),
        WakeupSettings::default(),
        Arc::clone(environment),
        shutdown.clone(),
    ));
    Hearing { shutdown, task }
}
