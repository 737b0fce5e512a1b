//! The trait that a service implements, and poem-openapi's view of it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::context::Context;
use super::inputs::negotiates;
use super::optional_text;
use crate::types::doc;
use crate::{Language, OpenApi, Operation, names};

pub(super) fn emit(context: &Context<'_>) -> TokenStream {
    let api = context.api;
    let contract = trait_name(api);
    let service_trait = format_ident!("{contract}Api");
    let server = format_ident!("{contract}Server");
    let document = format_ident!("{contract}Document");
    let methods = api.operations.iter().map(method);
    let routes = api.operations.iter().map(route);
    let glue = api
        .operations
        .iter()
        .map(|operation| glue(context, operation, &service_trait));
    let descriptor = descriptor(context);
    quote! {
        //! The trait that a service implements, one method for each operation, and the server that poem-openapi serves.

        use std::collections::HashMap;
        use std::future::Future;
        use std::sync::Arc;

        use contract_runtime::{
            Api, ApiInfo, Begun, Ended, Exchange, License, Problem, Refusal, Reply, Server, Service, Tag,
            TenantClaim, Written,
        };
        use poem::endpoint::BoxEndpoint;
        use poem::http::Method;
        use poem_openapi::OpenApi;
        use poem_openapi::registry::{MetaApi, Registry};

        use super::{operations::*, problems};

        #descriptor

        /// One method for each operation of the contract. The compiler is the list of what is missing.
        pub trait #service_trait: Service {
            #(#methods)*
        }

        /// A service as poem-openapi serves it.
        #[derive(Debug)]
        pub struct #server<S>(pub Arc<S>);

        impl<S: #service_trait> OpenApi for #server<S> {
            fn meta() -> Vec<MetaApi> {
                API.to_meta()
            }

            fn register(registry: &mut Registry) {
                API.register(registry);
            }

            fn add_routes(self, routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
                #(#routes)*
            }
        }

        /// The contract without a service, for those who want the derived document alone.
        #[derive(Debug, Clone, Copy)]
        pub struct #document;

        impl OpenApi for #document {
            fn meta() -> Vec<MetaApi> {
                API.to_meta()
            }

            fn register(registry: &mut Registry) {
                API.register(registry);
            }

            fn add_routes(self, _routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
        }

        #(#glue)*
    }
}

/// What the trait and the server are called after: the title, without a last word `API`.
pub(super) fn trait_name(api: &OpenApi) -> Ident {
    let name = names::camel(&api.title).to_string();
    match name.strip_suffix("Api") {
        Some(rest) if !rest.is_empty() => format_ident!("{rest}"),
        _ => format_ident!("{name}"),
    }
}

