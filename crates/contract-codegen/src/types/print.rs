//! Types as Rust text.

use proc_macro2::TokenStream;
use quote::quote;

use super::Types;
use super::model::{Core, Use};
use crate::Language;

impl Types<'_> {
    /// A type where nothing contains it.
    pub(super) fn print(&self, used: &Use, models: &TokenStream) -> TokenStream {
        self.print_in(used, models, None)
    }

    /// A type as a part of the item `outer`.
    pub(super) fn print_in(&self, used: &Use, models: &TokenStream, outer: Option<usize>) -> TokenStream {
        let core = self.core(&used.core, models, outer);
        let core = if used.object_or {
            quote!(contract_runtime::ObjectOr<#core>)
        } else {
            core
        };
        if used.nullable {
            quote!(Option<#core>)
        } else {
            core
        }
    }

    fn core(&self, core: &Core, models: &TokenStream, outer: Option<usize>) -> TokenStream {
        let service = self.language == Language::Service;
        match core {
            Core::Named(index) => self.named(*index, models, outer),
            Core::Json => quote!(contract_runtime::JsonValue),
            Core::JsonObject => quote!(contract_runtime::JsonObject),
            Core::Null => quote!(()),
            Core::Bool => quote!(bool),
            Core::I32 => quote!(i32),
            Core::I64 => quote!(i64),
            Core::U64 => quote!(u64),
            Core::Integer => quote!(contract_runtime::Integer),
            Core::F64 => quote!(f64),
            Core::Number => quote!(contract_runtime::Number),
            Core::String => quote!(String),
            Core::Uuid => quote!(contract_runtime::Uuid),
            Core::DateTime if service => quote!(contract_runtime::UtcDateTime),
            Core::DateTime => quote!(contract_runtime::DateTime),
            Core::Date => quote!(contract_runtime::Date),
            Core::Base64 => quote!(contract_runtime::Base64),
            Core::List(item) => {
                let item = self.print(item, models);
                quote!(Vec<#item>)
            }
            Core::Tuple(items) => {
                let items = items.iter().map(|item| self.print_in(item, models, outer));
                quote!((#(#items,)*))
            }
            Core::Map(values) => {
                let values = self.print(values, models);
                quote!(std::collections::BTreeMap<String, #values>)
            }
        }
    }

    fn named(&self, index: usize, models: &TokenStream, outer: Option<usize>) -> TokenStream {
        let Some(item) = self.items.get(index) else {
            return quote!(contract_runtime::JsonValue);
        };
        let ident = &item.ident;
        if outer.is_some_and(|outer| self.boxed.contains(outer, index)) {
            return quote!(Box<#models #ident>);
        }
        quote!(#models #ident)
    }
}
