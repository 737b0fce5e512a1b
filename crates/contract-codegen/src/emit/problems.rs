//! The problem types of the contract.

use proc_macro2::TokenStream;
use quote::quote;

use crate::OpenApi;
use crate::names::constant;

pub(super) fn emit(api: &OpenApi) -> TokenStream {
    let statics = api.problems.iter().map(|problem| {
        let crate::openapi::ProblemType {
            slug,
            status,
            title,
            description,
        } = problem;
        let name = constant(slug);
        let status = proc_macro2::Literal::u16_unsuffixed(*status);
        let doc = format!("{title}.");
        quote! {
            #[doc = #doc]
            pub static #name: ProblemType =
                ProblemType { slug: #slug, status: #status, title: #title, description: #description };
        }
    });
    let names = api.problems.iter().map(|problem| constant(&problem.slug));
    quote! {
        //! The problem types of the contract.

        use contract_runtime::ProblemType;

        #(#statics)*

        /// All of them, in the contract's order.
        pub static ALL: &[&ProblemType] = &[#(&#names),*];
    }
}
