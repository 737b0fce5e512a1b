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
    #[must_use]
    pub fn redacted_url(&self) -> String {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return "***".to_owned();
        };
        let (address, query) = rest
            .split_once('?')
            .map_or((rest, ""), |(address, _)| (address, "?***"));
        if scheme == "sqlite" {
            return self.0.clone();
        }
        // The last `@` ends the credentials: a password may hold an unescaped one.
        match address.rsplit_once('@') {
            Some((credentials, host)) => {
                let user = credentials.split(':').next().unwrap_or_default();
                format!("{scheme}://{user}:***@{host}{query}")
            }
            None => format!("{scheme}://{address}{query}"),
        }
    }
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
        ] {
            assert_eq!(Secret::new(url).redacted_url(), shown);
        }
    }
}
