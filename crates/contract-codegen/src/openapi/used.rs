//! Which component schemas the operations use.

use std::collections::HashSet;

use super::{MediaType, OpenApi};
use crate::{SchemaAt, Source};

impl OpenApi {
    /// The names of the component schemas that stand, at any depth, in a parameter or a body. Poem-openapi leaves out the others, those
    /// of response headers among them.
    #[must_use]
    pub fn used_schemas<'a>(&self, source: &'a Source) -> HashSet<&'a str> {
        let schema_of = |media_type: &MediaType| media_type.schema.clone();
        let mut pointers = Vec::new();
        for operation in &self.operations {
            let bodies = operation.body.iter().flat_map(|body| &body.media_types);
            let answers = operation.responses.iter().flat_map(|one| &one.media_types);
            let parameters = operation.parameters.iter();
            pointers.extend(parameters.filter_map(|parameter| parameter.schema.clone()));
            pointers.extend(bodies.chain(answers).filter_map(schema_of));
        }
        let mut open: Vec<SchemaAt<'a>> = pointers
            .iter()
            .filter_map(|pointer| source.schema(pointer))
            .collect();
        let mut seen = HashSet::new();
        let mut used = HashSet::new();
        while let Some(schema) = open.pop() {
            if seen.insert(schema.pointer()) {
                used.extend(schema.component());
                open.extend(schema.reference());
                open.extend(schema.children());
            }
        }
        used
    }
}
