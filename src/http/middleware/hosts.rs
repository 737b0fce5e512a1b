//! Under which names a service answers that asks nobody who they are.
//!
//! Without authentication the service listens on loopback only, but a browser on the same machine reaches that: a page whose own host
//! name is made to resolve to 127.0.0.1 (DNS rebinding) is of one origin with the service and might read and write everything. Its requests
//! name that host, so they can be told.

use std::net::IpAddr;

use poem::Request;
use poem::http::header::HOST;
use poem::http::uri::{Authority, Uri};

/// The hosts that a request may name: this machine's own, and the host of the public URL.
#[derive(Debug, Clone)]
pub struct OwnHosts {
    public: Option<String>,
}

impl OwnHosts {
    /// Those of a service that clients reach at `base_url`.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        let public = base_url.parse::<Uri>().ok();
        Self {
            public: public.as_ref().and_then(Uri::host).map(str::to_owned),
        }
    }

    /// Whether `request` names one of them, or none: every browser names one.
    pub(super) fn allow(&self, request: &Request) -> bool {
        // `:authority` of HTTP/2 and the absolute form of HTTP/1.1; it goes before the header (RFC 9112 §3.2.2).
        if let Some(host) = request.uri().host() {
            return self.allow_host(host);
        }
        let mut headers = request.headers().get_all(HOST).iter();
        let (Some(header), second) = (headers.next(), headers.next()) else {
            return true;
        };
        let authority = header
            .to_str()
            .ok()
            .and_then(|text| text.parse::<Authority>().ok());
        second.is_none() && authority.is_some_and(|authority| self.allow_host(authority.host()))
    }

    fn allow_host(&self, host: &str) -> bool {
        let address = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        address.is_ok_and(|address| address.to_canonical().is_loopback())
            || host.eq_ignore_ascii_case("localhost")
            || self
                .public
                .as_ref()
                .is_some_and(|public| host.eq_ignore_ascii_case(public))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_service_are_allowed() {
        let hosts = OwnHosts::new("https://Roster.example/lms");
        let allows = |host: &str| hosts.allow(&Request::builder().header(HOST, host).finish());
        for own in [
            "127.0.0.1:8080",
            "127.8.9.1",
            "[::1]:8080",
            "[::ffff:127.0.0.1]",
            "LocalHost:1",
            "roster.example",
            "roster.example:443",
        ] {
            assert!(allows(own), "{own}");
        }
        for foreign in [
            "rebound.example:8080",
            "127.0.0.1.rebound.example",
            "localhost.rebound.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "localhost@rebound.example",
            "not a host",
            "",
        ] {
            assert!(!allows(foreign), "{foreign}");
        }
        assert!(hosts.allow(&Request::builder().finish()), "no browser");
    }

    #[test]
    fn the_target_goes_before_the_header_and_two_headers_are_one_too_many() {
        let hosts = OwnHosts::new("http://127.0.0.1:8080");
        let target = Request::builder().uri(Uri::from_static("http://rebound.example/"));
        assert!(!hosts.allow(&target.header(HOST, "localhost").finish()));
        let twice = Request::builder().header(HOST, "localhost");
        assert!(!hosts.allow(&twice.header(HOST, "localhost").finish()));
    }
}
