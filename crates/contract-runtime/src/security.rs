//! Who calls, as far as a request shows: the credentials that a contract's security requirements ask for.
//!
//! The contract says in which ways callers may show who they are (OpenAPI 3.0.3 §4.7.27, §4.7.30). Here it is only found out whether
//! a request shows the credentials of one of them; whether they are to be believed is for the service to say.

use poem::http::{HeaderMap, header};

use crate::{Location, Operation, Problem, parameter};

/// How callers show who they are. Where tokens are had is in the overlay.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the contract's field of the same name")]
pub enum SecurityKind {
    ApiKey {
        location: Location,
        name: &'static str,
    },
    Http {
        scheme: &'static str,
        bearer_format: Option<&'static str>,
    },
    OAuth2,
    OpenIdConnect {
        url: &'static str,
    },
    MutualTls,
}

/// A security scheme.
#[derive(Debug)]
pub struct SecurityScheme {
    /// The component's name.
    pub name: &'static str,
    /// What it is, for a person.
    pub description: Option<&'static str>,
    /// What it is.
    pub kind: SecurityKind,
}

/// Security schemes that are needed together, each with the scopes that it must have; none where the caller may stay unknown.
#[derive(Debug, Clone, Copy)]
pub struct SecurityRequirement(pub &'static [(&'static SecurityScheme, &'static [&'static str])]);

/// That the client showed a certificate. Whoever ends TLS puts it into the request's extensions; `mutualTLS` asks for it.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// The certificate in its DER form.
    pub der: Vec<u8>,
}

/// What a request shows for one scheme.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// An API key.
    ApiKey(String),
    /// HTTP Basic authentication (RFC 7617).
    Basic {
        /// Who the caller claims to be.
        user: String,
        /// Their password.
        password: String,
    },
    /// A bearer token (RFC 6750): of the HTTP scheme, of OAuth 2.0, or of `OpenID` Connect.
    Bearer(String),
    /// What follows the name of any other HTTP authentication scheme.
    Http(String),
    /// A client certificate in its DER form.
    Certificate(Vec<u8>),
}

impl std::fmt::Debug for Secret {
    /// The kind alone: what is written to a log is read by others.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::ApiKey(_) => "ApiKey",
            Self::Basic { .. } => "Basic",
            Self::Bearer(_) => "Bearer",
            Self::Http(_) => "Http",
            Self::Certificate(_) => "Certificate",
        })
    }
}

/// What a request shows for a scheme of the requirement that it meets.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The scheme.
    pub scheme: &'static SecurityScheme,
    /// The scopes that the contract asks for.
    pub scopes: &'static [&'static str],
    /// What was shown.
    pub secret: Secret,
}

/// All that a request shows for the requirement that it meets; nothing where the caller may stay unknown and does.
#[derive(Debug, Clone, Default)]
pub struct Credentials(pub Vec<Credential>);

impl Credentials {
    /// What was shown for the scheme `name`.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&Credential> {
        self.0.iter().find(|credential| credential.scheme.name == name)
    }

    /// Whether the caller showed nothing.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.is_empty()
    }
}

/// What of a request is looked at for credentials.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: &'a str,
    pub(crate) certificate: Option<&'a ClientCertificate>,
}

