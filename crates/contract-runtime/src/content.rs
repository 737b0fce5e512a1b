//! A request's body, read as its media type says and checked against its schema.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::guide::Guide;
use crate::multipart::{self, FormError};
use crate::style::Coding;
use crate::{Body, ContentForm, Direction, MediaType, Multipart, Part, Problem, Violation, form, json};

/// Bytes and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The media type, with its parameters.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// What a body is before it has its type.
#[derive(Debug)]
enum Data {
    Value(Value),
    Multipart(Value, Vec<Part>),
    Bytes(Bytes),
}

/// A body that was read and checked.
#[derive(Debug)]
pub struct Content {
    index: usize,
    sent_as: String,
    data: Data,
}

impl Content {
    /// Reads `bytes` as the media type at `index` of `body`.
    pub(crate) async fn read(
        body: &Body,
        index: usize,
        content_type: String,
        bytes: Bytes,
    ) -> Result<Self, Problem> {
        let Some(media_type) = body.media_types.get(index) else {
            return Err(Problem::of_status(500, ""));
        };
        let data = Self::data(media_type, &content_type, bytes).await?;
        Ok(Self {
            index,
            sent_as: content_type,
            data,
        })
    }

    async fn data(media_type: &MediaType, content_type: &str, bytes: Bytes) -> Result<Data, Problem> {
        match media_type.form {
            ContentForm::Json => {
                let value = json::parse_strict(&bytes)
                    .map_err(|error| malformed(format!("The body is not acceptable JSON: {error}.")))?;
                checked(media_type, value).map(Data::Value)
            }
            ContentForm::Form => {
                let text = utf8(&bytes)?;
                let value = form::value_of(text, media_type, Direction::Request)
                    .map_err(|(property, reason)| unreadable(&property, reason))?;
                checked(media_type, value).map(Data::Value)
            }
            ContentForm::Multipart => {
                let parts = multipart::parts(content_type, bytes)
                    .await
                    .map_err(form_problem)?;
                let value =
                    multipart::value_of(&parts, media_type, Direction::Request).map_err(form_problem)?;
                let value = checked(media_type, value)?;
                Ok(Data::Multipart(value, parts))
            }
            ContentForm::Text => {
                let text = Coding::Plain.decode(utf8(&bytes)?).unwrap_or_default();
                let guide = Guide::of(media_type.schema);
                let choice = guide.read(&text).map_err(|reason| unreadable("", reason))?;
                checked(media_type, choice.settle(&guide)).map(Data::Value)
            }
            ContentForm::Opaque | ContentForm::EventStream => {
                utf8(&bytes)?;
                Ok(Data::Bytes(bytes))
            }
            ContentForm::Bytes => Ok(Data::Bytes(bytes)),
        }
    }

    /// Which of the declared media types it is of.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its value, where it has a schema that is checked.
    pub fn value<T: DeserializeOwned>(self) -> Result<T, Problem> {
        match self.data {
            Data::Value(value) | Data::Multipart(value, _) => decode(value),
            Data::Bytes(_) => Err(Problem::of_status(500, "")),
        }
    }

    /// A multipart form.
    pub fn multipart<T: DeserializeOwned>(self) -> Result<Multipart<T>, Problem> {
        match self.data {
            Data::Multipart(value, parts) => Ok(Multipart {
                value: decode(value)?,
                parts,
            }),
            Data::Value(_) | Data::Bytes(_) => Err(Problem::of_status(500, "")),
        }
    }

    /// Its text, where it is one that is not looked into.
    pub fn text(self) -> Result<String, Problem> {
        match self.data {
            Data::Bytes(bytes) => utf8(&bytes).map(str::to_owned),
            Data::Value(_) | Data::Multipart(..) => Err(Problem::of_status(500, "")),
        }
    }

    /// Its bytes and what they are.
    pub fn payload(self) -> Result<Payload, Problem> {
        let content_type = self.sent_as.clone();
        let bytes = self.bytes()?;
        Ok(Payload { content_type, bytes })
    }

    /// Its bytes.
    pub fn bytes(self) -> Result<Bytes, Problem> {
        match self.data {
            Data::Bytes(bytes) => Ok(bytes),
            Data::Value(_) | Data::Multipart(..) => Err(Problem::of_status(500, "")),
        }
    }
}

fn malformed(detail: String) -> Problem {
    Problem::of_status(400, detail)
}

fn utf8(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|_| malformed("The body is not valid UTF-8.".to_owned()))
}

/// A value that is no reading of its text is answered like one that breaks its schema: both are for the client to correct in the same
/// place.
fn unreadable(property: &str, reason: &str) -> Problem {
    let pointer = match property {
        "" => String::new(),
        name => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
    };
    invalid(&[Violation {
        pointer,
        keyword: "type",
        message: reason.to_owned(),
    }])
}

fn form_problem(error: FormError) -> Problem {
    match error {
        FormError::Malformed(reason) => malformed(format!("The body {reason}.")),
        FormError::Invalid(violations) => invalid(&violations),
    }
}

fn invalid(violations: &[Violation]) -> Problem {
    let detail = match violations.len() {
        1 => "The body breaks its schema in 1 place.".to_owned(),
        places => format!("The body breaks its schema in {places} places."),
    };
    Problem::of_status(422, detail).with_violations(violations)
}

fn checked(media_type: &MediaType, mut value: Value) -> Result<Value, Problem> {
    let violations = media_type.schema.check_in(Direction::Request, &mut value);
    if violations.is_empty() {
        Ok(value)
    } else {
        Err(invalid(&violations))
    }
}

fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| malformed(format!("The body cannot be read: {error}.")))
}
