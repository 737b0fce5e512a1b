//! Parameters: from the text of a request to a checked value.

mod deep;

use indexmap::IndexMap;
use poem::http::{HeaderMap, header};
use serde_json::Value;

use self::deep::deep_object;
use crate::choice::Choice;
use crate::guide::Guide;
use crate::style::{self, Coding, Reader, TWICE, Unreadable};
use crate::{Direction, Location, Parameter, Style, json};

/// How a place of parameters is called in answers.
pub(crate) fn place(location: Location) -> &'static str {
    match location {
        Location::Path => "path parameter",
        Location::Query => "query parameter",
        Location::Header => "header",
        Location::Cookie => "cookie",
    }
}

/// The parts of a request that hold parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent<'a> {
    /// The values of the path's parameters, as they were sent.
    pub(crate) path: &'a [(String, String)],
    /// The query, as it was sent.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

/// The value that was sent for a parameter, checked against its schema, or its default; the first thing that is wrong, otherwise.
///
/// `others` are the operation's parameters: an object whose members stand apart in the query has those that are no other's.
pub(crate) fn value_of(
    parameter: &Parameter,
    others: &[&Parameter],
    sent: &Sent<'_>,
) -> Result<Option<Value>, String> {
    let guide = Guide::of(parameter.schema);
    let found = match parameter.location {
        Location::Path => from_path(parameter, sent.path, &guide),
        Location::Query => from_query(parameter.into(), others, sent.query, &guide),
        Location::Header => from_header(parameter, sent.headers, &guide),
        Location::Cookie => from_cookies(parameter, sent.headers, &guide),
    }?;
    let Some(choice) = found else {
        // A required parameter must be sent, whatever its default; and a default that its own schema refuses is shown only.
        let default = parameter.schema.default_value().map(crate::Literal::to_value);
        return Ok(default.filter(|default| !parameter.required && parameter.schema.accepts(default)));
    };
    let mut value = choice.settle(&guide);
    match parameter
        .schema
        .check_in(Direction::Request, &mut value)
        .into_iter()
        .next()
    {
        None => Ok(Some(value)),
        Some(violation) if violation.pointer.is_empty() => Err(violation.message),
        Some(violation) => Err(format!("{} at {}", violation.message, violation.pointer)),
    }
}

/// What the text of a parameter is found by and read by; a property of a form is read like a parameter of a query.
#[derive(Debug, Clone, Copy)]
struct Reading<'a> {
    name: &'a str,
    style: Style,
    explode: bool,
    allow_empty_value: bool,
    content: Option<&'a str>,
}

impl<'a> From<&'a Parameter> for Reading<'a> {
    fn from(parameter: &'a Parameter) -> Self {
        Self {
            name: parameter.name,
            style: parameter.style,
            explode: parameter.explode,
            allow_empty_value: parameter.allow_empty_value,
            content: parameter.content,
        }
    }
}

/// What a property of a form stands for, of which `fields` are all fields with their decoded keys.
pub(crate) fn form_value(
    name: &str,
    (style, explode): (Style, bool),
    content: Option<&str>,
    fields: &[(String, &str)],
    guide: &Guide,
) -> Result<Choice, Unreadable> {
    let is_bracketed = |key: &str| key != name && key.strip_prefix(name) != Some("[]");
    if fields.iter().any(|(key, _)| is_bracketed(key)) {
        if fields.iter().any(|(key, _)| key == name) {
            return Err(deep::BOTH);
        }
        let found = deep::of_fields(name, fields.iter().map(|(key, value)| Ok((key, *value))), guide)?;
        return found.ok_or("cannot be read as what its schema asks for");
    }
    let reading = Reading {
        name,
        style,
        explode,
        allow_empty_value: false,
        content,
    };
    if !guide.is_array() && fields.iter().any(|(key, _)| key != name) {
        return Err("must not be sent as a list");
    }
    let values: Vec<&str> = fields.iter().map(|(_, value)| *value).collect();
    of_texts(reading, &values, guide)
}

