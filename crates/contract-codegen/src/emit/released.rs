//! The released schemas, embedded: what an event's `dataschema` names is served for as long as the event may be read.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ReleasedSchema;

pub(super) fn emit(released: &[ReleasedSchema]) -> TokenStream {
    let schemas = released.iter().map(|schema| {
        let path = &schema.path;
        // From `src/contract/`, where the generated code is.
        let file = format!("../../contracts/released{path}");
        quote!((#path, include_str!(#file)))
    });
    quote! {
        //! The schemas that were released.

        /// Each released schema: the path under which it is served for ever, and its text.
        pub static ALL: &[(&str, &str)] = &[#(#schemas),*];
    }
}
