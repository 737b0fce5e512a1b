//! What poem-openapi's registry is told of a contract: read from the constants that are enforced.

use std::collections::HashMap;

use poem_openapi::registry::{
    MetaApi, MetaHeader, MetaMediaType, MetaOperation, MetaOperationParam, MetaParamIn, MetaPath,
    MetaRequest, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, MetaSecurityScheme, MetaTag,
    Registry,
};
use poem_openapi::{ContactObject, LicenseObject, OpenApi, OpenApiService, ServerObject};

use crate::{Additional, Api, Literal, Location, MediaType, Node, Operation, Response, Schema};

impl Node {
    /// The registry's form of this use of a schema.
    #[must_use]
    pub fn to_meta(self) -> MetaSchemaRef {
        match self {
            Self::Inline(schema) => MetaSchemaRef::Inline(Box::new(schema.to_meta())),
            Self::Reference { name, .. } => MetaSchemaRef::Reference(name.to_owned()),
        }
    }

    /// Enters the named schemas that can be reached from here.
    pub fn register(self, registry: &mut Registry) {
        if let Self::Reference { name, schema } = self {
            if registry.schemas.contains_key(name) {
                return;
            }
            registry.schemas.insert(name.to_owned(), schema.to_meta());
        }
        let schema = self.schema();
        let additional = match &schema.additional {
            Additional::Of(node) => Some(*node),
            Additional::Unsaid | Additional::Open | Additional::Closed => None,
        };
        let children = schema.properties.iter().map(|property| property.node);
        for child in children.chain(schema.items).chain(additional) {
            child.register(registry);
        }
    }
}

impl Schema {
    /// The registry's form. What it cannot hold (`additionalProperties: false`, extensions) is in the overlay.
    #[must_use]
    pub fn to_meta(&self) -> MetaSchema {
        MetaSchema {
            ty: self.kind.map_or("", crate::Kind::name),
            format: self.format,
            title: self.title.map(str::to_owned),
            description: self.description,
            default: self.default.map(Literal::to_value),
            required: self.required.to_vec(),
            properties: self
                .properties
                .iter()
                .map(|property| (property.name, property.node.to_meta()))
                .collect(),
            items: self.items.map(|node| Box::new(node.to_meta())),
            additional_properties: match &self.additional {
                Additional::Unsaid | Additional::Closed => None,
                Additional::Open => Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))),
                Additional::Of(node) => Some(Box::new(node.to_meta())),
            },
            enum_items: self
                .enumeration
                .iter()
                .map(|literal| literal.to_value())
                .collect(),
            deprecated: self.deprecated,
            read_only: self.read_only,
            example: self.example.map(Literal::to_value),
            multiple_of: self.multiple_of,
            maximum: self.maximum,
            exclusive_maximum: self.exclusive_maximum.then_some(true),
            minimum: self.minimum,
            exclusive_minimum: self.exclusive_minimum.then_some(true),
            max_length: self.max_length,
            min_length: self.min_length,
            pattern: self.pattern.map(|pattern| pattern.source().to_owned()),
            max_items: self.max_items,
            min_items: self.min_items,
            unique_items: self.unique_items.then_some(true),
            max_properties: self.max_properties,
            min_properties: self.min_properties,
            ..MetaSchema::ANY
        }
    }
}

fn media_types(declared: &[MediaType]) -> Vec<MetaMediaType> {
    let to_meta = |media_type: &MediaType| MetaMediaType {
        content_type: media_type.name,
        schema: media_type.node.to_meta(),
    };
    declared.iter().map(to_meta).collect()
}

impl Response {
    fn to_meta(&self) -> MetaResponse {
        let headers = self.headers.iter().map(|(name, header)| MetaHeader {
            name: (*name).to_owned(),
            description: header.description.map(str::to_owned),
            required: header.required,
            deprecated: header.deprecated,
            schema: header.node.to_meta(),
        });
        MetaResponse {
            description: self.description,
            status: Some(self.status),
            status_range: None,
            content: media_types(self.media_types),
            headers: headers.collect(),
        }
    }
}

impl Operation {
    /// The registry's form of the responses.
    #[must_use]
    pub fn responses_to_meta(&self) -> MetaResponses {
        MetaResponses {
            responses: self.responses.iter().map(|response| response.to_meta()).collect(),
        }
    }

