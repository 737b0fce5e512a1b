//! What poem-openapi's registry is told of a contract: read from the constants that are enforced.

use poem_openapi::registry::{
    MetaApi, MetaHeader, MetaMediaType, MetaOperation, MetaOperationParam, MetaParamIn, MetaPath,
    MetaRequest, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, MetaSecurityScheme, MetaTag,
    Registry,
};
use poem_openapi::{ContactObject, LicenseObject, OpenApi, OpenApiService, ServerObject};

use crate::{Api, Keyword, Location, MediaType, Operation, Response, ResponseStatus, Schema, SecurityKind};

impl Schema {
    /// The registry's form of this use of a schema. What it cannot hold is in the overlay.
    #[must_use]
    pub fn to_meta_ref(self) -> MetaSchemaRef {
        match self.component() {
            Some((name, _)) => MetaSchemaRef::Reference(name.to_owned()),
            None => MetaSchemaRef::Inline(Box::new(self.to_meta())),
        }
    }

    /// The component that this schema refers to: its name and itself.
    fn component(self) -> Option<(&'static str, Self)> {
        let (reference, schema) = self.reference()?;
        let name = reference.strip_prefix("#/components/schemas/")?;
        (!name.contains('/')).then_some((name, schema))
    }

    /// Enters the named schemas that can be reached from here.
    pub fn register(self, registry: &mut Registry) {
        if let Some((name, schema)) = self.component() {
            if !registry.schemas.contains_key(name) {
                registry.schemas.insert(name.to_owned(), schema.to_meta());
                schema.register(registry);
            }
            return;
        }
        for keyword in self.0 {
            match keyword {
                Keyword::Properties(properties) => {
                    for property in *properties {
                        property.schema.register(registry);
                    }
                }
                Keyword::Items(schema) | Keyword::AdditionalProperties(schema) => schema.register(registry),
                _ => {}
            }
        }
    }

    /// The registry's form of these keywords.
    #[must_use]
    pub fn to_meta(self) -> MetaSchema {
        self.0
            .iter()
            .fold(MetaSchema::ANY, |meta, keyword| keyword.add_to(meta))
    }
}

impl Keyword {
    fn add_to(self, mut meta: MetaSchema) -> MetaSchema {
        match self {
            Self::Type([kind]) => meta.ty = kind.name(),
            Self::Format(format, _) => meta.format = Some(format),
            Self::Title(title) => meta.title = Some(title.to_owned()),
            Self::Description(description) => meta.description = Some(description),
            Self::Default(literal) => meta.default = Some(literal.to_value()),
            Self::Example(literal) => meta.example = Some(literal.to_value()),
            Self::Deprecated => meta.deprecated = true,
            Self::ReadOnly => meta.read_only = true,
            Self::Enum(literals) => {
                meta.enum_items = literals.iter().map(|literal| literal.to_value()).collect();
            }
            Self::Required(names) => meta.required = names.to_vec(),
            Self::Properties(properties) => {
                meta.properties = properties
                    .iter()
                    .map(|property| (property.name, property.schema.to_meta_ref()))
                    .collect();
            }
            Self::Items(schema) => meta.items = Some(Box::new(schema.to_meta_ref())),
            Self::AdditionalProperties(Schema([Self::Never])) => {}
            Self::AdditionalProperties(schema) => {
                meta.additional_properties = Some(Box::new(schema.to_meta_ref()));
            }
            Self::UniqueItems => meta.unique_items = Some(true),
            other => other.add_bound_to(&mut meta),
        }
        meta
    }

    fn add_bound_to(self, meta: &mut MetaSchema) {
        let count = |count| usize::try_from(count).ok();
        match self {
            Self::MultipleOf(step) => meta.multiple_of = step.to_value().as_f64(),
            Self::Minimum(least) => meta.minimum = least.to_value().as_f64(),
            Self::Maximum(most) => meta.maximum = most.to_value().as_f64(),
            Self::MinimumIsExclusive => meta.exclusive_minimum = Some(true),
            Self::MaximumIsExclusive => meta.exclusive_maximum = Some(true),
            Self::MinLength(least) => meta.min_length = count(least),
            Self::MaxLength(most) => meta.max_length = count(most),
            Self::Pattern(pattern) => meta.pattern = Some(pattern.source().to_owned()),
            Self::MinItems(least) => meta.min_items = count(least),
            Self::MaxItems(most) => meta.max_items = count(most),
            Self::MinProperties(least) => meta.min_properties = count(least),
            Self::MaxProperties(most) => meta.max_properties = count(most),
            _ => {}
        }
    }
}

