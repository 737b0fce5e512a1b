//! The sequence, as data.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;

/// The tenants of one run.
#[derive(Debug)]
pub(super) struct Tenants {
    pub(super) own: String,
    pub(super) other: String,
}

/// A UUID that no server has given to anything.
const UNKNOWN: &str = "01a05be0-0d42-7c33-9f40-2b7a6e8d0c11";

/// What the path names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// The tenant's schools.
    Schools,
    /// The schools of a tenant that nobody has made.
    SchoolsOfNobody,
    /// The schools of what is no UUID.
    SchoolsOfNonsense,
    /// The first school that was made.
    School,
    /// The same under another tenant.
    SchoolElsewhere,
    /// A school that nobody has made.
    SchoolOfNobody,
    /// A school whose id is no UUID.
    SchoolOfNonsense,
}

/// What `X-Tenant-Id` says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Header {
    /// The tenant of the path.
    Same,
    /// Another tenant.
    Other,
    /// There is none.
    Missing,
    /// No UUID.
    Nonsense,
    /// The tenant of the path, twice.
    Twice,
}

/// One request.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    place: Place,
    header: Header,
    key: Option<&'static str>,
    media_type: &'static str,
    /// A body makes it a POST.
    body: Option<&'static str>,
    correlation: Option<&'static str>,
}

const fn get(name: &'static str, place: Place, header: Header) -> Step {
    Step {
        name,
        place,
        header,
        key: None,
        media_type: "",
        body: None,
        correlation: None,
    }
}

const fn post(name: &'static str, key: &'static str, body: &'static str) -> Step {
    Step {
        name,
        place: Place::Schools,
        header: Header::Same,
        key: Some(key),
        media_type: "application/json",
        body: Some(body),
        correlation: None,
    }
}

const FULL: &str = r#"{"name":"  Lincoln Elementary School ","identifier":"NF-014","gradeLevels":["KG","01"],
    "timeZone":"America/Chicago","externalRefs":{"nces":"270000100014","state-id":"MN-0659-014"}}"#;
const FULL_REORDERED: &str = r#"{"externalRefs":{"state-id":"MN-0659-014","nces":"270000100014"},"timeZone":"America/Chicago",
    "identifier":"NF-014","gradeLevels":["KG","01"],"name":"  Lincoln Elementary School "}"#;
const MINIMAL: &str = r#"{"name":"Harbor High School"}"#;
const BROKEN_EVERYWHERE: &str = r#"{"name":"","identifier":"-","gradeLevels":["XX"],"timeZone":"Nowhere/Town",
    "externalRefs":{"nces":""},"colour":"red"}"#;

