//! Values that must not be printed.

/// Text that may hold a password. It has neither `Debug` nor `Display`, so that no log line can hold it by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` from being printed.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text of a URL without what could be a password: the password itself and everything after `?`.
    ///
    /// A password that should have been percent-encoded makes the URL say something else than was meant, and it is then
    /// that it gets printed, in the error. So whatever leaves in doubt where the password ends is not shown at all.
    #[must_use]
    pub fn redacted_url(&self) -> String {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return "***".to_owned();
        };
        if scheme == "sqlite" {
            return self.0.clone();
        }
        let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, beyond) = rest.split_at(authority_end);
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        // Sentinels and nodes of a cluster are named as a list.
        if beyond.contains('@') || !host.split(',').all(is_host) {
            return format!("{scheme}://***");
        }
        let user = match credentials {
            None => String::new(),
            Some(credentials) => match credentials.split_once(':') {
                None => format!("{credentials}@"),
                Some((user, _)) => format!("{user}:***@"),
            },
        };
        let (path, query) = match beyond.find(['?', '#']) {
            Some(at) => (beyond.split_at(at).0, "?***"),
            None => (beyond, ""),
        };
        format!("{scheme}://{user}{host}{path}{query}")
    }
}

/// Whether `text` is a host, with a port or without: what comes after another colon may be a password that lacks its `@`.
fn is_host(text: &str) -> bool {
    let after_host = match text.strip_prefix('[') {
        Some(address) => address.split_once(']').map(|(_, after)| after),
        None => Some(text.find(':').map_or("", |at| text.split_at(at).1)),
    };
    after_host.is_some_and(|after| {
        after.is_empty()
            || after
                .strip_prefix(':')
                .is_some_and(|port| port.parse::<u16>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (url, shown) in [
            (
                "postgres://app:pa:ss@wd@db:5432/rollcall?password=x",
                "postgres://app:***@db:5432/rollcall?***",
            ),
            (
                "redis://:secret@localhost:6379/0",
                "redis://:***@localhost:6379/0",
            ),
            ("redis://localhost", "redis://localhost"),
            (
                "sqlite://./data/rollcall.db?mode=rwc",
                "sqlite://./data/rollcall.db?mode=rwc",
            ),
            ("secret", "***"),
            ("postgres://admin@db/x", "postgres://admin@db/x"),
            (
                "postgres://admin@db/x?sslmode=require",
                "postgres://admin@db/x?***",
            ),
            (
                "postgres://app:pw@[::1]:5432/x",
                "postgres://app:***@[::1]:5432/x",
            ),
            ("postgres:///x", "postgres:///x"),
            ("redis://[::1]:6379", "redis://[::1]:6379"),
            (
                "rediss+sentinel://relay:pw@a:26379,b,[::1]:26379/roster/0?sentinel_password=x",
                "rediss+sentinel://relay:***@a:26379,b,[::1]:26379/roster/0?***",
            ),
            (
                "redis+cluster://:pw@a:7001,b:7002",
                "redis+cluster://:***@a:7001,b:7002",
            ),
            ("unix:///run/redis.sock?pass=pw", "unix:///run/redis.sock?***"),
            // What ought to be percent-encoded, or was forgotten.
            ("postgres://app:se?cret@db/x", "postgres://***"),
            ("postgres://app:se/cret@db/x", "postgres://***"),
            ("postgres://app:se#cret@db/x", "postgres://***"),
            ("postgres://app:s@e?cret@db/x", "postgres://***"),
            ("postgres://app:secret:5432/x", "postgres://***"),
            ("postgres://app:secret", "postgres://***"),
            ("redis://:secret", "redis://***"),
            ("redis+cluster://a:7001,b:secret", "redis+cluster://***"),
            ("redis+cluster://u:se,cret", "redis+cluster://***"),
            ("postgres://app:pw@db/x?password=a@b", "postgres://***"),
        ] {
            assert_eq!(Secret::new(url).redacted_url(), shown);
        }
    }
}
