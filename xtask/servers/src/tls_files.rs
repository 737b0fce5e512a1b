//! Certificates for servers on 127.0.0.1, by an authority that nobody else knows.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use tempfile::TempDir;

/// An authority, and a certificate with its key for 127.0.0.1 and for clients, as files; they go with this value.
pub struct TlsFiles {
    folder: TempDir,
}

impl TlsFiles {
    /// Makes them.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rollcall-tls-")
            .tempdir()
            .expect("make a folder");
        let (authority_key, key) = (
            KeyPair::generate().expect("a key"),
            KeyPair::generate().expect("a key"),
        );
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority
            .distinguished_name
            // Two authorities of one name would be told apart by their signatures only.
            .push(
                DnType::CommonName,
                format!("Authority of {}", folder.path().display()),
            );
        let authority_certificate = authority.self_signed(&authority_key).expect("a certificate");
        let issuer = Issuer::new(authority, authority_key);
        let mut certificate = CertificateParams::default();
        certificate.subject_alt_names = vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST))];
        let signed = certificate.signed_by(&key, &issuer).expect("a certificate");
        let files = Self { folder };
        for (path, text) in [
            (files.authority(), authority_certificate.pem()),
            (files.certificate(), signed.pem()),
            (files.key(), key.serialize_pem()),
        ] {
            fs::write(path, text).expect("write a file");
        }
        files
    }

    /// The authority's certificate.
    pub fn authority(&self) -> PathBuf {
        self.path().join("ca.pem")
    }

    /// The certificate of server and client.
    pub fn certificate(&self) -> PathBuf {
        self.path().join("cert.pem")
    }

    /// Its key.
    pub fn key(&self) -> PathBuf {
        self.path().join("key.pem")
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Default for TlsFiles {
    fn default() -> Self {
        Self::new()
    }
}
