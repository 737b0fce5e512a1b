//! A whole contract served without compiling it: the same constants that are printed as Rust, made at run time, behind the runtime's own
//! endpoint. Its handlers answer 501. What is not covered so are the types that generated code reads the values into.

use std::collections::HashMap;
use std::future::ready;
use std::sync::Arc;

use contract_codegen::openapi as read;
use contract_codegen::{OpenApi, Source};
use contract_runtime::{
    Answer, Api, ApiInfo, Body, Call, Condition, ContentForm, Credentials, Encoding, Handler, Header, Input,
    Location, MediaType, Operation, Parameter, Parts, Plain, PlainEndpoint, Problem, Reply, Response,
    ResponseStatus, Schema, SecurityKind, SecurityRequirement, SecurityScheme, Style,
};
use poem::http::Method;

use crate::late::{Maker, leak, list, text, texts};

/// A service that lets everybody in.
#[derive(Debug)]
pub(crate) struct Open;

impl Plain for Open {
    type Caller = ();

    async fn authorize(&self, _call: &Call, _credentials: Credentials) -> Result<(), Problem> {
        Ok(())
    }
}

/// Whatever the request carries.
struct Anything;

impl Input for Anything {
    fn read(_parts: &mut Parts) -> Result<Self, Problem> {
        Ok(Self)
    }
}

enum NoAnswer {}

impl NoAnswer {
    fn problem() -> Result<Self, Problem> {
        Err(Problem::of_status(501, "Nothing is implemented."))
    }
}

impl Answer for NoAnswer {
    fn into_reply(self) -> Reply {
        match self {}
    }
}

/// The operations of a contract.
pub(crate) fn operations(source: &Source, api: &OpenApi) -> Vec<&'static Operation> {
    let mut late = Late {
        source,
        schemas: Maker::new(source),
        schemes: HashMap::new(),
    };
    for scheme in &api.security_schemes {
        late.schemes.insert(scheme.name.clone(), security_scheme(scheme));
    }
    let conditions = api.conditions(source);
    let operations = api.operations.iter().zip(&conditions);
    operations
        .map(|(operation, conditions)| leak(late.operation(operation, conditions)))
        .collect()
}

/// The endpoint of a contract.
pub(crate) fn endpoint(source: &Source, api: &OpenApi) -> PlainEndpoint<Open> {
    let operations = operations(source, api);
    let handlers = operations
        .iter()
        .map(|_| Handler::new(|_: Arc<Open>, (), _: Anything| ready(NoAnswer::problem())))
        .collect();
    let api: &'static Api = leak(Api {
        info: ApiInfo {
            title: text(&api.title),
            version: text(&api.version),
            description: None,
            contact: None,
            license: None,
        },
        servers: &[],
        tags: &[],
        security_schemes: &[],
        operations: list(operations.into_iter()),
        problems: &[],
    });
    PlainEndpoint::new(api, Arc::new(Open), handlers)
}

struct Late<'a> {
    source: &'a Source,
    schemas: Maker<'a>,
    schemes: HashMap<String, &'static SecurityScheme>,
}

fn location(location: read::Location) -> Location {
    match location {
        read::Location::Path => Location::Path,
        read::Location::Query => Location::Query,
        read::Location::Header => Location::Header,
        read::Location::Cookie => Location::Cookie,
    }
}

fn style(style: read::Style) -> Style {
    match style {
        read::Style::Matrix => Style::Matrix,
        read::Style::Label => Style::Label,
        read::Style::Simple => Style::Simple,
        read::Style::Form => Style::Form,
        read::Style::SpaceDelimited => Style::SpaceDelimited,
        read::Style::PipeDelimited => Style::PipeDelimited,
        read::Style::DeepObject => Style::DeepObject,
    }
}

fn form(form: read::ContentForm) -> ContentForm {
    match form {
        read::ContentForm::Json => ContentForm::Json,
        read::ContentForm::Form => ContentForm::Form,
        read::ContentForm::Multipart => ContentForm::Multipart,
        read::ContentForm::Text => ContentForm::Text,
        read::ContentForm::Opaque => ContentForm::Opaque,
        read::ContentForm::Bytes => ContentForm::Bytes,
        read::ContentForm::EventStream => ContentForm::EventStream,
    }
}

fn security_scheme(scheme: &read::SecurityScheme) -> &'static SecurityScheme {
    let kind = match &scheme.kind {
        read::SecurityKind::ApiKey { location: at, name } => SecurityKind::ApiKey {
            location: location(*at),
            name: text(name),
        },
        read::SecurityKind::Http { scheme, .. } => SecurityKind::Http {
            scheme: text(scheme),
            bearer_format: None,
        },
        read::SecurityKind::OAuth2 { .. } => SecurityKind::OAuth2,
        read::SecurityKind::OpenIdConnect { url } => SecurityKind::OpenIdConnect { url: text(url) },
        read::SecurityKind::MutualTls => SecurityKind::MutualTls,
    };
    leak(SecurityScheme {
        name: text(&scheme.name),
        description: None,
        kind,
    })
}

