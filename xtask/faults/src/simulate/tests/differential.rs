//! The model of the broker against the script in a real Redis: random calls to both, every answer and the whole stream compared.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use rollcall::outbox::sink::{
    AppendOutcome, Claim, FencedAppend, StreamEntry, StreamId, StreamPosition, StreamState,
};
use rollcall::outbox::{LogEntry, RedisSink, RedisSinkSettings};
use rollcall::tenancy::TenantId;
use rollcall_servers::RedisServer;
use uuid::Uuid;

use crate::simulate::model::broker::{ModelBroker, ModelEntry};
use crate::simulate::model::log::PARTITION;

/// Longer than the test: leases end by the script only.
const TTL: Duration = Duration::from_secs(3600);

struct Pair {
    sink: RedisSink,
    raw: MultiplexedConnection,
    model: ModelBroker,
    random: fastrand::Rng,
    /// Positions that were true once.
    fences: Vec<StreamPosition>,
    events: u128,
}

#[tokio::test]
async fn the_model_answers_as_the_script_does() {
    let redis = RedisServer::start();
    let sink = RedisSink::new(&redis.url(), &RedisSinkSettings::default()).unwrap();
    for seed in 0..60 {
        let mut pair = Pair {
            sink: sink.clone(),
            raw: redis.connect().await,
            model: ModelBroker::default(),
            random: fastrand::Rng::with_seed(seed),
            fences: vec![StreamPosition::START],
            events: 0,
        };
        pair.raw_command(&["FLUSHALL"]).await;
        for step in 0..60 {
            let done = pair.step().await;
            pair.compare(&format!("seed {seed}, step {step}: {done}")).await;
        }
    }
}

impl Pair {
    async fn raw_command(&mut self, words: &[&str]) {
        let mut command = redis::cmd(words[0]);
        for word in &words[1..] {
            command.arg(*word);
        }
        let _: redis::Value = command.query_async(&mut self.raw).await.unwrap();
    }

    async fn step(&mut self) -> String {
        let stream = self.sink.stream_key(PARTITION);
        match self.random.u32(0..20) {
            0 => {
                self.model.stream = None;
                self.raw_command(&["DEL", &stream]).await;
                "deleted".to_owned()
            }
            1 => {
                let tail = self.model.position().tail.map(|tail| tail.id.to_string());
                let had = self.model.delete_tail();
                if had {
                    self.raw_command(&["XDEL", &stream, &tail.unwrap()]).await;
                }
                format!("tail deleted: {had}")
            }
            2 => {
                let count = self.random.usize(1..4);
                self.model.trim(count);
                if let Some(model) = &self.model.stream {
                    let left = model.entries.len().to_string();
                    self.raw_command(&["XTRIM", &stream, "MAXLEN", "=", &left]).await;
                }
                format!("trimmed {count}")
            }
            3 => {
                self.model.lease = None;
                self.raw_command(&["DEL", &format!("{stream}:lease")]).await;
                "lease deleted".to_owned()
            }
            4 => {
                self.model.lease = Some(("somebody".to_owned(), None));
                self.raw_command(&["SET", &format!("{stream}:lease"), "somebody"])
                    .await;
                "lease taken by somebody".to_owned()
            }
            5 => {
                let relay = self.relay();
                self.model.release(&relay.to_string());
                self.sink.release(PARTITION, relay).await.unwrap();
                format!("{relay} gives its lease up")
            }
            6 if self.random.u32(0..4) == 0 => self.add_foreign(&stream).await,
            _ => self.append().await,
        }
    }

    fn relay(&mut self) -> Uuid {
        Uuid::from_u128(self.random.u128(1..4))
    }

    async fn add_foreign(&mut self, stream: &str) -> String {
        self.model.add_foreign();
        let id = self.model.position().last_id.to_string();
        self.raw_command(&["XADD", stream, &id, "some", "thing"]).await;
        format!("somebody else wrote {id}")
    }

    /// With a fence that is true, was true once, or is a little off.
    async fn append(&mut self) -> String {
        let mut fence = match self.random.u32(0..4) {
            0 => self.random.choice(self.fences.iter()).unwrap().clone(),
            _ => self.model.position(),
        };
        match self.random.u32(0..20) {
            0 => fence.tail = None,
            1 => fence.epoch = Some(self.random.u64(1..4)),
            2 => fence.last_id.major += 1,
            3 => {
                if let Some(tail) = &mut fence.tail {
                    tail.event_id = Uuid::nil().to_string();
                }
            }
            _ => {}
        }
        let begins = self.random.u32(0..8) == 0;
        let epoch = fence.epoch.unwrap_or(1) + u64::from(begins);
        let first = if begins { 1 } else { fence.last_id.major + 1 };
        let count = self.random.u64(1..4);
        let entries: Vec<LogEntry> = (first..first + count).map(|seq| self.entry(seq)).collect();
        let relay = self.relay();
        let claim = (self.random.u32(0..4) > 0).then_some(Claim { relay, ttl: TTL });
        let append = FencedAppend {
            fence: &fence,
            entries: &entries,
            epoch,
            begins,
            claim,
        };
        let what = format!("{append:?}");
        let expected = self.model.append(&append, 0);
        let found = self.sink.append(PARTITION, &append).await.unwrap();
        assert_eq!(without_time(found), without_time(expected), "{what}");
        self.fences.push(self.model.position());
        what
    }

    fn entry(&mut self, seq: u64) -> LogEntry {
        self.events += 1;
        LogEntry {
            partition: PARTITION,
            seq: i64::try_from(seq).unwrap(),
            tenant_id: TenantId(Uuid::nil()),
            event_id: Uuid::from_u128(self.events),
            event_type: "type".to_owned(),
            envelope: format!("{{\"n\":{}}}", self.events),
            traceparent: self.events.is_multiple_of(2).then(|| "00-1-2-01".to_owned()),
        }
    }

    async fn compare(&self, when: &str) {
        let (found, expected) = (self.sink.state(PARTITION).await.unwrap(), self.model.state(0));
        assert_eq!(stripped(found), stripped(expected), "{when}");
        let found = self
            .sink
            .read_after(PARTITION, StreamId::ZERO, 10_000)
            .await
            .unwrap();
        let found: Vec<ModelEntry> = found.iter().map(read).collect();
        let expected = self.model.stream.as_ref().map(|stream| stream.entries.clone());
        assert_eq!(found, expected.unwrap_or_default(), "{when}");
        if let Some((epoch, stream)) = &self.model.kept {
            let key = format!("{}:epoch-{epoch}", self.sink.stream_key(PARTITION));
            let mut raw = self.raw.clone();
            let length: usize = redis::cmd("XLEN").arg(key).query_async(&mut raw).await.unwrap();
            assert_eq!(length, stream.entries.len(), "{when}");
        }
    }
}

fn read(entry: &StreamEntry) -> ModelEntry {
    let text = |name: &str| {
        let value = entry.field(name).unwrap_or_default();
        String::from_utf8(value.to_vec()).unwrap()
    };
    ModelEntry {
        id: entry.id,
        event_id: text("id"),
        epoch: text("epoch").parse().unwrap_or(1),
        envelope: text("ce"),
    }
}

/// The same without how long a lease still lives.
fn stripped(mut state: StreamState) -> StreamState {
    if let Some(lease) = &mut state.lease {
        lease.left = Duration::ZERO;
    }
    state
}

fn without_time(outcome: AppendOutcome) -> AppendOutcome {
    match outcome {
        AppendOutcome::Refused(state) => AppendOutcome::Refused(stripped(state)),
        appended @ AppendOutcome::Appended => appended,
    }
}
