//! What the broker is, and what it can do: asked once for each connection, so that a newer one's abilities are used only
//! where they are there.

use std::fmt;

use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{FromRedisValue as _, Value};

/// What calls itself by which name in `INFO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerProduct {
    /// Redis, or what says that it is.
    Redis,
    /// Valkey.
    Valkey,
}

/// A broker and what it can do. Of several (a cluster's nodes) the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerFeatures {
    /// What it is.
    pub product: BrokerProduct,
    /// Its own version: major, minor.
    pub version: (u32, u32),
    /// `WAITAOF`: it can be waited for until what was written is on its disk (Redis 7.2, Valkey 7.2).
    pub waitaof: bool,
    /// `XTRIM … ACKED`: it can be told to trim only what every consumer group has acknowledged (Redis 8.2).
    pub acked_trimming: bool,
    /// `XADD … IDMP`: it can itself drop an entry that a producer sends twice (Redis 8.6). The relay has no use for it: the
    /// fence refuses a repetition, and everything else that does not continue the stream, on every version.
    pub idempotent_xadd: bool,
}

impl BrokerFeatures {
    /// The oldest version whose behaviour the relay is tested on.
    pub const OLDEST: (u32, u32) = (7, 0);

    /// Reads the section `server` of `INFO`; none where it tells no version.
    #[must_use]
    pub fn read(info: &str) -> Option<Self> {
        let field = |name: &str| {
            info.lines()
                .find_map(|line| line.trim_end().split_once(':').filter(|(key, _)| *key == name))
                .and_then(|(_, value)| version(value))
        };
        let redis = field("redis_version");
        // Valkey says which Redis it behaves like in `redis_version`: 7.2 for ever.
        let (product, version) = match field("valkey_version") {
            Some(version) => (BrokerProduct::Valkey, version),
            None => (BrokerProduct::Redis, redis?),
        };
        let is_redis = product == BrokerProduct::Redis;
        Some(Self {
            product,
            version,
            waitaof: version >= (7, 2),
            acked_trimming: is_redis && version >= (8, 2),
            idempotent_xadd: is_redis && version >= (8, 6),
        })
    }

    /// What both can do.
    #[must_use]
    pub fn least(self, other: Self) -> Self {
        Self {
            product: self.product,
            version: self.version.min(other.version),
            waitaof: self.waitaof && other.waitaof,
            acked_trimming: self.acked_trimming && other.acked_trimming,
            idempotent_xadd: self.idempotent_xadd && other.idempotent_xadd,
        }
    }

    /// What an operator should know of this version.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let (major, minor) = Self::OLDEST;
        (self.version < Self::OLDEST)
            .then(|| format!("{self} is older than {major}.{minor}, which is the oldest that is supported"))
    }
}

impl fmt::Display for BrokerFeatures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let product = match self.product {
            BrokerProduct::Redis => "Redis",
            BrokerProduct::Valkey => "Valkey",
        };
        let (major, minor) = self.version;
        write!(formatter, "{product} {major}.{minor}")
    }
}

/// The first two numbers of `7.0.15`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// Asks. None where the broker does not permit it or tells no version; an error where it does not answer at all.
pub(super) async fn probe(
    connection: &mut MultiplexedConnection,
) -> Result<Option<BrokerFeatures>, redis::RedisError> {
    let mut command = redis::cmd("INFO");
    command.arg("server");
    let answer: Value = connection.req_packed_command(&command).await?;
    let text = answer
        .extract_error()
        .and_then(|value| Ok(String::from_redis_value(value)?));
    Ok(text.ok().and_then(|text| BrokerFeatures::read(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can(info: &str) -> Option<(String, bool, bool, bool)> {
        BrokerFeatures::read(info).map(|features| {
            let BrokerFeatures {
                waitaof,
                acked_trimming,
                idempotent_xadd,
                ..
            } = features;
            (features.to_string(), waitaof, acked_trimming, idempotent_xadd)
        })
    }

    #[test]
    fn what_a_broker_can_do_follows_from_its_version() {
        for (info, expected) in [
            (
                "# Server\r\nredis_version:6.2.14\r\n",
                Some(("Redis 6.2", false, false, false)),
            ),
            (
                "# Server\r\nredis_version:7.0.15\r\n",
                Some(("Redis 7.0", false, false, false)),
            ),
            ("redis_version:7.2.4\r\n", Some(("Redis 7.2", true, false, false))),
            ("redis_version:8.2.0\r\n", Some(("Redis 8.2", true, true, false))),
            ("redis_version:8.6.1\r\n", Some(("Redis 8.6", true, true, true))),
            (
                "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.0.1\r\n",
                Some(("Valkey 9.0", true, false, false)),
            ),
            ("redis_version:unstable\r\n", None),
            ("", None),
        ] {
            let expected = expected.map(|(name, a, b, c)| (name.to_owned(), a, b, c));
            assert_eq!(can(info), expected, "{info}");
        }
    }

    #[test]
    fn only_what_is_older_than_7_0_is_warned_of() {
        let warning = |version: &str| {
            BrokerFeatures::read(&format!("redis_version:{version}"))
                .unwrap()
                .warning()
        };
        assert_eq!(warning("7.0.0"), None);
        assert_eq!(
            warning("6.2.14").unwrap(),
            "Redis 6.2 is older than 7.0, which is the oldest that is supported"
        );
    }

    #[test]
    fn several_can_do_what_the_least_of_them_can() {
        let [old, new] = ["7.0.15", "8.6.0"]
            .map(|version| BrokerFeatures::read(&format!("redis_version:{version}")).unwrap());
        assert_eq!(new.least(old), old);
        assert_eq!(old.least(new), old);
    }
}