impl Late<'_> {
    fn operation(&mut self, operation: &read::Operation, conditions: &[read::Condition]) -> Operation {
        let parameters: Vec<&'static Parameter> = operation
            .parameters
            .iter()
            .map(|parameter| leak(self.parameter(parameter)))
            .collect();
        let body = operation.body.as_ref().map(|body| self.body(body));
        let requirements: Vec<SecurityRequirement> = operation
            .security
            .iter()
            .map(|requirement| {
                let schemes = requirement
                    .schemes
                    .iter()
                    .filter_map(|(name, scopes)| Some((*self.schemes.get(name)?, texts(scopes))));
                SecurityRequirement(list(schemes))
            })
            .collect();
        let responses: Vec<&'static Response> = operation
            .responses
            .iter()
            .map(|response| leak(self.response(response)))
            .collect();
        Operation {
            id: text(operation.id.as_ref().unwrap_or(&operation.name)),
            method: leak(operation.method.parse::<Method>().unwrap()),
            path: text(&operation.path),
            conditions: list(conditions.iter().map(|condition| Condition {
                location: location(condition.location),
                name: text(&condition.name),
                value: condition.value.as_deref().map(text),
            })),
            parameters: list(parameters.into_iter()),
            body,
            responses: list(responses.into_iter()),
            security: list(requirements.into_iter()),
            ..Operation::NEW
        }
    }

    fn schema(&mut self, pointer: Option<&str>) -> Schema {
        pointer.map_or(Schema::ANY, |pointer| self.schemas.at(pointer))
    }

    fn parameter(&mut self, parameter: &read::Parameter) -> Parameter {
        Parameter {
            name: text(&parameter.name),
            location: location(parameter.location),
            required: parameter.required || parameter.location == read::Location::Path,
            style: style(parameter.style),
            explode: parameter.explode,
            allow_reserved: parameter.allow_reserved,
            allow_empty_value: parameter.allow_empty_value,
            content: parameter.content.as_deref().map(text),
            schema: self.schema(parameter.schema.as_deref()),
            ignored: parameter.is_ignored(),
            ..Parameter::PATH
        }
    }

    fn body(&mut self, body: &read::Body) -> Body {
        Body {
            description: None,
            required: body.required,
            media_types: self.media_types(&body.media_types),
            limit_bytes: Body::LIMIT_BYTES_DEFAULT,
        }
    }

    fn response(&mut self, response: &read::Response) -> Response {
        Response {
            key: text(&response.key),
            status: match response.status {
                read::Status::Exact(status) => ResponseStatus::Exact(status),
                read::Status::Range(hundred) => ResponseStatus::Range(hundred),
                read::Status::Default => ResponseStatus::Default,
            },
            headers: self.headers(&response.headers),
            media_types: self.media_types(&response.media_types),
            ..Response::NEW
        }
    }

    fn media_types(&mut self, media_types: &[read::MediaType]) -> &'static [MediaType] {
        let media_types: Vec<MediaType> = media_types
            .iter()
            .map(|media_type| self.media_type(media_type))
            .collect();
        list(media_types.into_iter())
    }

    fn headers(&mut self, headers: &[read::Header]) -> &'static [(&'static str, &'static Header)] {
        let headers: Vec<(&'static str, &'static Header)> = headers
            .iter()
            .map(|header| (text(&header.name), leak(self.header(header))))
            .collect();
        list(headers.into_iter())
    }

    fn media_type(&mut self, media_type: &read::MediaType) -> MediaType {
        let encodings: Vec<Encoding> = media_type
            .encodings
            .iter()
            .map(|encoding| self.encoding(encoding))
            .collect();
        MediaType {
            name: text(&media_type.name),
            form: form(media_type.form(self.source)),
            schema: self.schema(media_type.schema.as_deref()),
            encodings: list(encodings.into_iter()),
        }
    }

    fn encoding(&mut self, encoding: &read::Encoding) -> Encoding {
        let kind = encoding.style.unwrap_or(read::Style::Form);
        Encoding {
            property: text(&encoding.property),
            content_type: encoding.content_type.as_deref().map(text),
            headers: self.headers(&encoding.headers),
            style: style(kind),
            explode: encoding.explode.unwrap_or(kind == read::Style::Form),
        }
    }

    fn header(&mut self, header: &read::Header) -> Header {
        Header {
            required: header.required,
            explode: header.explode,
            content: header.content.as_deref().map(text),
            schema: self.schema(header.schema.as_deref()),
            ..Header::NEW
        }
    }
}
