//! What callers ask of a roster service, mixed as they ask it.
//!
//! Four of five requests read. Of the writes most create a school; some are repetitions of one that was answered (a client
//! whose answer got lost) and some collide with a name that is taken. The tenants are not equal: their shares fall as in
//! Zipf's law, so the largest of 64 gets a fifth of all requests.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::CONTENT_TYPE;
use serde::Deserialize;

use crate::load::{Answer, Exchange, Expected, Workload};
use crate::seed::Seed;
use crate::workload::KnownSchool;

/// A kind of request: its name, whether it writes, and its share of all in per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) writes: bool,
    pub(super) share_percent: u8,
}

const fn kind(name: &'static str, writes: bool, share_percent: u8) -> Kind {
    Kind {
        name,
        writes,
        share_percent,
    }
}

const GET_SCHOOL: usize = 0;
const LIST_SCHOOLS: usize = 1;
const LIST_EVENTS: usize = 2;
// 3 is getTenant, which is read wherever nothing else is.
const CREATE_SCHOOL: usize = 4;
const REPETITION: usize = 5;
const CONFLICT: usize = 6;

/// The mix; a place in it is the number of a kind.
pub(super) const KINDS: [Kind; 7] = [
    kind("getSchool", false, 45),
    kind("listSchools", false, 15),
    kind("listEvents", false, 10),
    kind("getTenant", false, 10),
    kind("createSchool", true, 16),
    kind("createSchool, repeated", true, 2),
    kind("createSchool, name taken", true, 2),
];

/// How many of the latest writes repetitions and collisions choose from.
const REMEMBERED: usize = 256;

/// The mix over the tenants of a seed.
pub(super) struct Mix {
    run: u64,
    tenants: Vec<Tenant>,
    /// For each tenant the share of it and of all before it.
    shares: Vec<f64>,
    written: Mutex<Written>,
}

struct Tenant {
    id: String,
    schools: Vec<KnownSchool>,
}

#[derive(Default)]
struct Written {
    /// Turns of the latest writes that were answered, as a ring.
    turns: Vec<u64>,
    next: usize,
    /// When each school's answer was here, by its id.
    answered: HashMap<String, Instant>,
}

/// What is read of the answer to a creation.
#[derive(Deserialize)]
struct Created<'a> {
    #[serde(rename = "schoolId", borrow)]
    school_id: &'a str,
    #[serde(borrow)]
    name: &'a str,
}

impl Mix {
    /// Runs must have different numbers: names and keys are made of them.
    pub(super) fn new(seed: &Seed, run: u64) -> Self {
        let of = |id: &String| Tenant {
            id: id.clone(),
            schools: seed
                .schools
                .iter()
                .filter(|school| school.tenant == *id)
                .cloned()
                .collect(),
        };
        let tenants: Vec<Tenant> = seed.tenants.iter().map(of).collect();
        Self {
            run,
            shares: shares(tenants.len()),
            tenants,
            written: Mutex::default(),
        }
    }

    /// When the answers of created schools were here, by the id of the school.
    pub(super) fn take_answered(&self) -> HashMap<String, Instant> {
        std::mem::take(&mut self.written().answered)
    }

    fn written(&self) -> std::sync::MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn random(&self, turn: u64) -> fastrand::Rng {
        // Neighbouring seeds give unrelated sequences: fastrand mixes them first.
        fastrand::Rng::with_seed(self.run.rotate_left(32) ^ turn)
    }

    fn tenant(&self, random: &mut fastrand::Rng) -> Option<&Tenant> {
        let at = random.f64();
        let place = self.shares.partition_point(|share| *share <= at);
        self.tenants.get(place).or_else(|| self.tenants.last())
    }

    /// The creation of one turn; a repetition asks for that of an earlier turn again.
    fn creation(&self, turn: u64) -> Exchange {
        let tenant = self
            .tenant(&mut self.random(turn))
            .map_or("", |tenant| &tenant.id);
        let name = self.name(turn);
        let expected = expected(201, Some(("name", name.clone())));
        self.post(CREATE_SCHOOL, tenant, &format!("{turn}"), &name, expected)
    }