    fn to_meta(&self) -> MetaOperation {
        let params = self.parameters.iter().map(|parameter| MetaOperationParam {
            name: parameter.name.to_owned(),
            schema: parameter.node.to_meta(),
            in_type: match parameter.location {
                Location::Path => MetaParamIn::Path,
                Location::Query => MetaParamIn::Query,
                Location::Header => MetaParamIn::Header,
            },
            description: parameter.description.map(str::to_owned),
            required: parameter.required,
            deprecated: parameter.deprecated,
            // The default of each style that is generated: form for queries, simple elsewhere (OpenAPI 3.0.3 §4.7.12.2).
            explode: parameter.location == Location::Query,
            style: None,
        });
        MetaOperation {
            method: self.method.clone(),
            tags: self.tags.to_vec(),
            summary: self.summary,
            description: self.description,
            external_docs: None,
            params: params.collect(),
            request: self.body.as_ref().map(|body| MetaRequest {
                description: body.description,
                content: media_types(body.media_types),
                required: body.required,
            }),
            responses: self.responses_to_meta(),
            deprecated: self.deprecated,
            security: self
                .security
                .iter()
                .map(|scheme| HashMap::from([(*scheme, Vec::new())]))
                .collect(),
            operation_id: Some(self.id),
            code_samples: Vec::new(),
        }
    }

    /// Enters the named schemas that this operation uses.
    pub fn register(&self, registry: &mut Registry) {
        let parameters = self.parameters.iter().map(|parameter| parameter.node);
        let bodies = self.body.iter().flat_map(|body| body.media_types);
        let answers = self.responses.iter().flat_map(|response| response.media_types);
        let contents = bodies.chain(answers).map(|media_type| media_type.node);
        let headers = self
            .responses
            .iter()
            .flat_map(|response| response.headers)
            .map(|(_, header)| header.node);
        for node in parameters.chain(contents).chain(headers) {
            node.register(registry);
        }
    }
}

impl Api {
    /// The registry's form: one entry for each path, its operations together.
    #[must_use]
    pub fn to_meta(&self) -> Vec<MetaApi> {
        let mut paths: Vec<MetaPath> = Vec::new();
        for operation in self.operations {
            let meta = operation.to_meta();
            match paths.iter_mut().find(|path| path.path == operation.path) {
                Some(path) => path.operations.push(meta),
                None => paths.push(MetaPath {
                    path: operation.path.to_owned(),
                    operations: vec![meta],
                }),
            }
        }
        vec![MetaApi { paths }]
    }

    /// Enters tags, security schemes and all named schemas.
    pub fn register(&self, registry: &mut Registry) {
        for tag in self.tags {
            registry.create_tag(MetaTag {
                name: tag.name,
                description: tag.description,
                external_docs: None,
            });
        }
        for scheme in self.security_schemes {
            let meta = MetaSecurityScheme {
                ty: "http",
                description: scheme.description,
                name: None,
                key_in: None,
                scheme: Some(scheme.scheme),
                bearer_format: scheme.bearer_format,
                flows: None,
                openid_connect_url: None,
            };
            registry.create_security_scheme(scheme.name, meta);
        }
        for operation in self.operations {
            operation.register(registry);
        }
    }

    /// Poem-openapi's service of `api`, with this contract's `info` and servers.
    pub fn service<A: OpenApi>(&self, api: A) -> OpenApiService<A, ()> {
        let info = &self.info;
        let mut service = OpenApiService::new(api, info.title, info.version);
        if let Some(description) = info.description {
            service = service.description(description);
        }
        if let Some((name, url)) = info.contact {
            let mut contact = ContactObject::new();
            if let Some(name) = name {
                contact = contact.name(name);
            }
            if let Some(url) = url {
                contact = contact.url(url);
            }
            service = service.contact(contact);
        }
        if let Some(license) = &info.license {
            let mut object = LicenseObject::new(license.name);
            if let Some(url) = license.url {
                object = object.url(url);
            }
            service = service.license(object);
        }
        for server in self.servers {
            let mut object = ServerObject::new(server.url);
            if let Some(description) = server.description {
                object = object.description(description);
            }
            service = service.server(object);
        }
        service
    }
}
