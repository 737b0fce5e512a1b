//! The models of a document without the rest: for who wants its types, and no service.

use quote::quote;

use super::schemas::SchemaStatics;
use super::{GeneratedFile, formatted};
use crate::{Source, Types};

/// The models, and the constants of the schemas that they need.
pub fn models_alone(source: &Source, types: &Types<'_>) -> Result<Vec<GeneratedFile>, syn::Error> {
    let mut statics = SchemaStatics::new(source);
    let models = types.emit(&mut statics);
    let schemas = statics.emit();
    let module = quote! {
        //! The models of the contract as Rust.

        #![allow(clippy::all, clippy::pedantic, missing_docs, unused_imports)]

        pub mod models;
        mod patterns;
        pub mod schemas;
    };
    let files = [
        ("mod.rs", module),
        ("models.rs", models),
        ("patterns.rs", statics.emit_patterns()),
        ("schemas.rs", schemas),
    ];
    files.into_iter().map(formatted).collect()
}
