//! How a broker is named: one URL for each way in which people run Redis.
//!
//! ```text
//! redis://[user:password@]host[:6379][/database]                     one server
//! unix:///path/to/redis.sock[?db=…&user=…&pass=…]                    one server on this machine
//! redis+sentinel://[user:password@]host[:26379],host…/service[/database]
//! redis+cluster://[user:password@]host[:6379],host…
//! ```
//!
//! `rediss`, `rediss+sentinel` and `rediss+cluster` are the same over TLS, whose certificate is always verified, by the
//! certificates of the system or by those of `?ca=`. The general URL syntax has no list of hosts, so this is read by hand.
//!
//! No error repeats a part of the URL that could be a password: it says what is wrong, and where.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use super::SinkError;

const REDIS_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct HostPort {
    /// A name or an IP address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl fmt::Display for HostPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(formatter, "[{host}]:{port}")
        } else {
            write!(formatter, "{host}:{port}")
        }
    }
}

impl HostPort {
    /// `host:port`, as a node of a cluster writes an address: without brackets, whatever the host is.
    pub(super) fn of_node(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        Some(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.parse().ok()?,
        })
    }
}

/// What stands at the URL's other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Topology {
    /// One server.
    Server(HostPort),
    /// One server, by its socket in the file system.
    Socket(PathBuf),
    /// The primary of `service`, which the sentinels know.
    Sentinel {
        sentinels: Vec<HostPort>,
        service: String,
    },
    /// The cluster that these nodes belong to.
    Cluster(Vec<HostPort>),
}

impl fmt::Display for Topology {
    /// Without credentials, for people.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |hosts: &[HostPort]| {
            let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            hosts.join(", ")
        };
        match self {
            Self::Server(host) => host.fmt(formatter),
            Self::Socket(path) => path.display().fmt(formatter),
            Self::Sentinel { sentinels, service } => {
                write!(formatter, "{service}, by the sentinels {}", list(sentinels))
            }
            Self::Cluster(nodes) => write!(formatter, "the cluster of {}", list(nodes)),
        }
    }
}

/// Who logs in. It has no `Debug`, so that no log line can hold it by accident.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

/// Files for TLS; none stands for the certificates of the system, and for no certificate of the client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TlsFiles {
    pub(super) authorities: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// A URL, read.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct BrokerUrl {
    pub(super) topology: Topology,
    pub(super) database: i64,
    pub(super) login: Login,
    /// To the sentinels; the other login is to the servers that they watch.
    pub(super) sentinel_login: Login,
    /// Where there is TLS.
    pub(super) tls: Option<TlsFiles>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Server,
    Socket,
    Sentinel,
    Cluster,
}

impl BrokerUrl {
    /// Reads a URL.
    pub(super) fn parse(url: &str) -> Result<Self, SinkError> {
        parse(url).map_err(SinkError::Url)
    }
}

fn parse(url: &str) -> Result<BrokerUrl, String> {
    let (kind, has_tls, rest) = scheme(url)?;
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, beyond) = rest.split_at(authority_end);
    if beyond.contains('@') {
        return Err(
            "what stands before `@` holds a `/`, `?` or `#`, which must be percent-encoded there (%2F, %3F, %23)"
                .to_owned(),
        );
    }
    if beyond.contains('#') {
        return Err("it has a `#`, and nothing of it may follow one".to_owned());
    }
    let (path, query) = beyond.split_once('?').unwrap_or((beyond, ""));
    let mut parameters = parameters(query)?;
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((credentials, hosts)) => (login(credentials)?, hosts),
        None => (Login::default(), authority),
    };
    let mut login = login;
    let (topology, database) = match kind {
        Kind::Socket => {
            if !hosts.is_empty() {
                return Err("a socket has no host: write unix:///path, with three slashes".to_owned());
            }
            if path.len() < 2 {
                return Err("the path of the socket is missing".to_owned());
            }
            login.user = parameters.remove("user").or(login.user);
            login.password = parameters.remove("pass").or(login.password);
            let database = parameters.remove("db").unwrap_or_default();
            (
                Topology::Socket(PathBuf::from(decoded(path, "the path")?)),
                number(&database)?,
            )
        }
        Kind::Server => match hosts_of(hosts, REDIS_PORT)?.as_slice() {
            [host] => (
                Topology::Server(host.clone()),
                number(path.trim_start_matches('/'))?,
            ),
            _ => {
                return Err(
                    "it names several hosts: say redis+sentinel:// or redis+cluster:// for those".to_owned(),
                );
            }
        },
        Kind::Sentinel => {
            let (service, database) = path
                .trim_start_matches('/')
                .split_once('/')
                .unwrap_or((path.trim_start_matches('/'), ""));
            if service.is_empty() {
                return Err(
                    "the name of the service that the sentinels watch is missing: redis+sentinel://host:26379/mymaster"
                        .to_owned(),
                );
            }
            let sentinels = hosts_of(hosts, SENTINEL_PORT)?;
            let service = decoded(service, "the name of the service")?;
            (Topology::Sentinel { sentinels, service }, number(database)?)
        }
        Kind::Cluster => {
            if number(path.trim_start_matches('/'))? != 0 {
                return Err("a cluster has the database 0 only".to_owned());
            }
            (Topology::Cluster(hosts_of(hosts, REDIS_PORT)?), 0)
        }
    };
    let sentinel_login = if kind == Kind::Sentinel {
        Login {
            user: parameters.remove("sentinel_user"),
            password: parameters.remove("sentinel_password"),
        }
    } else {
        Login::default()
    };
    let tls = has_tls.then(|| tls(&mut parameters)).transpose()?;
    match parameters.keys().next().map(String::as_str) {
        None => Ok(BrokerUrl {
            topology,
            database,
            login,
            sentinel_login,
            tls,
        }),
        Some(name @ ("ca" | "cert" | "key")) => Err(format!("`{name}` is for TLS, which begins with rediss")),
        Some(_) => Err("it has a parameter that is not known behind its `?`".to_owned()),
    }
}