    fn name(&self, turn: u64) -> String {
        format!("Lincoln Elementary School {:x}-{turn}", self.run)
    }

    fn post(&self, kind: usize, tenant: &str, key: &str, name: &str, expected: Expected) -> Exchange {
        let body =
            format!(r#"{{"name":"{name}","gradeLevels":["KG","01","02"],"timeZone":"America/Chicago"}}"#);
        let request = Request::post(format!("/api/v1/tenants/{tenant}/schools"))
            .header(CONTENT_TYPE, "application/json")
            .header("X-Tenant-Id", tenant)
            .header("Idempotency-Key", format!("{:x}-{key}", self.run));
        exchange(kind, request, body, expected)
    }

    fn read(&self, kind: usize, random: &mut fastrand::Rng) -> Exchange {
        let Some(tenant) = self.tenant(random) else {
            return self.creation(0);
        };
        let id = &tenant.id;
        let school = random.choice(&tenant.schools);
        let (path, member) = match (kind, school) {
            (GET_SCHOOL, Some(school)) => (
                format!("/schools/{}", school.school),
                Some(("name", school.name.clone())),
            ),
            (LIST_SCHOOLS, _) => ("/schools?limit=50".to_owned(), None),
            (LIST_EVENTS, _) => ("/events?limit=50".to_owned(), None),
            // `getTenant`, and a school of a tenant that has none.
            _ => (String::new(), Some(("tenantId", id.clone()))),
        };
        let request = Request::get(format!("/api/v1/tenants/{id}{path}")).header("X-Tenant-Id", id);
        exchange(kind, request, String::new(), expected(200, member))
    }
}

impl Workload for Mix {
    fn kinds(&self) -> Vec<&'static str> {
        KINDS.iter().map(|kind| kind.name).collect()
    }

    fn exchange(&self, turn: u64) -> Exchange {
        // Another sequence than the creation's own, or a repetition would not find the tenant of its first.
        let mut random = self.random(!turn);
        let kind = kind_at(random.u8(..100));
        if !KINDS.get(kind).is_some_and(|kind| kind.writes) {
            return self.read(kind, &mut random);
        }
        let earlier = random.choice(&self.written().turns).copied();
        match (kind, earlier) {
            (REPETITION, Some(earlier)) => Exchange {
                kind,
                ..self.creation(earlier)
            },
            (CONFLICT, Some(earlier)) => {
                let tenant = self
                    .tenant(&mut self.random(earlier))
                    .map_or("", |tenant| &tenant.id);
                let expected = expected(409, Some(("title", "School name taken".to_owned())));
                self.post(kind, tenant, &format!("{turn}"), &self.name(earlier), expected)
            }
            _ => self.creation(turn),
        }
    }

    fn answered(&self, answer: &Answer<'_>) {
        if answer.kind != CREATE_SCHOOL {
            return;
        }
        let Ok(created) = serde_json::from_slice::<Created<'_>>(answer.body) else {
            return;
        };
        let turn = created.name.rsplit('-').next().and_then(|turn| turn.parse().ok());
        let mut written = self.written();
        written.answered.insert(created.school_id.to_owned(), answer.at);
        if let Some(turn) = turn {
            written.remember(turn);
        }
    }
}

impl Written {
    fn remember(&mut self, turn: u64) {
        let place = self.next % REMEMBERED;
        match self.turns.get_mut(place) {
            Some(old) => *old = turn,
            None => self.turns.push(turn),
        }
        self.next = place + 1;
    }
}

/// The kind whose share of the hundred this is.
fn kind_at(percent: u8) -> usize {
    let mut end = 0;
    let ends = KINDS.iter().map(|kind| {
        end += kind.share_percent;
        end
    });
    ends.take_while(|end| *end <= percent).count()
}

/// Cumulative shares that fall with the rank.
fn shares(count: usize) -> Vec<f64> {
    let weights = (1_u32..).map(|rank| f64::from(rank).recip()).take(count);
    let total: f64 = weights.clone().sum();
    let mut sum = 0.0;
    let cumulative = weights.map(|weight| {
        sum += weight / total;
        sum
    });
    cumulative.collect()
}

