//! Which component schemas the operations use.

use std::collections::HashSet;

use super::OpenApi;
use crate::Schema;
use crate::schema::Additional;

impl OpenApi {
    /// The names of the component schemas that stand, at any depth, in a parameter or a body. Poem-openapi leaves out the others, those
    /// of response headers among them.
    #[must_use]
    pub fn used_schemas(&self) -> HashSet<&str> {
        let mut used = HashSet::new();
        for operation in &self.operations {
            let parameters = operation.parameters.iter().map(|parameter| &parameter.schema);
            let bodies = operation.body.iter().flat_map(|body| &body.media_types);
            let answers = operation
                .responses
                .iter()
                .flat_map(|response| &response.media_types);
            let contents = bodies.chain(answers).map(|media_type| &media_type.schema);
            parameters
                .chain(contents)
                .for_each(|schema| visit(schema, &mut used));
        }
        used
    }
}

fn visit<'a>(schema: &'a Schema, used: &mut HashSet<&'a str>) {
    if let Some(name) = &schema.component {
        used.insert(name);
    }
    let additional = match &schema.additional {
        Additional::Of(schema) => Some(schema.as_ref()),
        Additional::Unsaid | Additional::Open | Additional::Closed => None,
    };
    let children = schema
        .properties
        .values()
        .chain(schema.items.as_deref())
        .chain(additional);
    children.for_each(|child| visit(child, used));
}
