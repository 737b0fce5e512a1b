//! Bodies of `application/x-www-form-urlencoded`.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use crate::choice::Choice;
use crate::guide::Guide;
use crate::parameter::{self, query_pairs};
use crate::style::{Coding, Unreadable};
use crate::{Direction, MediaType, Style};

/// How many fields a form may have: each costs more than its bytes, and the shortest has two.
const FIELD_COUNT_MAX: usize = 10_000;

/// The fields of each property: the key with its brackets, and the value as it was sent.
type Fields<'a> = IndexMap<String, Vec<(String, &'a str)>>;

/// The value that a form stands for, as the schema and the encodings of `media_type` say; where it cannot be read, the property and
/// why. It is not checked yet.
///
/// A form is read like a query in which each property is a parameter (OpenAPI 3.0.3 §4.7.14.3). For a property that is an object
/// within the form, which no style covers, both forms in use are read: `address[city]=…`, and JSON in one text.
pub(crate) fn value_of(
    text: &str,
    media_type: &MediaType,
    direction: Direction,
) -> Result<Value, (String, Unreadable)> {
    let guide = Guide::of_form(media_type.schema, direction);
    let properties = fields_of(text, &guide).map_err(|reason| (String::new(), reason))?;
    let mut members: Vec<(String, Choice)> = Vec::new();
    for (name, fields) in properties {
        let encoding = media_type
            .encodings
            .iter()
            .find(|encoding| encoding.property == name);
        let (style, explode) = encoding.map_or((Style::Form, true), |one| (one.style, one.explode));
        let content = encoding.and_then(|encoding| encoding.content_type);
        let is_json = content.is_some_and(crate::media::is_json);
        let found = parameter::form_value(
            &name,
            (style, explode),
            content.filter(|_| is_json),
            &fields,
            &guide.member(&name),
        );
        match found {
            Ok(choice) => members.push((name, choice)),
            Err(reason) => return Err((name, reason)),
        }
    }
    Ok(Choice::Members(members).settle(&guide))
}

/// Looks at each field once, whatever their number.
fn fields_of<'a>(text: &'a str, guide: &Guide) -> Result<Fields<'a>, Unreadable> {
    let names: HashSet<&str> = guide.property_names().into_iter().collect();
    let mut properties = Fields::new();
    for (index, (key, value)) in query_pairs(text).enumerate() {
        if index >= FIELD_COUNT_MAX {
            return Err("has more than 10000 fields");
        }
        let key = Coding::Form.decode(key)?;
        // `address[city]` and `tags[]` belong to the property before the bracket, where there is one.
        let outer = key.split('[').next().unwrap_or_default();
        let name = if names.contains(key.as_str()) || !names.contains(outer) {
            key.as_str()
        } else {
            outer
        };
        let name = name.to_owned();
        properties.entry(name).or_default().push((key, value));
    }
    Ok(properties)
}
