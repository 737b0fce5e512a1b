//! Whether a reply is one that its operation declares.

use poem::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::choice::Choice;
use crate::guide::Guide;
use crate::reply::is_set_cookie;
use crate::style::{self, Coding, Unreadable};
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
    let value = header_value(name, header, headers);
    match value.map_err(|reason| undeclared(&format!("a header {name} that {reason}")))? {
        Some(value) => check_value(header.schema, value, &format!("a header {name}")),
        None if header.required => Err(undeclared(&format!("a response without the header {name}"))),
        None => Ok(()),
    }
}

fn header_value(name: &str, header: &Header, headers: &HeaderMap) -> Result<Option<Value>, Unreadable> {
    let guide = Guide::of_answer(header.schema);
    if header.content.is_none() && guide.is_array() && is_set_cookie(name) {
        let cookies = headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let items: Vec<Choice> = cookies
            .enumerate()
            .map(|(index, cookie)| guide.item(index).read(cookie))
            .collect::<Result<_, _>>()?;
        return Ok((!items.is_empty()).then(|| Choice::Items(items).settle(&guide)));
    }
    let text = if header.content.is_none() && !guide.is_scalar() {
        parameter::joined_header(name, headers)?
    } else {
        parameter::single_header(name, headers)?
    };
    let Some(text) = text else { return Ok(None) };
    let style = (Style::Simple, header.explode);
    let choice = match header.content {
        Some(media_type) if media::is_json(media_type) => json::parse_strict(text.as_bytes())
            .map(Choice::Value)
            .map_err(|_| "is not acceptable JSON")?,
        _ => style::read(&text, name, style, Coding::Plain, &guide)?,
    };
    Ok(Some(choice.settle(&guide)))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Keyword, Kind};

    const TEXT: Schema = Schema(&[Keyword::Type(&[Kind::String]), Keyword::MaxLength(9)]);
    const LIST: Schema = Schema(&[
        Keyword::Type(&[Kind::Array]),
        Keyword::Items(TEXT),
        Keyword::MaxItems(2),
    ]);
    static OPERATION: Operation = Operation {
        responses: &[&Response {
            headers: &[
                (
                    "Set-Cookie",
                    &Header {
                        schema: LIST,
                        required: true,
                        ..Header::NEW
                    },
                ),
                (
                    "Link",
                    &Header {
                        schema: LIST,
                        ..Header::NEW
                    },
                ),
                (
                    "ETag",
                    &Header {
                        schema: TEXT,
                        ..Header::NEW
                    },
                ),
            ],
            ..Response::NEW
        }],
        ..Operation::NEW
    };

    fn check(reply: &Reply, expected: Result<(), &str>) {
        let found = reply
            .check(&OPERATION)
            .map_err(|problem| problem.into_blank_reply("/"));
        let detail = found.map_err(|reply| match reply.body {
            ReplyBody::Full(bytes) => json::parse_strict(&bytes).unwrap()["detail"]
                .as_str()
                .unwrap()
                .to_owned(),
            ReplyBody::Empty | ReplyBody::Stream(_) => String::new(),
        });
        let expected = expected
            .map_err(|what| format!("The service answered what its contract does not declare: {what}."));
        assert_eq!(detail, expected);
    }

    #[test]
    fn headers_that_come_more_than_once_are_checked_together() {
        let cookie = || Reply::new(200).header_value("set-cookie", &json!(["a=1,2", "b=2"]), false);
        check(&cookie(), Ok(()));
        check(&cookie().header("link", "a").header("link", "b"), Ok(()));
        check(
            &cookie().header("set-cookie", "c"),
            Err("a header Set-Cookie that breaks its schema"),
        );
        check(
            &cookie().header("link", "a, b").header("link", "c"),
            Err("a header Link that breaks its schema"),
        );
        check(
            &cookie().header("etag", "a").header("etag", "b"),
            Err("a header ETag that was sent more than once"),
        );
        check(&Reply::new(200), Err("a response without the header Set-Cookie"));
    }
}
