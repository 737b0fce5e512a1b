//! Clients of single servers, with what the URL says of logins and certificates.

use std::path::Path;

use redis::{
    Client, ClientTlsConfig, ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo, RedisError,
    TlsCertificates,
};

use super::SinkError;
use super::url::{BrokerUrl, HostPort, Login, TlsFiles};

/// Makes clients; connects to nothing.
#[derive(Clone)]
pub(super) struct Dialer {
    login: Login,
    database: i64,
    tls: Option<TlsCertificates>,
}

impl Dialer {
    /// To the servers behind `url`. Reads the files that it names.
    pub(super) fn to_servers(url: &BrokerUrl) -> Result<Self, SinkError> {
        Ok(Self {
            login: url.login.clone(),
            database: url.database,
            tls: url.tls.as_ref().map(certificates).transpose()?,
        })
    }

    /// The same to the sentinels, who have a login of their own.
    pub(super) fn to_sentinels(&self, url: &BrokerUrl) -> Self {
        Self {
            login: url.sentinel_login.clone(),
            database: 0,
            tls: self.tls.clone(),
        }
    }

    /// A client of the server there.
    pub(super) fn client(&self, at: &HostPort) -> Result<Client, SinkError> {
        let (host, port) = (at.host.clone(), at.port);
        let address = match &self.tls {
            None => ConnectionAddr::Tcp(host, port),
            Some(_) => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            },
        };
        self.client_of(address)
    }

    /// A client of the server behind a socket in the file system.
    pub(super) fn client_of_socket(&self, path: &Path) -> Result<Client, SinkError> {
        self.client_of(ConnectionAddr::Unix(path.to_owned()))
    }

    fn client_of(&self, address: ConnectionAddr) -> Result<Client, SinkError> {
        let unusable = |error: RedisError| SinkError::Url(error.to_string());
        let mut settings = RedisConnectionInfo::default()
            .set_db(self.database)
            .set_lib_name("rollcall", env!("CARGO_PKG_VERSION"));
        if let Some(user) = &self.login.user {
            settings = settings.set_username(user);
        }
        if let Some(password) = &self.login.password {
            settings = settings.set_password(password);
        }
        let info = address.into_connection_info().map_err(unusable)?;
        // Without this, Nagle's algorithm and delayed acknowledgement can hold a small batch for 40 ms.
        let tcp_settings = info.tcp_settings().clone().set_nodelay(true);
        let info = info.set_tcp_settings(tcp_settings).set_redis_settings(settings);
        match &self.tls {
            None => Client::open(info),
            Some(certificates) => Client::build_with_tls(info, certificates.clone()),
        }
        .map_err(unusable)
    }
}

fn certificates(files: &TlsFiles) -> Result<TlsCertificates, SinkError> {
    let read = |path: &Path| {
        std::fs::read(path)
            .map_err(|error| SinkError::Url(format!("its file {} cannot be read: {error}", path.display())))
    };
    let root_cert = files.authorities.as_deref().map(read).transpose()?;
    if let (Some(path), Some(pem)) = (&files.authorities, &root_cert)
        && !pem
            .windows(b"-----BEGIN CERTIFICATE".len())
            .any(|part| part == b"-----BEGIN CERTIFICATE")
    {
        // An empty list of authorities would be taken, and then trust nobody.
        let path = path.display();
        return Err(SinkError::Url(format!(
            "its file {path} holds no certificate in PEM"
        )));
    }
    let client_tls = match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => Some(ClientTlsConfig {
            client_cert: read(certificate)?,
            client_key: read(key)?,
        }),
        _ => None,
    };
    Ok(TlsCertificates {
        client_tls,
        root_cert,
    })
}