pub(super) const STEPS: &[Step] = &[
    post("every member", "full", FULL),
    post("a repetition", "full", FULL),
    post("a repetition in another order", "full", FULL_REORDERED),
    post("a key for another request", "full", MINIMAL),
    post("a name alone", "minimal", MINIMAL),
    post("a taken name", "taken", r#"{"name":"LINCOLN elementary school"}"#),
    post(
        "a taken name again",
        "taken",
        r#"{"name":"LINCOLN elementary school"}"#,
    ),
    post(
        "a taken identifier",
        "identifier",
        r#"{"name":"Another","identifier":"NF-014"}"#,
    ),
    post(
        "a name beyond ASCII",
        "umlaut",
        r#"{"name":"Schule am Müggelsee"}"#,
    ),
    post("no name", "invalid", "{}"),
    post("every member broken", "invalid", BROKEN_EVERYWHERE),
    post("a null", "invalid", r#"{"name":"Null School","identifier":null}"#),
    post("a number for a text", "invalid", r#"{"name":7}"#),
    post("a blank name", "invalid", r#"{"name":" \u3000 "}"#),
    post("a control character", "invalid", r#"{"name":"a\u0007b"}"#),
    post(
        "a grade level twice",
        "invalid",
        r#"{"name":"Twice","gradeLevels":["KG","KG"]}"#,
    ),
    post(
        "an external system with a capital",
        "invalid",
        r#"{"name":"Capital","externalRefs":{"NCES":"1"}}"#,
    ),
    post("an array for an object", "invalid", "[]"),
    post("malformed JSON", "malformed", r#"{"name":"#),
    post("no body", "malformed", ""),
    post("a key with a space", "a key", MINIMAL),
    Step {
        key: None,
        ..post("no key", "", MINIMAL)
    },
    Step {
        media_type: "text/plain",
        ..post("another media type", "media", MINIMAL)
    },
    Step {
        header: Header::Missing,
        ..post("no tenant header", "header", MINIMAL)
    },
    Step {
        header: Header::Nonsense,
        ..post("a tenant header that is no UUID", "header", MINIMAL)
    },
    Step {
        header: Header::Twice,
        ..post("two tenant headers", "header", MINIMAL)
    },
    Step {
        header: Header::Other,
        ..post("a header for another tenant", "header", MINIMAL)
    },
    Step {
        header: Header::Other,
        ..post("a header for another tenant and a broken body", "header", "{}")
    },
    Step {
        place: Place::SchoolsOfNobody,
        ..post("an unknown tenant", "nobody", MINIMAL)
    },
    Step {
        place: Place::SchoolsOfNonsense,
        ..post("a tenant that is no UUID", "nonsense", MINIMAL)
    },
    Step {
        correlation: Some("01a05be0-0d10-7d5c-b2a8-13f6e07c9d44"),
        ..post("a correlation id", "correlation", r#"{"name":"Correlated"}"#)
    },
    Step {
        correlation: Some("nonsense"),
        ..post("a correlation id that is no UUID", "correlation", MINIMAL)
    },
    get("a school", Place::School, Header::Same),
    get("a school of another tenant", Place::SchoolElsewhere, Header::Same),
    get("an unknown school", Place::SchoolOfNobody, Header::Same),
    get("a school that is no UUID", Place::SchoolOfNonsense, Header::Same),
    get("a school for no tenant", Place::School, Header::Missing),
    get("a school for another tenant", Place::School, Header::Other),
];

/// A tenant to begin with.
pub(super) fn tenant_request(key: &str) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::from(format!(r#"{{"name":"{key}"}}"#)));
    *request.method_mut() = hyper::Method::POST;
    *request.uri_mut() = hyper::Uri::from_static("/api/v1/tenants");
    set(&mut request, "content-type", "application/json");
    set(&mut request, "idempotency-key", key);
    request
}

pub(super) fn request_of(
    step: &Step,
    tenants: &Tenants,
    school: Option<&str>,
    run: u64,
) -> Request<Full<Bytes>> {
    let (tenant, path) = path_of(step.place, tenants, school.unwrap_or(UNKNOWN));
    let mut request = Request::new(Full::from(step.body.unwrap_or_default()));
    if step.body.is_some() {
        *request.method_mut() = hyper::Method::POST;
        set(&mut request, "content-type", step.media_type);
    }
    // The paths are of fixed text and of ids that a server gave; one that is none goes to the root and is told apart there.
    *request.uri_mut() = path.parse().unwrap_or_default();
    if let Some(key) = step.key {
        set(&mut request, "idempotency-key", &format!("{key}-{run}"));
    }
    if let Some(correlation) = step.correlation {
        set(&mut request, "x-correlation-id", correlation);
    }
    match step.header {
        Header::Same => set(&mut request, "x-tenant-id", tenant),
        Header::Other => set(&mut request, "x-tenant-id", &tenants.other),
        Header::Nonsense => set(&mut request, "x-tenant-id", "nonsense"),
        Header::Missing => {}
        Header::Twice => {
            set(&mut request, "x-tenant-id", tenant);
            set(&mut request, "x-tenant-id", tenant);
        }
    }
    request
}

/// The tenant that a place belongs to, and its path.
fn path_of<'a>(place: Place, tenants: &'a Tenants, school: &str) -> (&'a str, String) {
    let (tenant, rest) = match place {
        Place::Schools => (tenants.own.as_str(), String::new()),
        Place::SchoolsOfNobody => (UNKNOWN, String::new()),
        Place::SchoolsOfNonsense => ("nonsense", String::new()),
        Place::School => (tenants.own.as_str(), format!("/{school}")),
        Place::SchoolElsewhere => (tenants.other.as_str(), format!("/{school}")),
        Place::SchoolOfNobody => (tenants.own.as_str(), format!("/{UNKNOWN}")),
        Place::SchoolOfNonsense => (tenants.own.as_str(), "/nonsense".to_owned()),
    };
    // For a path that is no UUID, any UUID will do in the header.
    let in_header = if tenant == "nonsense" { UNKNOWN } else { tenant };
    (in_header, format!("/api/v1/tenants/{tenant}/schools{rest}"))
}

fn set(request: &mut Request<Full<Bytes>>, name: &'static str, value: &str) {
    if let Ok(value) = value.parse() {
        request.headers_mut().append(name, value);
    }
}
