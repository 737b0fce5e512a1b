//! Operations as poem-openapi's registry has them.

use std::collections::HashMap;

use poem_openapi::ParameterStyle;
use poem_openapi::registry::{
    MetaApi, MetaHeader, MetaMediaType, MetaOperation, MetaOperationParam, MetaParamIn, MetaPath,
    MetaRequest, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, MetaSecurityScheme, MetaTag,
    Registry,
};

use crate::{
    Api, Header, Location, MediaType, Operation, Parameter, Response, ResponseStatus, Schema, SecurityKind,
    SecurityScheme, Style,
};

impl Location {
    /// The word of the contract.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }

    fn to_meta(self) -> MetaParamIn {
        match self {
            Self::Path => MetaParamIn::Path,
            Self::Query => MetaParamIn::Query,
            Self::Header => MetaParamIn::Header,
            Self::Cookie => MetaParamIn::Cookie,
        }
    }
}

impl Style {
    fn to_meta(self) -> ParameterStyle {
        match self {
            Self::Matrix => ParameterStyle::Matrix,
            Self::Label => ParameterStyle::Label,
            Self::Simple => ParameterStyle::Simple,
            Self::Form => ParameterStyle::Form,
            Self::SpaceDelimited => ParameterStyle::SpaceDelimited,
            Self::PipeDelimited => ParameterStyle::PipeDelimited,
            Self::DeepObject => ParameterStyle::DeepObject,
        }
    }
}

impl Parameter {
    fn to_meta(self) -> MetaOperationParam {
        MetaOperationParam {
            name: self.name.to_owned(),
            schema: schema_or_content(self.schema, self.content),
            in_type: self.location.to_meta(),
            description: self.description.map(str::to_owned),
            required: self.required,
            deprecated: self.deprecated,
            explode: self.explode,
            style: (!self.has_default_style()).then(|| self.style.to_meta()),
        }
    }

    /// Whether its style is the one of parameters that say none (OpenAPI 3.0.3 §4.7.12.2).
    pub(super) fn has_default_style(self) -> bool {
        match self.location {
            Location::Path | Location::Header => self.style == Style::Simple,
            Location::Query | Location::Cookie => self.style == Style::Form,
        }
    }
}

/// The registry has no place for the schema of a media type in `content`.
fn schema_or_content(schema: Schema, content: Option<&str>) -> MetaSchemaRef {
    match content {
        None => schema.to_meta_ref(),
        Some(_) => MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)),
    }
}

fn media_types(declared: &[MediaType]) -> Vec<MetaMediaType> {
    let to_meta = |media_type: &MediaType| MetaMediaType {
        content_type: media_type.name,
        schema: media_type.schema.to_meta_ref(),
    };
    declared.iter().map(to_meta).collect()
}

impl Header {
    fn to_meta(self, name: &str) -> MetaHeader {
        MetaHeader {
            name: name.to_owned(),
            description: self.description.map(str::to_owned),
            required: self.required,
            deprecated: self.deprecated,
            schema: schema_or_content(self.schema, self.content),
        }
    }
}

impl Response {
    fn to_meta(self) -> MetaResponse {
        MetaResponse {
            description: self.description,
            status: match self.status {
                ResponseStatus::Exact(status) => Some(status),
                ResponseStatus::Range(_) | ResponseStatus::Default => None,
            },
            status_range: matches!(self.status, ResponseStatus::Range(_)).then(|| self.key.to_owned()),
            content: media_types(self.media_types),
            headers: self
                .headers
                .iter()
                .map(|(name, header)| header.to_meta(name))
                .collect(),
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
        MetaOperation {
            method: self.method.clone(),
            tags: self.tags.to_vec(),
            summary: self.summary,
            description: self.description,
            external_docs: None,
            params: self
                .parameters
                .iter()
                .map(|parameter| parameter.to_meta())
                .collect(),
            request: self.body.map(|body| MetaRequest {
                description: body.description,
                content: media_types(body.media_types),
                required: body.required,
            }),
            responses: self.responses_to_meta(),
            deprecated: self.deprecated,
            security: self
                .security
                .iter()
                .map(|requirement| schemes(requirement.0))
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

fn schemes(
    together: &[(&'static SecurityScheme, &'static [&'static str])],
) -> HashMap<&'static str, Vec<&'static str>> {
    let schemes = together.iter();
    schemes
        .map(|(scheme, scopes)| (scheme.name, scopes.to_vec()))
        .collect()
}

impl SecurityScheme {
    fn to_meta(&self) -> MetaSecurityScheme {
        let mut meta = MetaSecurityScheme {
            ty: self.kind.name(),
            description: self.description,
            name: None,
            key_in: None,
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        match self.kind {
            SecurityKind::ApiKey { location, name } => {
                meta.key_in = Some(location.name());
                meta.name = Some(name);
            }
            SecurityKind::Http {
                scheme,
                bearer_format,
            } => {
                meta.scheme = Some(scheme);
                meta.bearer_format = bearer_format;
            }
            SecurityKind::OpenIdConnect { url } => meta.openid_connect_url = Some(url),
            SecurityKind::OAuth2 | SecurityKind::MutualTls => {}
        }
        meta
    }
}

impl SecurityKind {
    /// The word of the contract.
    fn name(&self) -> &'static str {
        match self {
            Self::ApiKey { .. } => "apiKey",
            Self::Http { .. } => "http",
            Self::OAuth2 => "oauth2",
            Self::OpenIdConnect { .. } => "openIdConnect",
            Self::MutualTls => "mutualTLS",
        }
    }
}

impl Api {
    /// The registry's form: one entry for each path, its operations together.
    #[must_use]
    pub fn to_meta(&self) -> Vec<MetaApi> {
        let mut paths: Vec<MetaPath> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for operation in self.operations {
            let place = *places.entry(operation.path).or_insert(paths.len());
            if place == paths.len() {
                paths.push(MetaPath {
                    path: operation.path.to_owned(),
                    operations: Vec::new(),
                });
            }
            if let Some(path) = paths.get_mut(place) {
                path.operations.push(operation.to_meta());
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
            registry.create_security_scheme(scheme.name, scheme.to_meta());
        }
        for operation in self.operations {
            operation.register(registry);
        }
    }
}
