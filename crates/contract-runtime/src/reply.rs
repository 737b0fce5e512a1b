//! A response on its way out.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;
use poem::http::{HeaderName, HeaderValue, StatusCode};

/// The frames of a `text/event-stream` body, each already in its wire form.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static>>;

/// A body.
pub enum ReplyBody {
    /// None.
    Empty,
    /// All of it.
    Full(Bytes),
    /// As it comes.
    Stream(EventStream),
}

impl From<Bytes> for ReplyBody {
    fn from(bytes: Bytes) -> Self {
        Self::Full(bytes)
    }
}

impl From<Vec<u8>> for ReplyBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Full(bytes.into())
    }
}

impl From<String> for ReplyBody {
    fn from(text: String) -> Self {
        Self::Full(text.into())
    }
}

impl From<EventStream> for ReplyBody {
    fn from(stream: EventStream) -> Self {
        Self::Stream(stream)
    }
}

impl std::fmt::Debug for ReplyBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => formatter.write_str("Empty"),
            Self::Full(bytes) => write!(formatter, "Full({} bytes)", bytes.len()),
            Self::Stream(_) => formatter.write_str("Stream"),
        }
    }
}

/// A reply as it is kept for repetitions of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedReply {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl From<RecordedReply> for Reply {
    fn from(recorded: RecordedReply) -> Self {
        Self {
            status: recorded.status,
            headers: recorded.headers,
            body: ReplyBody::Full(recorded.body),
        }
    }
}

/// Status, headers and body before they become poem's response.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: ReplyBody,
}

impl Reply {
    /// A reply without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: ReplyBody::Empty,
        }
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn json(mut self, media_type: &str, body: &impl serde::Serialize) -> Self {
        self.headers
            .push(("content-type".to_owned(), media_type.to_owned()));
        // Models are plain data with string keys, for which serde_json has no failure.
        self.body = ReplyBody::Full(serde_json::to_vec(body).unwrap_or_default().into());
        self
    }

    /// The same with a text body.
    #[must_use]
    pub fn text(self, media_type: &str, body: String) -> Self {
        self.body(media_type, body)
    }

    /// The same with a body that is a single value, as text.
    #[must_use]
    pub fn value(self, media_type: &str, body: &impl serde::Serialize) -> Self {
        let text = serde_json::to_value(body).map(|value| text_of(&value, false));
        self.body(media_type, text.unwrap_or_default())
    }

    /// The same with a body of bytes, all at once or as they come.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<ReplyBody>) -> Self {
        self.headers
            .push(("content-type".to_owned(), media_type.to_owned()));
        self.body = body.into();
        self
    }

    /// The same with a header whose value is that of a schema, in the style `simple` (OpenAPI 3.0.3 §4.7.12.3). Of a list in
    /// `Set-Cookie` each item is a field of its own: a comma does not part cookies (RFC 9110 §5.3).
    #[must_use]
    pub fn header_value(self, name: &str, value: &impl serde::Serialize, explode: bool) -> Self {
        match serde_json::to_value(value) {
            Ok(serde_json::Value::Null) | Err(_) => self,
            Ok(serde_json::Value::Array(items)) if is_set_cookie(name) => {
                let with_item = |reply: Self, item| reply.header(name, text_of(item, explode));
                items.iter().fold(self, with_item)
            }
            Ok(value) => self.header(name, text_of(&value, explode)),
        }
    }

    /// The same with a header whose value is JSON.
    #[must_use]
    pub fn header_json(self, name: &str, value: &impl serde::Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(serde_json::Value::Null) | Err(_) => self,
            Ok(value) => self.header(name, value.to_string()),
        }
    }

    /// The same with a streamed body.
    #[must_use]
    pub fn stream(mut self, media_type: &str, body: EventStream) -> Self {
        self.headers
            .push(("content-type".to_owned(), media_type.to_owned()));
        self.body = ReplyBody::Stream(body);
        self
    }

    /// The same with a header, beside those of its name that it has.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// The same with a header, where there is a value for it.
    #[must_use]
    pub fn header_if(self, name: &str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// What is recorded of it; a stream has no body that could be recorded.
    #[must_use]
    pub fn record(&self) -> RecordedReply {
        let body = match &self.body {
            ReplyBody::Full(bytes) => bytes.clone(),
            ReplyBody::Empty | ReplyBody::Stream(_) => Bytes::new(),
        };
        RecordedReply {
            status: self.status,
            headers: self.headers.clone(),
            body,
        }
    }

    /// Poem's response. A header value that HTTP cannot carry is left out.
    #[must_use]
    pub fn into_response(self) -> poem::Response {
        let mut response = poem::Response::default();
        response.set_status(StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value))
            {
                response.headers_mut().append(name, value);
            }
        }
        match self.body {
            ReplyBody::Empty => {}
            ReplyBody::Full(bytes) => response.set_body(bytes),
            ReplyBody::Stream(stream) => response.set_body(poem::Body::from_bytes_stream(stream)),
        }
        response
    }
}

/// Whether a header is the one that may come more than once although it is no list.
pub(crate) fn is_set_cookie(name: &str) -> bool {
    name.eq_ignore_ascii_case("set-cookie")
}

/// The text of a value in the style `simple`: the items of a list with commas between, the members of an object as `key,value`, or as
/// `key=value` where it explodes.
fn text_of(value: &serde_json::Value, explode: bool) -> String {
    use serde_json::Value;
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| text_of(item, explode)).collect();
            items.join(",")
        }
        Value::Object(members) => {
            let between = if explode { '=' } else { ',' };
            let member = |(key, value)| format!("{key}{between}{}", text_of(value, explode));
            members.iter().map(member).collect::<Vec<_>>().join(",")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(reply: Reply, name: &str) -> Vec<String> {
        let response = reply.into_response();
        let values = response.headers().get_all(name).iter();
        values.map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn headers_of_one_name_are_all_sent() {
        let reply = Reply::new(401)
            .header("WWW-Authenticate", "Basic")
            .header("www-authenticate", "Bearer");
        assert_eq!(sent(reply, "www-authenticate"), ["Basic", "Bearer"]);
    }

    #[test]
    fn each_cookie_is_a_field() {
        let cookies = json!(["a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT", "b=2"]);
        let reply = Reply::new(200)
            .header_value("Set-Cookie", &cookies, false)
            .header_value("x-tags", &json!(["a", "b"]), false);
        assert_eq!(reply.headers.len(), 3);
        assert_eq!(
            sent(reply, "set-cookie"),
            ["a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT", "b=2"]
        );
    }
}
