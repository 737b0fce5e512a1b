//! The schemas that operations use, and what their types are called where they need a name: after the operation and the place.

use super::inputs::media_type_words;
use crate::openapi::{Header, MediaType};
use crate::types::{Root, Way};
use crate::{OpenApi, Operation, Source};

pub(super) fn roots(source: &Source, api: &OpenApi) -> Vec<Root> {
    let roots = Vec::new();
    let mut roots = Roots { source, roots };
    for operation in &api.operations {
        roots.operation(operation);
    }
    roots.roots
}

struct Roots<'a> {
    source: &'a Source,
    roots: Vec<Root>,
}

impl Roots<'_> {
    fn add(&mut self, pointer: Option<&String>, name: String, way: Way) {
        self.roots.extend(pointer.map(|pointer| Root {
            pointer: pointer.clone(),
            name,
            way,
        }));
    }

    fn operation(&mut self, operation: &Operation) {
        let name = &operation.name;
        for parameter in &operation.parameters {
            let name = parameter
                .component
                .clone()
                .unwrap_or_else(|| format!("{name} {}", parameter.name));
            self.add(parameter.schema.as_ref(), name, Way::Request);
        }
        if let Some(body) = &operation.body {
            let name = body
                .component
                .clone()
                .unwrap_or_else(|| format!("{name} Request"));
            self.media_types(&body.media_types, &name, Way::Request);
        }
        for response in &operation.responses {
            let own = format!("{name} {} Response", response.status);
            let name = response.component.clone().unwrap_or(own);
            self.media_types(&response.media_types, &name, Way::Response);
            self.headers(&response.headers, &name);
        }
    }

    fn media_types(&mut self, media_types: &[MediaType], name: &str, way: Way) {
        for media_type in media_types {
            let several = media_types.len() > 1;
            let words = several.then(|| format!("{name} {}", media_type_words(media_type)));
            let name = words.unwrap_or_else(|| name.to_owned());
            // What is not looked into is bytes or a text, whatever its schema says: a type would be of no use to anybody.
            if media_type.form(self.source).is_checked() {
                self.add(media_type.schema.as_ref(), name.clone(), way);
            }
            for encoding in &media_type.encodings {
                self.headers(&encoding.headers, &name);
            }
        }
    }

    fn headers(&mut self, headers: &[Header], name: &str) {
        for header in headers {
            let name = header
                .component
                .clone()
                .unwrap_or_else(|| format!("{name} {}", header.name));
            self.add(header.schema.as_ref(), name, Way::Response);
        }
    }
}
