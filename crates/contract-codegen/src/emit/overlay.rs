//! The overlay as a constant.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Context;

pub(super) fn emit(context: &Context<'_>) -> TokenStream {
    let text = super::raw_json(&crate::overlay::overlay_of(context.source, context.language));
    let mut statics = context.statics.borrow_mut();
    let schemas: Vec<TokenStream> = context
        .source
        .component_schemas()
        .into_iter()
        .map(|(name, schema)| {
            let constant = statics.constant(schema.pointer());
            quote!((#name, &schemas::#constant))
        })
        .collect();
    quote! {
        //! What the constants do not hold of the contract.

        use contract_runtime::Overlay;

        use super::schemas;

        /// What is added to the document that is derived from them.
        pub static OVERLAY: Overlay = Overlay { schemas: &[#(#schemas),*], text: #text };
    }
}