fn media_types(declared: &[MediaType]) -> Vec<MetaMediaType> {
    let to_meta = |media_type: &MediaType| MetaMediaType {
        content_type: media_type.name,
        schema: media_type.schema.to_meta_ref(),
    };
    declared.iter().map(to_meta).collect()
}

impl Response {
    fn to_meta(self) -> MetaResponse {
        let headers = self.headers.iter().map(|(name, header)| MetaHeader {
            name: (*name).to_owned(),
            description: header.description.map(str::to_owned),
            required: header.required,
            deprecated: header.deprecated,
            schema: header.schema.to_meta_ref(),
        });
        MetaResponse {
            description: self.description,
            status: match self.status {
                ResponseStatus::Exact(status) => Some(status),
                ResponseStatus::Range(_) | ResponseStatus::Default => None,
            },
            status_range: match self.status {
                ResponseStatus::Range(_) => Some(self.key.to_owned()),
                ResponseStatus::Exact(_) | ResponseStatus::Default => None,
            },
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

    fn to_meta(self) -> MetaOperation {
        let params = self.parameters.iter().map(|parameter| MetaOperationParam {
            name: parameter.name.to_owned(),
            schema: parameter.schema.to_meta_ref(),
            in_type: match parameter.location {
                Location::Path => MetaParamIn::Path,
                Location::Query => MetaParamIn::Query,
                Location::Header => MetaParamIn::Header,
                Location::Cookie => MetaParamIn::Cookie,
            },
            description: parameter.description.map(str::to_owned),
            required: parameter.required,
            deprecated: parameter.deprecated,
            explode: parameter.explode,
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
                .map(|requirement| {
                    let schemes = requirement.0.iter();
                    schemes
                        .map(|(scheme, scopes)| (scheme.name, scopes.to_vec()))
                        .collect()
                })
                .collect(),
            operation_id: self.id_is_declared.then_some(self.id),
            code_samples: Vec::new(),
        }
    }

    /// Enters the named schemas that this operation uses.
    pub fn register(&self, registry: &mut Registry) {
        let parameters = self.parameters.iter().map(|parameter| parameter.schema);
        let bodies = self.body.iter().flat_map(|body| body.media_types);
        let answers = self.responses.iter().flat_map(|response| response.media_types);
        let contents = bodies.chain(answers).map(|media_type| media_type.schema);
        let headers = self
            .responses
            .iter()
            .flat_map(|response| response.headers)
            .map(|(_, header)| header.schema);
        for schema in parameters.chain(contents).chain(headers) {
            schema.register(registry);
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
            let none = MetaSecurityScheme {
                ty: "",
                description: scheme.description,
                name: None,
                key_in: None,
                scheme: None,
                bearer_format: None,
                flows: None,
                openid_connect_url: None,
            };
            let meta = match &scheme.kind {
                SecurityKind::ApiKey { location, name } => MetaSecurityScheme {
                    ty: "apiKey",
                    name: Some(name),
                    key_in: Some(match location {
                        Location::Header => "header",
                        Location::Cookie => "cookie",
                        Location::Query | Location::Path => "query",
                    }),
                    ..none
                },
                SecurityKind::Http {
                    scheme,
                    bearer_format,
                } => MetaSecurityScheme {
                    ty: "http",
                    scheme: Some(scheme),
                    bearer_format: *bearer_format,
                    ..none
                },
                SecurityKind::OAuth2 => MetaSecurityScheme { ty: "oauth2", ..none },
                SecurityKind::OpenIdConnect { url } => MetaSecurityScheme {
                    ty: "openIdConnect",
                    openid_connect_url: Some(url),
                    ..none
                },
                SecurityKind::MutualTls => MetaSecurityScheme {
                    ty: "mutualTLS",
                    ..none
                },
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
