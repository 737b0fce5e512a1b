//! The overlay as a constant.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::{Language, Source};

pub(super) fn emit(source: &Source, language: Language) -> TokenStream {
    let text = raw(&crate::overlay::overlay_of(source, language));
    quote! {
        //! What the constants do not hold of the contract.

        use contract_runtime::Overlay;

        /// What is added to the document that is derived from them.
        pub static OVERLAY: Overlay = Overlay { text: #text };
    }
}

/// A raw string, in which a text is what it is.
fn raw(text: &str) -> Literal {
    let mut guard = String::new();
    while text.contains(&format!("\"{guard}")) {
        guard.push('#');
    }
    let literal = format!("r{guard}\"{text}\"{guard}");
    literal.parse().unwrap_or_else(|_| Literal::string(text))
}