fn scheme(url: &str) -> Result<(Kind, bool, &str), String> {
    let known = [
        ("redis://", Kind::Server, false),
        ("rediss://", Kind::Server, true),
        ("redis+sentinel://", Kind::Sentinel, false),
        ("rediss+sentinel://", Kind::Sentinel, true),
        ("redis+cluster://", Kind::Cluster, false),
        ("rediss+cluster://", Kind::Cluster, true),
        ("unix://", Kind::Socket, false),
    ];
    known
        .into_iter()
        .find_map(|(scheme, kind, has_tls)| Some((kind, has_tls, url.strip_prefix(scheme)?)))
        .ok_or_else(|| {
            let schemes: Vec<&str> = known.iter().map(|(scheme, ..)| *scheme).collect();
            format!("it begins with none of {}", schemes.join(", "))
        })
}

fn tls(parameters: &mut BTreeMap<String, String>) -> Result<TlsFiles, String> {
    let mut file = |name| parameters.remove(name).map(PathBuf::from);
    let files = TlsFiles {
        authorities: file("ca"),
        certificate: file("cert"),
        key: file("key"),
    };
    if files.certificate.is_some() == files.key.is_some() {
        Ok(files)
    } else {
        Err("`cert` and `key` belong together, and one of them is missing".to_owned())
    }
}

fn login(credentials: &str) -> Result<Login, String> {
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let part = |text: &str, what| match text {
        "" => Ok(None),
        text => decoded(text, what).map(Some),
    };
    Ok(Login {
        user: part(user, "the user's name")?,
        password: part(password, "the password")?,
    })
}

fn hosts_of(text: &str, default_port: u16) -> Result<Vec<HostPort>, String> {
    let hosts: Vec<&str> = text.split(',').collect();
    let several = hosts.len() > 1;
    hosts
        .into_iter()
        .enumerate()
        .map(|(at, host)| {
            let whose = if several {
                format!("host {}", at + 1)
            } else {
                "the host".to_owned()
            };
            host_port(host.trim(), default_port).map_err(|what| format!("{whose} {what}"))
        })
        .collect()
}

fn host_port(text: &str, default_port: u16) -> Result<HostPort, &'static str> {
    let (host, port) = match text.strip_prefix('[') {
        Some(address) => address
            .split_once(']')
            .ok_or("has a `[` without a `]`")
            .map(|(host, after)| (host, after.strip_prefix(':')))?,
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err("is missing");
    }
    let is_part_of_host = |letter: char| letter.is_ascii_alphanumeric() || "._-:".contains(letter);
    if !host.chars().all(is_part_of_host) {
        return Err("holds a letter that no host has");
    }
    let port = port.map_or(Some(default_port), |port| {
        port.parse().ok().filter(|port| *port > 0)
    });
    Ok(HostPort {
        host: host.to_owned(),
        port: port
            .ok_or("has a port that is not a number of 1 to 65535 (is the `@` behind a password missing?)")?,
    })
}

fn number(database: &str) -> Result<i64, String> {
    if database.is_empty() {
        return Ok(0);
    }
    database
        .parse()
        .ok()
        .filter(|number| *number >= 0)
        .ok_or_else(|| "the database is not a number such as 0".to_owned())
}

fn parameters(query: &str) -> Result<BTreeMap<String, String>, String> {
    let mut parameters = BTreeMap::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let Some((name, value)) = parameter.split_once('=') else {
            return Err("a parameter behind `?` has no `=`".to_owned());
        };
        if parameters
            .insert(name.to_owned(), decoded(value, "a parameter behind `?`")?)
            .is_some()
        {
            return Err("a parameter behind `?` stands there twice".to_owned());
        }
    }
    Ok(parameters)
}

fn decoded(text: &str, what: &str) -> Result<String, String> {
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(format!("{what} is not UTF-8 once it is percent-decoded")),
    }
}

#[cfg(test)]
mod tests;
