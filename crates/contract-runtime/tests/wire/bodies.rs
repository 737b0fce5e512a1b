use std::io;

use contract_runtime::{MediaType, Operation};
use futures_util::stream;
use serde_json::{Value, json};

use crate::echo::{send, taking};

const OPTIONAL: Operation = taking(false, &[MediaType::JSON]);
const REQUIRED: Operation = taking(true, &[MediaType::JSON]);
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

fn pieces(pieces: Vec<io::Result<&'static str>>) -> poem::Body {
    poem::Body::from_bytes_stream(stream::iter(pieces))
}

#[tokio::test]
async fn a_body_that_is_not_sent_is_of_no_media_type() {
    for headers in [&[FORM][..], &[JSON, ("content-encoding", "gzip")], &[]] {
        for body in [poem::Body::empty(), pieces(vec![]), pieces(vec![Ok("")])] {
            assert_eq!(*send(&OPTIONAL, headers, body).await.body(), Value::Null);
        }
    }
    let detail = (415, "The body must be sent as application/json.".to_owned());
    assert_eq!(send(&OPTIONAL, &[FORM], "a").await.refusal(), detail);
    assert_eq!(
        send(&OPTIONAL, &[FORM], pieces(vec![Ok(""), Ok("a")]))
            .await
            .refusal(),
        detail
    );
    assert_eq!(send(&REQUIRED, &[FORM], "").await.refusal(), detail);
}

#[tokio::test]
async fn a_content_coding_is_refused_as_what_it_is() {
    for coding in ["gzip", "identity, br", "IDENTITY;q=1"] {
        for (operation, content_type) in [(&REQUIRED, JSON), (&OPTIONAL, FORM)] {
            let told = send(operation, &[content_type, ("content-encoding", coding)], "{}").await;
            let detail = "The body must be sent without a content coding.".to_owned();
            assert_eq!(told.refusal(), (415, detail), "{coding}");
            assert_eq!(told.headers["accept-encoding"], "identity");
        }
    }
    for coding in ["Identity", "identity, IDENTITY", ""] {
        let told = send(&REQUIRED, &[JSON, ("content-encoding", coding)], "{}").await;
        assert_eq!(*told.body(), json!({}), "{coding}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_refused_as_late_or_broken() {
    let late = || io::Error::from(io::ErrorKind::TimedOut);
    let broken = || io::Error::from(io::ErrorKind::ConnectionReset);
    let told = send(&REQUIRED, &[JSON], pieces(vec![Ok("{"), Err(late())])).await;
    assert_eq!(
        told.refusal(),
        (408, "The body did not arrive in time.".to_owned())
    );
    assert_eq!(told.headers["connection"], "close");
    let told = send(&REQUIRED, &[JSON], pieces(vec![Ok("{"), Err(broken())])).await;
    assert_eq!(
        told.refusal(),
        (400, "The body did not arrive completely.".to_owned())
    );
}