impl Shown<'_> {
    /// The credentials of the first requirement of `operation` that is met. One that asks for nothing is met last.
    pub(crate) fn credentials(&self, operation: &Operation) -> Result<Credentials, Problem> {
        let mut requirements: Vec<_> = operation.security.iter().collect();
        requirements.sort_by_key(|requirement| requirement.0.is_empty());
        if requirements.is_empty() {
            return Ok(Credentials::default());
        }
        let met = requirements
            .iter()
            .find_map(|requirement| self.all_of(requirement));
        met.ok_or_else(|| unauthenticated(operation))
    }

    fn all_of(&self, requirement: &SecurityRequirement) -> Option<Credentials> {
        let credential = |(scheme, scopes): &(&'static SecurityScheme, &'static [&'static str])| {
            Some(Credential {
                scheme,
                scopes,
                secret: self.secret(&scheme.kind)?,
            })
        };
        let all: Option<Vec<Credential>> = requirement.0.iter().map(credential).collect();
        all.map(Credentials)
    }

    fn secret(&self, kind: &SecurityKind) -> Option<Secret> {
        match kind {
            SecurityKind::ApiKey { location, name } => {
                let key = match location {
                    Location::Header => parameter::single_header(name, self.headers).ok()?,
                    Location::Cookie => parameter::single_cookie(name, self.headers).ok()?,
                    Location::Query | Location::Path => parameter::single_query(name, self.query).ok()?,
                };
                key.filter(|key| !key.is_empty()).map(Secret::ApiKey)
            }
            SecurityKind::Http { scheme, .. } if scheme.eq_ignore_ascii_case("basic") => {
                basic(self.authorization(scheme)?)
            }
            SecurityKind::Http { scheme, .. } if !scheme.eq_ignore_ascii_case("bearer") => {
                Some(Secret::Http(self.authorization(scheme)?.to_owned()))
            }
            SecurityKind::Http { .. } | SecurityKind::OAuth2 | SecurityKind::OpenIdConnect { .. } => {
                Some(Secret::Bearer(self.authorization("bearer")?.to_owned()))
            }
            SecurityKind::MutualTls => Some(Secret::Certificate(self.certificate?.der.clone())),
        }
    }

    /// What follows the name of an authentication scheme in the only `Authorization` header.
    fn authorization(&self, scheme: &str) -> Option<&str> {
        let mut values = self.headers.get_all(header::AUTHORIZATION).iter();
        let text = values.next()?.to_str().ok()?;
        if values.next().is_some() {
            return None;
        }
        let (found, rest) = text.split_once(' ')?;
        let rest = rest.trim_matches(' ');
        (found.eq_ignore_ascii_case(scheme) && !rest.is_empty()).then_some(rest)
    }
}

fn basic(text: &str) -> Option<Secret> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(Secret::Basic {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

/// The refusal with a challenge for each scheme that would do (RFC 9110 §11.6.1).
fn unauthenticated(operation: &Operation) -> Problem {
    let mut challenges: Vec<String> = Vec::new();
    for (scheme, scopes) in operation.security.iter().flat_map(|requirement| requirement.0) {
        let challenge = challenge(scheme, scopes);
        if !challenges.contains(&challenge) {
            challenges.push(challenge);
        }
    }
    let detail = "The request lacks the credentials that this operation asks for.";
    Problem::named(operation.problems, "unauthenticated", detail)
        .with_header("www-authenticate", challenges.join(", "))
}

fn challenge(scheme: &SecurityScheme, scopes: &[&str]) -> String {
    let realm = quotable(scheme.name);
    let scope = match scopes {
        [] => String::new(),
        scopes => format!(", scope=\"{}\"", quotable(&scopes.join(" "))),
    };
    match &scheme.kind {
        SecurityKind::Http { scheme, .. } => format!("{} realm=\"{realm}\"{scope}", title_case(scheme)),
        SecurityKind::OAuth2 | SecurityKind::OpenIdConnect { .. } => {
            format!("Bearer realm=\"{realm}\"{scope}")
        }
        // There is no registered scheme for keys; what is sent tells a person which one is missing.
        SecurityKind::ApiKey { name, .. } => format!("ApiKey realm=\"{realm}\", name=\"{}\"", quotable(name)),
        SecurityKind::MutualTls => format!("Mutual realm=\"{realm}\""),
    }
}

fn title_case(scheme: &str) -> String {
    let mut characters = scheme.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// What can stand between quotation marks in a header.
fn quotable(text: &str) -> String {
    let is_plain = |character: &char| matches!(character, ' '..='~') && !matches!(character, '"' | '\\');
    text.chars().filter(is_plain).collect()
}
