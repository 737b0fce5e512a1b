//! The pages under `/schemas/`: what an event's `dataschema` leads to.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::asset::{Asset, Caching};
use super::{Page, PagesData, PublishedSchema, html};

pub(super) fn pages(data: &PagesData) -> Vec<(String, Page)> {
    let mut pages = Vec::new();
    for path in ["/schemas", "/schemas/"] {
        let listed = json!({ "schemas": data.schemas.iter().map(|schema| &schema.path).collect::<Vec<_>>() });
        let json = Asset::new("application/json", listed.to_string(), Caching::Revalidate).shared();
        pages.push((
            path.to_owned(),
            Page::Either {
                html: index(&data.schemas),
                json,
            },
        ));
    }
    for schema in &data.schemas {
        let asset = Asset::new("application/schema+json", schema.json.clone(), Caching::Immutable).shared();
        pages.push((schema.path.clone(), Page::One(asset)));
    }
    pages
}

fn index(schemas: &[PublishedSchema]) -> Asset {
    let rows = schemas.iter().fold(String::new(), |mut rows, schema| {
        let parsed: Value = serde_json::from_str(&schema.json).unwrap_or_default();
        let said = |name| parsed.get(name).and_then(Value::as_str);
        let about = said("description").or_else(|| said("title")).unwrap_or_default();
        let first_sentence = about.split_inclusive(". ").next().unwrap_or_default();
        let path = html::escape(&schema.path);
        let _ = write!(
            rows,
            "<tr><td><a href=\"{path}\"><code>{path}</code></a></td><td>{}</td></tr>",
            html::escape(first_sentence.trim())
        );
        rows
    });
    let content = format!(
        "<h1>Event schemas</h1><p class=\"lead\">Each event names its schema in <code>dataschema</code>. A published \
         schema never changes: keep a copy as long as you like.</p>\
         <div class=\"scroll\"><table><thead><tr><th>Schema</th><th>Describes</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    );
    html::page("Event schemas · Rollcall", &content)
}
