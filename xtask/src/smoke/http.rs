//! Requests through `curl`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

use super::answer::Answer;
use super::report::Fault;

/// How long one answer may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);

/// Who asks.
pub(super) struct Caller {
    base_url: String,
    token: Option<String>,
    deadline: Instant,
}

/// A request to be completed and sent.
pub(super) struct Request<'a> {
    caller: &'a Caller,
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

/// A URL of a service, without a slash at its end.
pub(super) fn base_url(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    let rest = rest.ok_or("it has to begin with http:// or https://")?;
    if rest.is_empty() || rest.starts_with('/') {
        return Err("it names no host".to_owned());
    }
    if rest.contains(|character: char| character == '?' || character == '#' || character.is_whitespace()) {
        return Err("it is more than the address of a service".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Whether a URL names this machine by its loopback address.
pub(super) fn is_loopback(url: &str) -> bool {
    let authority = url
        .split("//")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Caller {
    /// One that asks the service at `base_url`, and stops asking after `limit`.
    pub(super) fn new(base_url: &str, token: Option<String>, limit: Duration) -> Self {
        Self {
            base_url: base_url.to_owned(),
            token,
            deadline: Instant::now() + limit,
        }
    }

    /// A request without a token.
    pub(super) fn anonymous(&self, method: &'static str, path: &str) -> Request<'_> {
        let url = format!("{}{path}", self.base_url);
        Request {
            caller: self,
            method,
            url,
            headers: Vec::new(),
            body: None,
        }
    }

    /// A request with the token, where there is one.
    pub(super) fn request(&self, method: &'static str, path: &str) -> Request<'_> {
        let request = self.anonymous(method, path);
        match &self.token {
            Some(token) => request.header("Authorization", &format!("Bearer {token}")),
            None => request,
        }
    }

    /// A request for a page or for health, which ask nobody who they are.
    pub(super) fn get(&self, path: &str) -> Request<'_> {
        self.anonymous("GET", path)
    }

    /// A request for a whole URL.
    pub(super) fn get_url(&self, url: &str) -> Request<'_> {
        Request {
            url: url.to_owned(),
            ..self.get("")
        }
    }

    /// A request inside a tenant; `rest` follows the tenant's path.
    pub(super) fn in_tenant(&self, method: &'static str, tenant: Uuid, rest: &str) -> Request<'_> {
        let request = self.request(method, &format!("/api/v1/tenants/{tenant}{rest}"));
        request.header("X-Tenant-Id", &tenant.to_string())
    }
}

impl Request<'_> {
    /// With a header.
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a body that is JSON, or says that it is.
    pub(super) fn json(self, body: &str) -> Self {
        self.body("application/json", body)
    }

    /// With a body of this media type.
    pub(super) fn body(mut self, media_type: &str, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self.header("Content-Type", media_type)
    }

    /// The answer. That there is none is a fault.
    pub(super) fn send(&self) -> Result<Answer, Fault> {
        let none = |got: String| Fault {
            expected: format!("an answer from {}", self.url),
            got,
        };
        let remaining = self.caller.deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return Err(none("no time left to ask".to_owned()));
        }
        let mut curl = Command::new("curl");
        // `--disable` has to come first: the operator's own `.curlrc` must not change what is asked.
        curl.args([
            "--disable",
            "--silent",
            "--show-error",
            "--include",
            "--suppress-connect-headers",
        ]);
        curl.args(["--globoff", "--path-as-is", "--max-time"]);
        curl.arg(remaining.min(REQUEST_LIMIT).as_secs_f64().to_string());
        if is_loopback(&self.url) {
            // No proxy reaches what is on this machine.
            curl.args(["--noproxy", "*"]);
        }
        // The rest by standard input: a token on the command line would be there for everybody to see.
        let mut child = curl
            .args(["--config", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| none(format!("cannot run curl: {error}")))?;
        if let Some(mut input) = child.stdin.take() {
            input
                .write_all(self.configuration().as_bytes())
                .map_err(|error| none(error.to_string()))?;
        }
        let output = child
            .wait_with_output()
            .map_err(|error| none(error.to_string()))?;
        if !output.status.success() {
            return Err(none(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        Answer::parse(&output.stdout).ok_or_else(|| none("something that is not HTTP".to_owned()))
    }

    fn configuration(&self) -> String {
        let mut text = String::new();
        let mut set = |name: &str, value: &str| {
            let value = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n")
                .replace('\r', "\\r");
            // Writing into a text cannot fail.
            _ = writeln!(text, "{name} = \"{value}\"");
        };
        set("url", &self.url);
        set("request", self.method);
        for (name, value) in &self.headers {
            set("header", &format!("{name}: {value}"));
        }
        if let Some(body) = &self.body {
            // No question beforehand whether the body is welcome.
            set("header", "Expect:");
            set("data-binary", body);
        }
        text
    }
}

/// A JSON object with a name, as both kinds of things are created from.
pub(super) fn named(name: &str) -> String {
    Value::from_iter([("name", name)]).to_string()
}

#[cfg(test)]
mod tests {
    use super::{base_url, is_loopback};

    #[test]
    fn a_url_is_the_address_of_a_service() {
        assert_eq!(
            base_url("http://127.0.0.1:8080/"),
            Ok("http://127.0.0.1:8080".to_owned())
        );
        assert_eq!(
            base_url("https://roster.example/rollcall"),
            Ok("https://roster.example/rollcall".to_owned())
        );
        for bad in [
            "",
            "127.0.0.1:8080",
            "ftp://x",
            "http://",
            "http:///x",
            "http://x?y",
            "http://x y",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for own in [
            "http://127.0.0.1:80",
            "http://localhost",
            "http://[::1]:80/x",
            "https://127.1.2.3",
        ] {
            assert!(is_loopback(own), "{own}");
        }
        for other in [
            "http://10.0.0.1",
            "https://localhost.example",
            "http://127.0.0.1@example.org",
            "http://[fe80::1]",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
