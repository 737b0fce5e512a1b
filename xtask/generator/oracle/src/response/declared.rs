//! What an operation declares of its responses.

use fastrand::Rng;
use serde_json::{Value, json};

use super::header::Header;
use crate::Judges;
use crate::instance::Maker;
use crate::request::content::{Form, MadeBody};
use crate::request::operation::{Operation, escape, resolved};

/// A declared response.
pub(super) struct Declared<'a> {
    pub(super) key: String,
    pub(super) headers: Vec<Header<'a>>,
    /// Whether there is `content` for it.
    has_content: bool,
    /// Whether one of the media types stands for several.
    has_range: bool,
    forms: Vec<Form<'a>>,
}

/// The responses of an operation, each with its key and the pointer to where it stands.
pub(super) fn listed<'a>(responses: &'a Value, operation: &Operation<'_>) -> Vec<(&'a str, String)> {
    let list = format!("{}/responses", operation.pointer);
    let members = responses.pointer(&list).and_then(Value::as_object);
    let members = members.into_iter().flatten();
    members
        .filter(|(key, _)| !key.starts_with("x-"))
        .map(|(key, value)| {
            let (pointer, _) = resolved(responses, format!("{list}/{}", escape(key)), value);
            (key.as_str(), pointer)
        })
        .collect()
}

impl<'a> Declared<'a> {
    /// Reads the response at a pointer; why not, where that is not done here.
    pub(super) fn read(
        responses: &'a Value,
        judges: &Judges,
        pointer: &str,
        key: &str,
    ) -> Result<Self, String> {
        let response = responses.pointer(pointer).ok_or("no description")?;
        let members = |name: &str| {
            response
                .get(name)
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
        };
        let mut headers = Vec::new();
        // `Content-Type` is what `content` says (OpenAPI 3.0.3 §4.7.17.1).
        for (name, value) in members("headers").filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
        {
            let at = format!("{pointer}/headers/{}", escape(name));
            let (at, _) = resolved(responses, at, value);
            headers.push(Header::read(responses, judges, &at, name)?);
        }
        let mut forms = Vec::new();
        for (media_type, _) in members("content") {
            let at = format!("{pointer}/content/{}", escape(media_type));
            forms.extend(Form::read_range(responses, judges, &at, media_type)?);
        }
        let has_content = members("content").next().is_some();
        if has_content && forms.is_empty() {
            return Err("a body of which no media type can be written here".to_owned());
        }
        Ok(Self {
            key: key.to_owned(),
            headers,
            has_content,
            has_range: members("content").any(|(media_type, _)| media_type.contains('*')),
            forms,
        })
    }

    /// A body that is meant to be as declared, or not to be; none where nothing of the kind can be written.
    pub(super) fn body(&self, maker: &mut Maker<'_>, is_broken: bool) -> Option<MadeBody> {
        let absent = || MadeBody {
            bytes: None,
            is_valid: Some(!self.has_content),
            told: json!({"body": "absent"}),
        };
        let wrong = |media_type: &str, bytes: &[u8], what: &str| MadeBody {
            bytes: Some((media_type.to_owned(), bytes.to_vec())),
            is_valid: Some(false),
            told: json!({ "body": what }),
        };
        let Some(form) = maker.random.choice(&self.forms) else {
            return Some(if is_broken {
                wrong("text/plain", b"x", "a body where none is declared")
            } else {
                absent()
            });
        };
        match maker.random.u8(..12) {
            0 if is_broken => return Some(absent()),
            1 if is_broken && !self.has_range => {
                return Some(wrong("application/x-unheard-of", b"x", "of another media type"));
            }
            2 if is_broken && form.is_json() => return Some(wrong(form.media_type(), b"{\"a\":", "no JSON")),
            3 if is_broken && form.is_json() => {
                return Some(wrong(form.media_type(), b"", "nothing, said to be JSON"));
            }
            _ => {}
        }
        form.make(maker, is_broken)
    }
}

/// The statuses that an operation declares.
#[derive(Debug, Default)]
pub(super) struct Statuses {
    exact: Vec<u16>,
    /// The first digits of ranges such as `4XX`.
    hundreds: Vec<u16>,
    has_default: bool,
}

/// The hundred that a key such as `4XX` stands for.
fn hundred(key: &str) -> Option<u16> {
    let digit = key.strip_suffix("XX").or_else(|| key.strip_suffix("xx"))?;
    digit.parse().ok()
}

impl Statuses {
    pub(super) fn add(&mut self, key: &str) {
        self.has_default |= key == "default";
        self.exact.extend(key.parse::<u16>());
        self.hundreds.extend(hundred(key));
    }

    /// A status of the response with this key; none where others leave it none.
    pub(super) fn of(&self, key: &str, random: &mut Rng) -> Option<u16> {
        if let Ok(exact) = key.parse() {
            return Some(exact);
        }
        let hundred = hundred(key);
        let is_own = |status: &u16| match hundred {
            Some(hundred) => status / 100 == hundred && !self.exact.contains(status),
            None => !self.is_listed(*status),
        };
        let statuses: Vec<u16> = (100..600).filter(is_own).collect();
        random.choice(statuses)
    }

    /// A status that is none of those; none where every one is.
    pub(super) fn undeclared(&self, random: &mut Rng) -> Option<u16> {
        let statuses: Vec<u16> = (100..600).filter(|status| !self.is_listed(*status)).collect();
        random.choice(statuses).filter(|_| !self.has_default)
    }

    /// Whether a status is declared by itself or by its range.
    fn is_listed(&self, status: u16) -> bool {
        self.exact.contains(&status) || self.hundreds.contains(&(status / 100))
    }
}
