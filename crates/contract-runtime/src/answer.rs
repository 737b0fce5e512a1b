//! Whether a reply is one that its operation declares.

use poem::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::choice::Choice;
use crate::guide::Guide;
use crate::style::{self, Coding};
use crate::{
    ContentForm, Direction, Header, MediaType, Operation, Problem, Reply, ReplyBody, Response, Schema, Style,
    json, media, parameter,
};

impl Reply {
    /// Refuses a status that the operation does not declare: a range or the default takes any number, but not every one is theirs.
    pub(crate) fn check_status(&self, operation: &Operation) -> Result<&'static Response, Problem> {
        operation
            .response(self.status)
            .ok_or_else(|| undeclared(&format!("the status {}", self.status)))
    }

    /// Holds the reply against what its operation declares for its status: headers, media type, and body.
    pub(crate) fn check(&self, operation: &Operation) -> Result<(), Problem> {
        let response = self.check_status(operation)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(value);
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), value) {
                headers.append(name, value);
            }
        }
        for (name, header) in response.headers.iter().filter(|(name, _)| !is_ruled(name)) {
            check_header(name, header, &headers)?;
        }
        let sent = parameter::single_header("content-type", &headers).unwrap_or_default();
        let declared = sent.and_then(|sent| media::declared(&sent, response.media_types));
        match (declared, &self.body) {
            (Some(media_type), ReplyBody::Full(bytes)) => check_body(media_type, bytes),
            (Some(_), _) => Ok(()),
            (None, ReplyBody::Empty) if response.media_types.is_empty() => Ok(()),
            (None, _) => Err(undeclared(&format!(
                "the media type of a response {}",
                response.key
            ))),
        }
    }
}

/// `Content-Type` is what `content` says, whatever stands under `headers` (OpenAPI 3.0.3 §4.7.17.1).
fn is_ruled(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-type")
}

fn undeclared(what: &str) -> Problem {
    Problem::of_status(
        500,
        format!("The service answered what its contract does not declare: {what}."),
    )
}

fn check_header(name: &str, header: &Header, headers: &HeaderMap) -> Result<(), Problem> {
    let Ok(Some(text)) = parameter::single_header(name, headers) else {
        return if header.required {
            Err(undeclared(&format!("a response without the header {name}")))
        } else {
            Ok(())
        };
    };
    let guide = Guide::of_answer(header.schema);
    let choice = match header.content {
        Some(media_type) if media::is_json(media_type) => json::parse_strict(text.as_bytes())
            .map(Choice::Value)
            .map_err(|_| "is not acceptable JSON"),
        _ => style::read(
            &text,
            name,
            (Style::Simple, header.explode),
            Coding::Plain,
            &guide,
        ),
    };
    let choice = choice.map_err(|reason| undeclared(&format!("a header {name} that {reason}")))?;
    check_value(header.schema, choice.settle(&guide), &format!("a header {name}"))
}

fn check_body(media_type: &MediaType, bytes: &[u8]) -> Result<(), Problem> {
    let value = match media_type.form {
        ContentForm::Json => {
            json::parse_strict(bytes).map_err(|_| undeclared("a body that is not acceptable JSON"))?
        }
        ContentForm::Text => {
            let text = String::from_utf8_lossy(bytes);
            let guide = Guide::of_answer(media_type.schema);
            let choice = guide.read(&text);
            choice
                .map_err(|reason| undeclared(&format!("a body that {reason}")))?
                .settle(&guide)
        }
        _ => return Ok(()),
    };
    check_value(media_type.schema, value, "a body")
}

fn check_value(schema: Schema, mut value: Value, what: &str) -> Result<(), Problem> {
    let violations = schema.check_in(Direction::Response, &mut value);
    if violations.is_empty() {
        return Ok(());
    }
    Err(undeclared(&format!("{what} that breaks its schema")).with_violations(&violations))
}
