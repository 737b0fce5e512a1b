//! Requests and the operations that they are for.

use super::*;
use crate::{Keyword, Kind, Literal, Parameter, Schema};

const fn get(path: &'static str, conditions: &'static [Condition]) -> Operation {
    Operation {
        path,
        conditions,
        ..Operation::NEW
    }
}

const fn query(name: &'static str, value: Option<&'static str>) -> Condition {
    Condition {
        location: Location::Query,
        name,
        value,
    }
}

static MINE: Operation = get("/pets/mine", &[]);
static PET: Operation = get("/pets/{id}", &[]);
static PET_TOYS: Operation = get("/pets/{petId}/toys", &[]);
static DELETE_PET: Operation = Operation {
    method: &Method::DELETE,
    ..get("/pets/{name}", &[])
};
static PETS: Operation = get("/pets/", &[]);
static FILE: Operation = get("/files/{name}.{extension}", &[]);
static SEARCH: Operation = get("/files/{name}:search", &[]);
static ROOT: Operation = get("/", &[]);
static LIST: Operation = get("/{bucket}", &[]);
static ACL: Operation = get("/{bucket}?acl", &[]);
static FLICKR: Operation = get("/rest?method=a.b&user={user}", &[]);
static UPLOAD: Operation = get("/{bucket}#upload", &[query("upload", None)]);
static ALL: &[&Operation] = &[
    &MINE,
    &PET,
    &PET_TOYS,
    &DELETE_PET,
    &PETS,
    &FILE,
    &SEARCH,
    &ROOT,
    &LIST,
    &ACL,
    &FLICKR,
    &UPLOAD,
];

fn find(method: &Method, uri: &str) -> Result<(&'static str, Vec<String>), NoMatch> {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let found = Paths::new(ALL).find(method, path, query, &HeaderMap::new())?;
    let values = found.values.iter().map(|(name, value)| format!("{name}={value}"));
    Ok((ALL[found.index].path, values.collect()))
}

fn check(uri: &str, template: &'static str, values: &[&str]) {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    assert_eq!(find(&Method::GET, uri), Ok((template, values)), "{uri}");
}

#[test]
fn text_comes_before_parameters() {
    check("/pets/mine", "/pets/mine", &[]);
    check("/pets/yours", "/pets/{id}", &["id=yours"]);
    check("/pets/mine/toys", "/pets/{petId}/toys", &["petId=mine"]);
    check("/", "/", &[]);
}

#[test]
fn a_slash_at_the_end_counts() {
    check("/pets/", "/pets/", &[]);
    check("/pets", "/{bucket}", &["bucket=pets"]);
    assert_eq!(find(&Method::GET, "/pets/mine/"), Err(NoMatch::NoPath));
    assert_eq!(find(&Method::GET, "//"), Err(NoMatch::NoPath));
}

#[test]
fn parameters_stand_within_parts() {
    check(
        "/files/a.b.c",
        "/files/{name}.{extension}",
        &["name=a", "extension=b.c"],
    );
    check(
        "/files/a%2Eb.c",
        "/files/{name}.{extension}",
        &["name=a%2Eb", "extension=c"],
    );
    check("/files/a.b:search", "/files/{name}:search", &["name=a.b"]);
    check("/files/a%3Asearch", "/files/{name}:search", &["name=a"]);
    assert_eq!(find(&Method::GET, "/files/.c"), Err(NoMatch::NoPath));
}

#[test]
fn an_encoded_slash_is_no_slash_and_encoded_text_is_text() {
    check("/pets/a%2Fb", "/pets/{id}", &["id=a%2Fb"]);
    check("/p%65ts/mine", "/pets/mine", &[]);
}

#[test]
fn conditions_tell_operations_of_one_path_apart() {
    check("/b", "/{bucket}", &["bucket=b"]);
    check("/b?acl", "/{bucket}?acl", &["bucket=b"]);
    check("/b?acl=&x=1", "/{bucket}?acl", &["bucket=b"]);
    check("/b?upload=7", "/{bucket}#upload", &["bucket=b"]);
    check(
        "/rest?user=u+v&method=a.b",
        "/rest?method=a.b&user={user}",
        &["user=u%20v"],
    );
}

#[test]
fn an_operation_whose_conditions_do_not_hold_is_met_where_there_is_no_other() {
    check("/rest?method=other", "/{bucket}", &["bucket=rest"]);
}

/// What stands in a template's query is a part of its path; what else is asked for may be missing.
#[test]
fn an_operation_whose_constants_are_there_is_the_one_that_is_meant() {
    static OPEN: Operation = get("/call", &[]);
    static LOOK: Operation = get("/call?do=look", &[query("id", None)]);
    static TAKE: Operation = get("/call?do=take", &[query("name", None)]);
    static KIND: Operation = get("/call#kind", &[query("kind", Some("a")), query("id", None)]);
    static BARE: Operation = get("/bare#one", &[query("kind", Some("a")), query("id", None)]);
    static LEAST: Operation = get("/bare#two", &[query("id", None)]);
    let paths = Paths::new(&[&OPEN, &LOOK, &TAKE, &KIND, &BARE, &LEAST]);
    for (path, query, expected) in [
        ("/call", "", 0),
        ("/call", "do=look&id=1", 1),
        ("/call", "do=look", 1),
        ("/call", "do=take&id=1", 2),
        ("/call", "do=other&id=1", 0),
        ("/call", "kind=a&id=1", 3),
        ("/bare", "kind=a", 4),
        ("/bare", "kind=b", 5),
    ] {
        let found = paths.find(&Method::GET, path, query, &HeaderMap::new());
        assert_eq!(found.map(|found| found.index), Ok(expected), "{path}?{query}");
    }
}

