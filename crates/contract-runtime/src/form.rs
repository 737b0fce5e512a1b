//! Bodies of `application/x-www-form-urlencoded`.

use serde_json::Value;

use crate::choice::Choice;
use crate::guide::Guide;
use crate::parameter::{self, query_pairs};
use crate::style::Coding;
use crate::{MediaType, Style};

/// The value that a form stands for, as the schema and the encodings of `media_type` say; where it cannot be read, the property and
/// why. It is not checked yet.
///
/// A form is read like a query in which each property is a parameter (OpenAPI 3.0.3 §4.7.14.3). For a property that is an object
/// within the form, which no style covers, both forms in use are read: `address[city]=…`, and JSON in one text.
pub(crate) fn value_of(text: &str, media_type: &MediaType) -> Result<Value, (String, &'static str)> {
    let guide = Guide::of_form(media_type.schema);
    let whole = |reason| (String::new(), reason);
    let mut members: Vec<(String, Choice)> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for (key, _) in query_pairs(text) {
        let key = Coding::Form.decode(key).map_err(whole)?;
        // `address[city]` and `tags[]` belong to the property before the bracket, where there is one.
        let outer = key.split('[').next().unwrap_or_default();
        let is_property = |name: &str| guide.property_names().contains(&name);
        let name = if is_property(&key) || !is_property(outer) {
            key.as_str()
        } else {
            outer
        };
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    for name in names {
        let member = guide.member(&name);
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
            text,
            &member,
        );
        let found = found.map_err(|reason| (name.clone(), reason))?;
        members.extend(found.map(|choice| (name, choice)));
    }
    Ok(Choice::Members(members).settle(&guide))
}