/// What a text stands for that is not split up: by `content`, or by the style.
fn of_text(reading: Reading<'_>, text: &str, coding: Coding, guide: &Guide) -> Result<Choice, Unreadable> {
    let Some(media_type) = reading.content else {
        return style::read(
            text,
            reading.name,
            (reading.style, reading.explode),
            coding,
            guide,
        );
    };
    let text = coding.decode(text)?;
    if crate::media::is_json(media_type) {
        let value = json::parse_strict(text.as_bytes()).map_err(|_| "is not acceptable JSON")?;
        Ok(Choice::Value(value))
    } else {
        guide.read(&text)
    }
}

fn from_path(
    parameter: &Parameter,
    values: &[(String, String)],
    guide: &Guide,
) -> Result<Option<Choice>, Unreadable> {
    let value = values.iter().find(|(name, _)| name == parameter.name);
    value
        .map(|(_, text)| of_text(parameter.into(), text, Coding::Percent, guide))
        .transpose()
}

/// The pairs of a query, as they were sent.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn from_query(
    parameter: Reading<'_>,
    others: &[&Parameter],
    query: &str,
    guide: &Guide,
) -> Result<Option<Choice>, Unreadable> {
    if parameter.content.is_some() || !guide.is_object() {
        return by_name(parameter, query, guide);
    }
    if parameter.style == Style::DeepObject {
        return deep_object(parameter.name, query, guide);
    }
    let named = by_name(parameter, query, guide).transpose();
    if !parameter.explode || !guide.speaks_of_objects() {
        return named.transpose();
    }
    let members = members_of_query(parameter, others, query, guide).transpose();
    let (first, second) = if guide.is_object_alone() {
        (members, named)
    } else {
        (named, members)
    };
    Choice::of(first.into_iter().chain(second)).transpose()
}

/// What the pairs with the name of a parameter stand for.
fn by_name(parameter: Reading<'_>, query: &str, guide: &Guide) -> Result<Option<Choice>, Unreadable> {
    let is_own = |key: &str| {
        let decoded = Coding::Form.decode(key);
        decoded.as_deref() == Ok(parameter.name)
            // The brackets that some clients put behind the name of a list.
            || (guide.is_array() && decoded.ok().as_deref() == Some(&format!("{}[]", parameter.name)))
    };
    let values: Vec<&str> = query_pairs(query)
        .filter(|(key, _)| is_own(key))
        .map(|(_, value)| value)
        .collect();
    match values.as_slice() {
        [] => Ok(None),
        [""] if parameter.allow_empty_value => Ok(empty_value(guide).map(Choice::Value)),
        texts => of_texts(parameter, texts, guide).map(Some),
    }
}

/// What texts under one name stand for.
fn of_texts(parameter: Reading<'_>, texts: &[&str], guide: &Guide) -> Result<Choice, Unreadable> {
    let reader = Reader {
        coding: Coding::Form,
        guide,
    };
    match texts {
        texts if parameter.explode && parameter.content.is_none() => reader.repeated(texts),
        [text] => of_text(parameter, text, Coding::Form, guide),
        _ => Err(TWICE),
    }
}

/// What a parameter without a value stands for, where that is allowed: a flag that is set, or nothing.
fn empty_value(guide: &Guide) -> Option<Value> {
    let values = [
        "".into(),
        true.into(),
        serde_json::json!([]),
        serde_json::json!({}),
    ];
    values.into_iter().find(|value| guide.accepts(value))
}

/// `R=100&G=200`: the members of an object, each a parameter of its own.
fn members_of_query(
    parameter: Reading<'_>,
    others: &[&Parameter],
    query: &str,
    guide: &Guide,
) -> Result<Option<Choice>, Unreadable> {
    let names = guide.property_names();
    let is_map = guide.is_map();
    let is_others = |key: &str| {
        let mut declared = others.iter().filter(|one| one.location == Location::Query);
        declared.any(|one| one.name == key && one.name != parameter.name)
    };
    let mut members: IndexMap<String, Vec<String>> = IndexMap::new();
    for (key, value) in query_pairs(query) {
        let key = Coding::Form.decode(key)?;
        if !names.contains(&key.as_str()) && (!is_map || is_others(&key)) {
            continue;
        }
        let value = Coding::Form.decode(value)?;
        members.entry(key).or_default().push(value);
    }
    if members.is_empty() {
        return Ok(None);
    }
    let member = |(key, values): (String, Vec<String>)| {
        let choice = read_repeated(&values, &guide.member(&key))?;
        Ok((key, choice))
    };
    let members: Result<Vec<(String, Choice)>, Unreadable> = members.into_iter().map(member).collect();
    members.map(Choice::Members).map(Some)
}

