//! The trait that a service of any contract implements, and the endpoint that serves it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::api::{descriptor, trait_name};
use super::context::{Context, OperationNames};
use crate::Operation;
use crate::types::doc;

pub(super) fn emit(context: &Context<'_>) -> TokenStream {
    let contract = trait_name(context.api);
    let service_trait = format_ident!("{contract}Api");
    let server = format_ident!("{contract}Server");
    let document = format_ident!("{contract}Document");
    let operations = &context.api.operations;
    let methods = operations.iter().map(method);
    let handlers = operations.iter().map(|operation| {
        let OperationNames { method, .. } = OperationNames::of(operation);
        // The trait is named: an `Arc` has methods of its own, such as `clone`.
        quote!(Handler::new(|service: Arc<S>, caller, input| async move {
            <S as #service_trait>::#method(&service, caller, input).await
        }))
    });
    let descriptor = descriptor(context);
    quote! {
        //! The trait that a service implements, one method for each operation, and the endpoint that serves it.

        use std::collections::HashMap;
        use std::future::Future;
        use std::sync::Arc;

        use contract_runtime::export::poem::endpoint::BoxEndpoint;
        use contract_runtime::export::poem::http::Method;
        use contract_runtime::export::poem_openapi;
        use contract_runtime::export::serde_json::Value;
        use contract_runtime::{
            Api, ApiInfo, DocumentError, Handler, License, Plain, PlainEndpoint, Problem, Server, Tag,
        };

        use super::operations::*;
        use super::overlay::OVERLAY;

        #descriptor

        /// One method for each operation of the contract. The compiler is the list of what is missing.
        pub trait #service_trait: Plain {
            #(#methods)*
        }

        /// The endpoint that serves the contract: poem's, to be nested, wrapped and run like any other.
        pub fn endpoint<S: #service_trait>(service: Arc<S>) -> PlainEndpoint<S> {
            PlainEndpoint::new(&API, service, Vec::from([#(#handlers),*]))
        }

        /// The document that describes the contract, derived from what is served; `null` where [`derived`] tells why there is none.
        #[must_use]
        pub fn document() -> Value {
            derived().unwrap_or_default()
        }

        /// The same, or why it cannot be derived.
        pub fn derived() -> Result<Value, DocumentError> {
            API.document(#document, &OVERLAY)
        }

        /// A service as poem-openapi serves it.
        #[derive(Debug)]
        pub struct #server<S>(pub Arc<S>);

        impl<S: #service_trait> poem_openapi::OpenApi for #server<S> {
            fn meta() -> Vec<poem_openapi::registry::MetaApi> {
                API.to_meta()
            }

            fn register(registry: &mut poem_openapi::registry::Registry) {
                API.register(registry);
            }

            fn add_routes(self, routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
                contract_runtime::add_routes(&endpoint(self.0), routes);
            }
        }

        /// The contract without a service, for those who want the derived document alone.
        #[derive(Debug, Clone, Copy)]
        pub struct #document;

        impl poem_openapi::OpenApi for #document {
            fn meta() -> Vec<poem_openapi::registry::MetaApi> {
                API.to_meta()
            }

            fn register(registry: &mut poem_openapi::registry::Registry) {
                API.register(registry);
            }

            fn add_routes(self, _routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
        }
    }
}

/// A method of the trait, with what the contract says of its operation.
pub(super) fn method(operation: &Operation) -> TokenStream {
    let OperationNames {
        method,
        input,
        response,
        ..
    } = OperationNames::of(operation);
    let doc = operation_doc(operation);
    quote! {
        #doc
        fn #method(
            &self,
            caller: Self::Caller,
            input: #input,
        ) -> impl Future<Output = Result<#response, Problem>> + Send;
    }
}

/// Title and description of an operation.
pub(super) fn operation_doc(operation: &Operation) -> TokenStream {
    let title = operation.summary.as_deref().unwrap_or(&operation.name);
    let text = operation.description.as_deref().unwrap_or_default();
    doc(&format!(
        "{title}: `{} {}`.\n\n{text}",
        operation.method, operation.path
    ))
}

/// The text of the handlers of a new project: each answers that it is not there yet.
pub(super) fn stubs(context: &Context<'_>) -> TokenStream {
    let service_trait = format_ident!("{}Api", trait_name(context.api));
    let handlers = context.api.operations.iter().map(|operation| {
        let OperationNames {
            method,
            input,
            response,
            ..
        } = OperationNames::of(operation);
        let id = operation.id.as_ref().unwrap_or(&operation.name);
        let detail = format!("{id} is not implemented yet.");
        let doc = format!(" `{} {}`", operation.method, operation.path);
        quote! {
            #[doc = #doc]
            async fn #method(&self, _caller: (), _input: #input) -> Result<#response, Problem> {
                Err(Problem::of_status(501, #detail))
            }
        }
    });
    // A contract without operations has a service without handlers.
    let imports = (!context.api.operations.is_empty()).then(|| {
        quote!(
            use crate::contract::operations::*;
        )
    });
    quote! {
        //! The handlers of the operations. This file is yours: it is written once, and never again.

        use contract_runtime::{Call, Credentials, Plain, Problem};

        use crate::contract::api::#service_trait;
        #imports

        /// What the handlers work with.
        #[derive(Debug, Clone, Copy, Default)]
        pub struct Handlers;

        impl Plain for Handlers {
            type Caller = ();

            /// Whom to let in is for you to say: `credentials` are what the contract's `security` asks for. Until this says it, only those are
            /// of whom the contract asks for nothing.
            async fn authorize(&self, _call: &Call, credentials: Credentials) -> Result<(), Problem> {
                if credentials.is_anonymous() {
                    return Ok(());
                }
                Err(Problem::of_status(501, "authorize is not implemented yet."))
            }
        }

        impl #service_trait for Handlers {
            #(#handlers)*
        }
    }
}
