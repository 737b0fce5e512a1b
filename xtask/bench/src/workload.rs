//! What is asked: the two operations that every subject implements.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::CONTENT_TYPE;

use crate::load::{Exchange, Expected, Workload};

/// Numbers each run of writes, so that no two use the same names and keys.
static NEXT_RUN: AtomicU64 = AtomicU64::new(1);

/// `createSchool`, each time another school with another key, in the tenants by turns.
#[derive(Debug)]
pub struct CreateSchool {
    tenants: Vec<String>,
    run: String,
}

impl CreateSchool {
    /// In these tenants, of which there must be one at least.
    #[must_use]
    pub fn new(tenants: &[String]) -> Self {
        let number = NEXT_RUN.fetch_add(1, Ordering::Relaxed);
        Self {
            tenants: tenants.to_vec(),
            run: format!("{:08x}-{number}", fastrand::u32(..)),
        }
    }

    /// The body of one turn's request.
    fn body(&self, turn: u64) -> (String, String) {
        let name = format!("Lincoln Elementary School {}-{turn}", self.run);
        let body = format!(
            r#"{{"name":"{name}","identifier":"NF-{}-{turn}","gradeLevels":["KG","01","02"],"timeZone":"America/Chicago"}}"#,
            self.run
        );
        (name, body)
    }
}

impl Workload for CreateSchool {
    fn kinds(&self) -> Vec<&'static str> {
        vec!["createSchool"]
    }

    fn exchange(&self, turn: u64) -> Exchange {
        let tenant = by_turns(&self.tenants, turn).map_or("", String::as_str);
        let (name, body) = self.body(turn);
        let request = Request::post(format!("/api/v1/tenants/{tenant}/schools"))
            .header(CONTENT_TYPE, "application/json")
            .header("X-Tenant-Id", tenant)
            .header("Idempotency-Key", format!("{}-{turn}", self.run));
        exchange(request, body, 201, name)
    }
}

/// A school that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSchool {
    /// Its tenant.
    pub tenant: String,
    /// Its id.
    pub school: String,
    /// Its name.
    pub name: String,
}

/// `getSchool`, of known schools by turns.
#[derive(Debug)]
pub struct GetSchool {
    schools: Vec<KnownSchool>,
}

impl GetSchool {
    /// Of these schools, of which there must be one at least.
    #[must_use]
    pub fn new(schools: Vec<KnownSchool>) -> Self {
        Self { schools }
    }
}

impl Workload for GetSchool {
    fn kinds(&self) -> Vec<&'static str> {
        vec!["getSchool"]
    }

    fn exchange(&self, turn: u64) -> Exchange {
        let (tenant, school, name) = by_turns(&self.schools, turn).map_or(("", "", ""), |known| {
            (&*known.tenant, &*known.school, &*known.name)
        });
        let request =
            Request::get(format!("/api/v1/tenants/{tenant}/schools/{school}")).header("X-Tenant-Id", tenant);
        exchange(request, String::new(), 200, name.to_owned())
    }
}

fn exchange(request: hyper::http::request::Builder, body: String, status: u16, name: String) -> Exchange {
    // Nothing in these requests can be malformed; if it were, the server's refusal would be counted as an error.
    let request = request
        .body(Full::new(Bytes::from(body)))
        .unwrap_or_else(|_| Request::new(Full::new(Bytes::new())));
    Exchange {
        kind: 0,
        request,
        expected: Expected {
            status,
            member: Some(("name", name)),
        },
    }
}

fn by_turns<T>(items: &[T], turn: u64) -> Option<&T> {
    let count = u64::try_from(items.len()).ok().filter(|count| *count > 0)?;
    items.get(usize::try_from(turn % count).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_writes_are_equal_and_the_tenants_take_turns() {
        let tenants = ["a".to_owned(), "b".to_owned()];
        let (first, second) = (CreateSchool::new(&tenants), CreateSchool::new(&tenants));
        assert_ne!(first.body(0), first.body(1));
        assert_ne!(first.body(0), second.body(0));
        let paths = [0, 1, 2].map(|turn| first.exchange(turn).request.uri().path().to_owned());
        assert_eq!(paths[0], "/api/v1/tenants/a/schools");
        assert_eq!(paths[1], "/api/v1/tenants/b/schools");
        assert_eq!(paths[0], paths[2]);
        serde_json::from_str::<serde_json::Value>(&first.body(0).1).unwrap();
    }
}
