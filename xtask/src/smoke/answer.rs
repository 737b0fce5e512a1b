//! An answer, and what may be expected of one.

use serde_json::Value;
use uuid::Uuid;

use super::report::Fault;

/// How much of a body is shown where it is not what it should be.
const SHOWN: usize = 200;

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    /// Reads what curl prints with `--include`; interim answers (1xx) are passed over.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let mut rest = text.as_ref();
        loop {
            let (head, body) = rest.split_once("\r\n\r\n")?;
            let mut lines = head.split("\r\n");
            let status = lines
                .next()?
                .strip_prefix("HTTP/")?
                .split(' ')
                .nth(1)?
                .parse::<u16>()
                .ok()?;
            if (100..200).contains(&status) {
                rest = body;
                continue;
            }
            let header = |line: &str| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_lowercase(), value.trim().to_owned()))
            };
            return Some(Self {
                status,
                headers: lines.filter_map(header).collect(),
                body: body.to_owned(),
            });
        }
    }

    /// A header; empty when it is not there.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map_or("", |(_, value)| value)
    }

    /// The body as it came.
    pub(super) fn text(&self) -> &str {
        &self.body
    }

    /// The body as JSON; null when it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// That this answer is not what was expected.
    pub(super) fn fault(&self, expected: impl Into<String>) -> Fault {
        let mut body: String = self
            .body
            .chars()
            .take(SHOWN)
            .map(|found| if found.is_control() { ' ' } else { found })
            .collect();
        if body.len() < self.body.len() {
            body.push('…');
        }
        Fault {
            expected: expected.into(),
            got: format!("{} {} {body}", self.status, self.header("content-type")),
        }
    }

    pub(super) fn has_status(&self, status: u16) -> Result<(), Fault> {
        if self.status == status {
            Ok(())
        } else {
            Err(self.fault(format!("status {status}")))
        }
    }

    /// That a header is there with this value.
    pub(super) fn has_header(&self, name: &str, value: &str) -> Result<(), Fault> {
        let found = self.header(name);
        if found == value {
            return Ok(());
        }
        Err(Fault {
            expected: format!("the header {name}: {value}"),
            got: format!("{} with \"{found}\"", self.status),
        })
    }

    /// That a header is there and begins so.
    pub(super) fn header_starts(&self, name: &str, start: &str) -> Result<(), Fault> {
        let found = self.header(name);
        if found.starts_with(start) && !found.is_empty() {
            return Ok(());
        }
        let expected = format!(
            "the header {name}{}{start}",
            if start.is_empty() { "" } else { ": " }
        );
        Err(Fault {
            expected,
            got: format!("{} with \"{found}\"", self.status),
        })
    }

    /// That the body says so at this pointer.
    pub(super) fn says(&self, pointer: &str, value: &Value) -> Result<(), Fault> {
        if self.json().pointer(pointer) == Some(value) {
            return Ok(());
        }
        Err(self.fault(format!("{value} at {pointer}")))
    }

    /// The text that stands at this pointer.
    pub(super) fn text_at(&self, pointer: &str) -> Result<String, Fault> {
        let json = self.json();
        let found = json.pointer(pointer).and_then(Value::as_str);
        found
            .map(str::to_owned)
            .ok_or_else(|| self.fault(format!("a text at {pointer}")))
    }

    /// The id that stands at this pointer.
    pub(super) fn id_at(&self, pointer: &str) -> Result<Uuid, Fault> {
        self.text_at(pointer)?
            .parse()
            .map_err(|_| self.fault(format!("a UUID at {pointer}")))
    }

    /// That it is a problem of this kind with all that every problem has.
    pub(super) fn is_problem(&self, status: u16, slug: &str) -> Result<(), Fault> {
        let json = self.json();
        let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_one = self.status == status
            && self
                .header("content-type")
                .starts_with("application/problem+json")
            && text("type").ends_with(&format!("/problems/{slug}"))
            && json.get("status") == Some(&Value::from(status))
            && ["title", "detail", "instance", "traceId"]
                .iter()
                .all(|name| !text(name).is_empty())
            && text("correlationId") == self.header("x-correlation-id")
            && text("correlationId").parse::<Uuid>().is_ok();
        if is_one {
            Ok(())
        } else {
            Err(self.fault(format!("{status} with the problem {slug}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn reads_what_curl_prints() {
        let answer = Answer::parse(
            b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/2 200 \r\nX-A: b\r\nEmpty:\r\n\r\nbody\r\n\r\nmore",
        )
        .unwrap();
        assert_eq!(
            (answer.status, answer.header("x-a"), answer.header("empty")),
            (200, "b", "")
        );
        assert_eq!(answer.text(), "body\r\n\r\nmore");
        assert!(Answer::parse(b"SSH-2.0-OpenSSH\r\n").is_none());
    }
}