/// What texts under one name stand for: a list, or the only text.
pub(crate) fn read_repeated(texts: &[String], guide: &Guide) -> Result<Choice, Unreadable> {
    let reader = Reader {
        coding: Coding::Plain,
        guide,
    };
    reader.repeated(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

fn from_header(
    parameter: &Parameter,
    headers: &HeaderMap,
    guide: &Guide,
) -> Result<Option<Choice>, Unreadable> {
    let is_structured = parameter.content.is_none() && !guide.is_scalar();
    let text = if is_structured {
        joined_header(parameter.name, headers)?
    } else {
        single_header(parameter.name, headers)?
    };
    text.map(|text| of_text(parameter.into(), &text, Coding::Plain, guide))
        .transpose()
}

pub(crate) fn header_text(value: &poem::http::HeaderValue) -> Result<&str, Unreadable> {
    value
        .to_str()
        .map_err(|_| "has characters that are not visible ASCII")
}

/// The only value of a header.
pub(crate) fn single_header(name: &str, headers: &HeaderMap) -> Result<Option<String>, Unreadable> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err("was sent more than once");
    }
    header_text(value).map(|text| Some(text.to_owned()))
}

/// All values of a header that is a list (RFC 9110 §5.3).
pub(crate) fn joined_header(name: &str, headers: &HeaderMap) -> Result<Option<String>, Unreadable> {
    let values: Result<Vec<&str>, Unreadable> = headers.get_all(name).iter().map(header_text).collect();
    let values = values?;
    Ok((!values.is_empty()).then(|| values.join(",")))
}

/// The pairs of all `Cookie` headers (RFC 6265 §4.2).
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).map(str::trim);
    pairs.filter_map(|pair| pair.split_once('='))
}

/// The only value of a cookie.
pub(crate) fn single_cookie(name: &str, headers: &HeaderMap) -> Result<Option<String>, Unreadable> {
    let mut values = cookies(headers).filter(|(key, _)| *key == name);
    let found = values.next().map(|(_, value)| value.to_owned());
    if values.next().is_some() {
        return Err("was sent more than once");
    }
    Ok(found)
}

/// Whether a query has a parameter, with or without a value.
pub(crate) fn is_in_query(name: &str, query: &str) -> bool {
    query_pairs(query).any(|(key, _)| Coding::Form.decode(key).as_deref() == Ok(name))
}

/// The only value of a query parameter.
pub(crate) fn single_query(name: &str, query: &str) -> Result<Option<String>, Unreadable> {
    let mut found = None;
    for (key, value) in query_pairs(query) {
        if Coding::Form.decode(key).as_deref() != Ok(name) {
            continue;
        }
        if found.replace(Coding::Form.decode(value)?).is_some() {
            return Err("was sent more than once");
        }
    }
    Ok(found)
}

fn from_cookies(
    parameter: &Parameter,
    headers: &HeaderMap,
    guide: &Guide,
) -> Result<Option<Choice>, Unreadable> {
    let reader = Reader {
        coding: Coding::Percent,
        guide,
    };
    if parameter.explode && parameter.content.is_none() && guide.is_object_alone() {
        let names = guide.property_names();
        let members: Vec<(&str, &str)> = cookies(headers).filter(|(key, _)| names.contains(key)).collect();
        let found = (!members.is_empty()).then(|| reader.members(members.into_iter()));
        return found.transpose();
    }
    if parameter.explode && parameter.content.is_none() && guide.is_array() {
        let values: Vec<&str> = cookies(headers)
            .filter(|(key, _)| *key == parameter.name)
            .map(|(_, value)| value)
            .collect();
        let found = (!values.is_empty()).then(|| reader.repeated(&values));
        return found.transpose();
    }
    let text = single_cookie(parameter.name, headers)?;
    text.map(|text| of_text(parameter.into(), &text, Coding::Percent, guide))
        .transpose()
}