#[test]
fn other_methods_are_told() {
    let no_method = Err(NoMatch::NoMethod(vec![&Method::DELETE, &Method::GET]));
    assert_eq!(find(&Method::PUT, "/pets/1"), no_method);
    assert_eq!(
        find(&Method::DELETE, "/pets/mine"),
        Ok(("/pets/{name}", vec!["name=mine".to_owned()]))
    );
    assert_eq!(find(&Method::GET, "/no/such"), Err(NoMatch::NoPath));
}

#[test]
fn a_long_part_is_looked_through_in_time() {
    static MANY: Operation = get("/{a}-{b}-{c}-{d}-{e}.", &[]);
    let path = format!("/{}", "-".repeat(20_000));
    let found = Paths::new(&[&MANY]).find(&Method::GET, &path, "", &HeaderMap::new());
    assert!(matches!(found, Err(NoMatch::NoPath)));
}

const fn path_parameter(name: &'static str, keywords: &'static [Keyword]) -> Parameter {
    Parameter {
        name,
        schema: Schema(keywords),
        ..Parameter::PATH
    }
}

const fn icon(
    path: &'static str,
    parameters: &'static [&'static Parameter],
    conditions: &'static [Condition],
) -> Operation {
    Operation {
        parameters,
        ..get(path, conditions)
    }
}

const fn asked(name: &'static str) -> Condition {
    Condition {
        location: Location::Path,
        name,
        value: None,
    }
}

static TERM: Parameter = path_parameter("term", &[Keyword::Type(&[Kind::String])]);
static NUMBER: Parameter = path_parameter("number", &[Keyword::Type(&[Kind::Integer])]);
static WORD: Parameter = path_parameter(
    "word",
    &[Keyword::Enum(&[Literal::Text("new"), Literal::Text("7")])],
);
static BY_TERM: Operation = icon("/icons/{term}", &[&TERM], &[]);
static BY_TERM_AGAIN: Operation = icon("/icons/{again}", &[], &[]);
static BY_NUMBER: Operation = icon("/icons/{number}", &[&NUMBER], &[asked("number")]);
static BY_WORD: Operation = icon("/icons/{word}", &[&WORD], &[asked("word")]);
static BY_QUERY: Operation = icon("/icons/{term}", &[&TERM], &[query("sort", None)]);

#[test]
fn values_of_the_path_tell_apart_what_nothing_else_does() {
    let all: &[&Operation] = &[&BY_TERM, &BY_TERM_AGAIN, &BY_NUMBER, &BY_WORD, &BY_QUERY];
    let check = |uri: &str, expected: &Operation| {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let found = Paths::new(all)
            .find(&Method::GET, path, query, &HeaderMap::new())
            .unwrap();
        assert!(
            std::ptr::eq(all[found.index], expected),
            "{uri}: {}",
            all[found.index].path
        );
    };
    check("/icons/12", &BY_NUMBER);
    check("/icons/new", &BY_WORD);
    check("/icons/7", &BY_NUMBER);
    check("/icons/old", &BY_TERM);
    check("/icons/1%32", &BY_NUMBER);
    // What a request says beside its path comes first.
    check("/icons/12?sort=a", &BY_QUERY);
}

static EXTENSION: Parameter = path_parameter("extension", &[Keyword::Enum(&[Literal::Text(".json")])]);
static PAGE: Operation = icon("/pages/{name}{extension}", &[&EXTENSION], &[asked("extension")]);
static COUNTED: Operation = icon(
    "/{word}{number}/{other}{extension}",
    &[&NUMBER, &EXTENSION],
    &[asked("number"), asked("extension")],
);

#[test]
fn values_tell_where_a_parameter_ends_when_nothing_stands_behind_it() {
    let all: &[&Operation] = &[&PAGE, &COUNTED];
    let values = |uri: &str| {
        let found = Paths::new(all).find(&Method::GET, uri, "", &HeaderMap::new())?;
        let values: Vec<String> = found.values.into_iter().map(|(_, value)| value).collect();
        Ok((all[found.index].path, values.join(" ")))
    };
    let page = |values: &str| Ok((PAGE.path, values.to_owned()));
    let counted = |values: &str| Ok((COUNTED.path, values.to_owned()));
    assert_eq!(values("/pages/about.json"), page("about .json"));
    assert_eq!(values("/pages/a.json.json"), page("a.json .json"));
    assert_eq!(values("/pages/about%2Ejson"), page("about %2Ejson"));
    // What the parameters do not allow is told by them.
    assert_eq!(values("/pages/about.html"), page("a bout.html"));
    assert_eq!(values("/pages/a"), Err(NoMatch::NoPath));
    assert_eq!(values("/v12/a.json"), counted("v 12 a .json"));
    let long = "a".repeat(6000);
    assert_eq!(
        values(&format!("/pages/{long}.json")),
        page(&format!("a {}.json", &long[1..]))
    );
    assert!(values(&format!("/{long}/{long}")).is_ok());
}
