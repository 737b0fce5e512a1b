//! The overlay as a constant.

use proc_macro2::TokenStream;
use quote::quote;

use crate::Source;

pub(super) fn emit(source: &Source) -> TokenStream {
    let entries = crate::overlay::overlay_of(source)
        .into_iter()
        .map(|(value, pointers)| quote!((&[#(#pointers),*], #value)));
    quote! {
        //! What poem-openapi's registry cannot hold of the contract.

        use contract_runtime::Overlay;

        /// The values and their places.
        pub static OVERLAY: Overlay = Overlay { entries: &[#(#entries),*] };
    }
}
