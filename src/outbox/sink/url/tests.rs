//! What is read in a URL, and how a wrong one is refused.

use super::*;

fn host(host: &str, port: u16) -> HostPort {
    HostPort {
        host: host.to_owned(),
        port,
    }
}

#[test]
fn each_way_to_run_redis_has_its_url() {
    let sentinels = |hosts: &[(&str, u16)], service: &str| Topology::Sentinel {
        sentinels: hosts.iter().map(|(name, port)| host(name, *port)).collect(),
        service: service.to_owned(),
    };
    for (url, topology, shown) in [
        (
            "redis://localhost",
            Topology::Server(host("localhost", 6379)),
            "localhost:6379",
        ),
        (
            "redis://[::1]:7000/3",
            Topology::Server(host("::1", 7000)),
            "[::1]:7000",
        ),
        (
            "rediss://redis.example:6380",
            Topology::Server(host("redis.example", 6380)),
            "redis.example:6380",
        ),
        (
            "unix:///run/redis.sock?db=3",
            Topology::Socket("/run/redis.sock".into()),
            "/run/redis.sock",
        ),
        (
            "redis+sentinel://u:p@a,b:5000/roster/3",
            sentinels(&[("a", 26379), ("b", 5000)], "roster"),
            "roster, by the sentinels a:26379, b:5000",
        ),
        (
            "rediss+cluster://a:7001,b",
            Topology::Cluster(vec![host("a", 7001), host("b", 6379)]),
            "the cluster of a:7001, b:6379",
        ),
    ] {
        let read = BrokerUrl::parse(url).unwrap();
        assert_eq!(read.topology, topology, "{url}");
        assert_eq!(read.topology.to_string(), shown);
        assert_eq!(
            read.database == 3,
            url.contains('3') && url.ends_with('3'),
            "{url}"
        );
        assert_eq!(read.tls.is_some(), url.starts_with("rediss"), "{url}");
    }
}

#[test]
fn logins_are_percent_decoded() {
    let read =
        BrokerUrl::parse("redis+sentinel://re%6cay:p%40ss%2Fw:rd@a/x?sentinel_password=s%26t").unwrap();
    assert_eq!(read.login.user.as_deref(), Some("relay"));
    assert_eq!(read.login.password.as_deref(), Some("p@ss/w:rd"));
    assert_eq!(read.sentinel_login.password.as_deref(), Some("s&t"));
    let read = BrokerUrl::parse("rediss://:word@a?ca=/etc/ca.pem&cert=c.pem&key=k.pem").unwrap();
    assert_eq!(
        (read.login.user, read.login.password.as_deref()),
        (None, Some("word"))
    );
    let files = read.tls.unwrap();
    assert_eq!(files.authorities, Some("/etc/ca.pem".into()));
    assert_eq!(
        (files.certificate, files.key),
        (Some("c.pem".into()), Some("k.pem".into()))
    );
    let read = BrokerUrl::parse("unix:///run/redis.sock?user=u&pass=w").unwrap();
    assert_eq!(
        (read.login.user.as_deref(), read.login.password.as_deref()),
        (Some("u"), Some("w"))
    );
}

#[test]
fn a_wrong_url_is_told_by_what_is_wrong_without_its_password() {
    for (url, told) in [
        ("", "it begins with none of redis://, rediss://"),
        ("http://u:secret@h", "it begins with none of"),
        ("redis:secret@h", "it begins with none of"),
        ("redis://", "the host is missing"),
        ("redis://:secret", "the host is missing"),
        ("redis://u:secret", "the host has a port that is not a number"),
        ("redis://u:secret@", "the host is missing"),
        ("redis://u:sec/ret@h", "percent-encoded"),
        ("redis://u:sec?ret@h", "percent-encoded"),
        ("redis://u:secret@h:0", "the host has a port"),
        ("redis://u:secret@h/zero", "the database is not a number"),
        ("redis://u:secret@h/-1", "the database is not a number"),
        ("redis://u:secret@a,b", "several hosts"),
        ("redis://u:s%ffecret@h", "the password is not UTF-8"),
        ("redis://u:secret@h?ca=/x", "`ca` is for TLS"),
        ("redis://u:secret@h?secret=1", "a parameter that is not known"),
        ("redis://u:secret@h?secret", "has no `=`"),
        ("redis://u:secret@h#secret", "has a `#`"),
        (
            "rediss://u:secret@h?cert=secret",
            "`cert` and `key` belong together",
        ),
        ("rediss://u:secret@h?ca=a&ca=secret", "twice"),
        ("redis://u:secret@[::1", "has a `[` without a `]`"),
        ("redis+sentinel://u:secret@a,,c/x", "host 2 is missing"),
        ("redis+sentinel://u:secret@a,b c/x", "host 2 holds a letter"),
        ("redis+sentinel://u:secret@a", "the name of the service"),
        (
            "redis+cluster://u:secret@a/1",
            "a cluster has the database 0 only",
        ),
        ("redis+cluster://u:secret@a:x,b", "host 1 has a port"),
        ("unix://u:secret@h/x", "three slashes"),
        ("unix://", "the path of the socket is missing"),
    ] {
        let Err(error) = BrokerUrl::parse(url) else {
            panic!("{url} was taken");
        };
        let text = error.to_string();
        assert!(text.contains(told), "{url}: {text}");
        assert!(
            !text.contains("secret") && !text.contains("ret@"),
            "{url}: {text}"
        );
    }
}