fn expected(status: u16, member: Option<(&'static str, String)>) -> Expected {
    Expected { status, member }
}

fn exchange(
    kind: usize,
    request: hyper::http::request::Builder,
    body: String,
    expected: Expected,
) -> Exchange {
    // Nothing in these requests can be malformed; if it were, the server's refusal would be counted as an error.
    let request = request
        .body(Full::new(Bytes::from(body)))
        .unwrap_or_else(|_| Request::new(Full::new(Bytes::new())));
    Exchange {
        kind,
        request,
        expected,
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn mix() -> Mix {
        let tenants: Vec<String> = (0..64).map(|number| format!("tenant-{number}")).collect();
        let school = |tenant: &String| KnownSchool {
            tenant: tenant.clone(),
            school: format!("school-of-{tenant}"),
            name: "Known".to_owned(),
        };
        let schools = tenants.iter().map(school).collect();
        Mix::new(&Seed { tenants, schools }, 7)
    }

    fn answer(mix: &Mix, turn: u64) {
        let body = format!(r#"{{"schoolId":"id-{turn}","name":"{}"}}"#, mix.name(turn));
        mix.answered(&Answer {
            kind: CREATE_SCHOOL,
            status: 201,
            body: body.as_bytes(),
            at: Instant::now(),
        });
    }

    #[test]
    fn the_shares_make_a_hundred_and_each_kind_has_its_own() {
        assert_eq!(
            KINDS
                .iter()
                .map(|kind| u32::from(kind.share_percent))
                .sum::<u32>(),
            100
        );
        for (number, kind) in KINDS.iter().enumerate() {
            let count = (0..100).filter(|percent| kind_at(*percent) == number).count();
            assert_eq!(count, usize::from(kind.share_percent), "{}", kind.name);
        }
    }

    #[test]
    fn the_largest_tenant_gets_a_fifth() {
        let shares = shares(64);
        assert!((shares[0] - 0.21).abs() < 0.01, "{}", shares[0]);
        assert!((shares[63] - 1.0).abs() < 1e-9);
        let mix = mix();
        let of_first = |turn: &u64| mix.tenant(&mut mix.random(*turn)).unwrap().id == "tenant-0";
        let count = (0..10_000).filter(of_first).count();
        assert!((1_900..2_400).contains(&count), "{count}");
    }

    #[test]
    fn nothing_is_repeated_before_it_was_answered() {
        let mix = mix();
        assert!((0..2_000).all(|turn| ![REPETITION, CONFLICT].contains(&mix.exchange(turn).kind)));
        answer(&mix, 1);
        let kinds: Vec<usize> = (0..2_000).map(|turn| mix.exchange(turn).kind).collect();
        assert!(kinds.contains(&REPETITION) && kinds.contains(&CONFLICT));
    }

    #[tokio::test]
    async fn a_repetition_is_the_same_request_and_a_collision_another_with_the_same_name() {
        let mix = mix();
        answer(&mix, 1);
        let parts = async |exchange: Exchange| {
            let (head, body) = exchange.request.into_parts();
            let key = head.headers["idempotency-key"].to_str().unwrap().to_owned();
            (head.uri, key, body.collect().await.unwrap().to_bytes())
        };
        let first = parts(mix.creation(1)).await;
        let find = |kind| {
            (0..100_000)
                .map(|turn| mix.exchange(turn))
                .find(|found| found.kind == kind)
                .unwrap()
        };
        assert_eq!(parts(find(REPETITION)).await, first);
        let conflict = parts(find(CONFLICT)).await;
        assert_eq!((&conflict.0, &conflict.2), (&first.0, &first.2));
        assert_ne!(conflict.1, first.1);
    }

    #[test]
    fn answers_are_kept_by_school_and_turns_in_a_ring() {
        let mix = mix();
        for turn in 0..1_000 {
            answer(&mix, turn);
        }
        assert_eq!(mix.written().turns.len(), REMEMBERED);
        assert!(mix.written().turns.contains(&999));
        let answered = mix.take_answered();
        assert_eq!(answered.len(), 1_000);
        assert!(answered.contains_key("id-0") && mix.take_answered().is_empty());
    }
}
