//! The schemas of a document by where they stand.

use serde_json::Value;

use super::at::{COMPONENTS, SchemaAt};
use crate::Source;
use crate::source::escape;

impl Source {
    /// The schema at `pointer`, where a value stands there that can be one: an object, `true` or `false`.
    #[must_use]
    pub fn schema(&self, pointer: &str) -> Option<SchemaAt<'_>> {
        let (number, pointer, value) = self.numbered(pointer)?;
        self.schema_at(number, pointer, value)
    }

    /// The schema that a discriminator maps a value to: `text` is a reference, or the bare name of a component.
    pub(crate) fn mapped_schema<'a>(&'a self, text: &'a str) -> Option<SchemaAt<'a>> {
        if text.contains('#') {
            return self.schema(self.follow(text)?.0);
        }
        self.schema(&format!("{COMPONENTS}{}", escape(text)))
    }

    /// The schema that is the value of this number.
    pub(super) fn schema_numbered<'a>(&'a self, number: usize, value: &'a Value) -> Option<SchemaAt<'a>> {
        self.schema_at(number, self.pointer_of(number)?, value)
    }

    fn schema_at<'a>(&'a self, number: usize, pointer: &'a str, value: &'a Value) -> Option<SchemaAt<'a>> {
        // A schema of another format stands one step deeper (AsyncAPI 3.0.0, Multi Format Schema Object).
        if !self.dialect().is_openapi()
            && crate::grammar::is_multi_format(value)
            && value.get("schema").is_some()
        {
            let mut members = self.members_of(number, value);
            let (number, _, schema) = members.find(|(_, name, _)| *name == "schema")?;
            return self.schema_numbered(number, schema);
        }
        (value.is_object() || value.is_boolean()).then_some(SchemaAt {
            source: self,
            number,
            pointer,
            value,
        })
    }

    /// The schemas under /components/schemas, in the order of the document.
    #[must_use]
    pub fn component_schemas(&self) -> Vec<(&str, SchemaAt<'_>)> {
        let members = self.at("/components/schemas").and_then(Value::as_object);
        let place = |name: &str| self.schema(&format!("{COMPONENTS}{}", escape(name)));
        let names = members.into_iter().flat_map(serde_json::Map::keys);
        names
            .filter_map(|name| Some((name.as_str(), place(name)?)))
            .collect()
    }
}