pub(super) fn descriptor(context: &Context<'_>) -> TokenStream {
    let api = context.api;
    let OpenApi { title, version, .. } = api;
    let description = optional_text(api.description.as_deref());
    let contact = api.contact.as_ref().map_or_else(
        || quote!(None),
        |contact| {
            let (name, url) = (
                optional_text(contact.name.as_deref()),
                optional_text(contact.url.as_deref()),
            );
            quote!(Some((#name, #url)))
        },
    );
    let license = api.license.as_ref().map_or_else(
        || quote!(None),
        |license| {
            let (name, url) = (&license.name, optional_text(license.url.as_deref()));
            quote!(Some(License { name: #name, url: #url }))
        },
    );
    let servers = api.servers.iter().map(|server| {
        let (url, description) = (&server.url, optional_text(server.description.as_deref()));
        quote!(Server { url: #url, description: #description })
    });
    let tags = api.tags.iter().map(|tag| {
        let (name, description) = (&tag.name, optional_text(tag.description.as_deref()));
        quote!(Tag { name: #name, description: #description })
    });
    let schemes = api
        .security_schemes
        .iter()
        .map(|scheme| context.security_constant(scheme));
    let operations = api
        .operations
        .iter()
        .map(|operation| context.operation_constant(operation));
    let problems = match context.language {
        Language::Service => quote!(problems::ALL),
        Language::Plain => quote!(&[]),
    };
    quote! {
        /// The contract.
        pub static API: Api = Api {
            info: ApiInfo { title: #title, version: #version, description: #description, contact: #contact, license: #license },
            servers: &[#(#servers),*],
            tags: &[#(#tags),*],
            security_schemes: &[#(&#schemes),*],
            operations: &[#(&#operations),*],
            problems: #problems,
        };
    }
}

struct Names {
    method: Ident,
    constant: Ident,
    input: Ident,
    response: Ident,
    problem: Ident,
    serve: Ident,
    run: Ident,
}

fn names_of(operation: &Operation) -> Names {
    let camel = names::camel(&operation.name);
    let method = names::snake(&operation.name);
    Names {
        constant: names::constant(&operation.name),
        input: format_ident!("{camel}Input"),
        response: format_ident!("{camel}Response"),
        problem: format_ident!("{camel}Problem"),
        serve: format_ident!("serve_{method}"),
        run: format_ident!("run_{method}"),
        method,
    }
}

fn method(operation: &Operation) -> TokenStream {
    let Names {
        method,
        input,
        response,
        problem,
        ..
    } = names_of(operation);
    let title = format!(
        "{}: `{} {}`.",
        operation.summary.as_deref().unwrap_or(&operation.name),
        operation.method,
        operation.path
    );
    let text = operation.description.as_deref().unwrap_or_default();
    let doc = doc(&format!("{title}\n\n{text}"));
    if operation.is_write() {
        let events = if operation.emits.is_empty() {
            quote!(())
        } else {
            let events = format_ident!("{}Events", names::camel(&operation.name));
            quote!(#events)
        };
        quote! {
            #doc
            fn #method(
                &self,
                work: &mut Self::Work,
                input: #input,
            ) -> impl Future<Output = Result<Written<#response, #events>, Refusal<#problem>>> + Send;
        }
    } else {
        quote! {
            #doc
            fn #method(
                &self,
                admission: &Self::Admission,
                input: #input,
            ) -> impl Future<Output = Result<#response, Refusal<#problem>>> + Send;
        }
    }
}

fn route(operation: &Operation) -> TokenStream {
    let Names { serve, .. } = names_of(operation);
    let path = operation.path.replace('{', ":").replace('}', "");
    let method = format_ident!("{}", operation.method);
    quote! {
        let service = Arc::clone(&self.0);
        let endpoint = contract_runtime::glue::endpoint(move |request| #serve(Arc::clone(&service), request));
        routes.entry(#path.to_owned()).or_default().insert(Method::#method, endpoint);
    }
}

fn glue(context: &Context<'_>, operation: &Operation, service_trait: &Ident) -> TokenStream {
    let Names {
        method,
        constant,
        input,
        response,
        serve,
        run,
        ..
    } = names_of(operation);
    let negotiate = if negotiates(operation) {
        quote!(let accept = exchange.negotiate()?;)
    } else {
        quote!(exchange.negotiate()?;)
    };
    let mut fields: Vec<Ident> = Vec::new();
    let mut parameters = Vec::new();
    for field in super::inputs::fields(context, operation) {
        let Some(descriptor) = context.parameter_constant(operation, field.parameter) else {
            continue;
        };
        let name = field.name;
        let value = context.types.of(
            field.parameter.schema.as_deref().unwrap_or_default(),
            &quote!(super::models::),
        );
        parameters.push(if field.is_optional {
            quote!(let #name: Option<#value> = exchange.optional_parameter(&#descriptor)?;)
        } else {
            quote!(let #name: #value = exchange.parameter(&#descriptor)?;)
        });
        fields.push(name);
    }
    let claim = operation.tenant.as_ref().map_or_else(
        || quote!(None),
        |tenant| {
            let path = names::snake(tenant);
            quote!(Some(TenantClaim { path: #path, header: x_tenant_id }))
        },
    );
    let body = operation.body.is_some().then(|| {
        fields.push(format_ident!("body"));
        quote! {
            let Some(descriptor) = &#constant.body else { return Err(Problem::new(&problems::INTERNAL_ERROR, "")) };
            let (body, payload) = exchange.body(descriptor).await?;
        }
    });
    if negotiates(operation) {
        fields.push(format_ident!("accept"));
    }
    let payload = if body.is_some() {
        quote!(&payload)
    } else {
        quote!("")
    };
    let key = if operation.idempotent {
        quote!(Some(idempotency_key.as_str()))
    } else {
        quote!(None)
    };
    let decide = if operation.is_write() {
        quote! {
            let mut work = match exchange.begin(service, admission, #key, #payload).await? {
                Begun::Replay(reply) => return Ok(reply),
                Begun::Fresh(work) => work,
            };
            let input = #input { #(#fields),* };
            loop {
                let decided = service.#method(&mut work, input.clone()).await;
                match exchange.settle(service, work, decided, #response::into_reply).await? {
                    Ended::Done(reply) | Ended::Replay(reply) => return Ok(reply),
                    Ended::Again(again) => work = again,
                }
            }
        }
    } else {
        quote! {
            match service.#method(&admission, #input { #(#fields),* }).await {
                Ok(response) => Ok(response.into_reply()),
                Err(refusal) => Err(refusal.into_problem()),
            }
        }
    };
    quote! {
        async fn #serve<S: #service_trait>(service: Arc<S>, request: poem::Request) -> poem::Response {
            let mut exchange = Exchange::open(&#constant, request);
            let result = #run(&*service, &mut exchange).await;
            exchange.answer(&*service, result)
        }

        async fn #run<S: #service_trait>(service: &S, exchange: &mut Exchange) -> Result<Reply, Problem> {
            let admission = exchange.authenticate(service).await?;
            #negotiate
            #(#parameters)*
            let admission = exchange.admit(service, admission, #claim).await?;
            #body
            #decide
        }
    }
}
