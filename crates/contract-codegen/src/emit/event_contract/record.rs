//! Constants of which most fields say nothing: those that do are written, the rest is filled in.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use crate::asyncapi::{Described, Expression, Part};

/// A constant of a type of the runtime.
pub(super) struct Record {
    fields: Vec<TokenStream>,
}

impl Record {
    pub(super) fn new() -> Self {
        Self { fields: Vec::new() }
    }

    pub(super) fn set(&mut self, name: &str, value: &TokenStream) {
        let name = format_ident!("{name}");
        self.fields.push(quote!(#name: #value));
    }

    pub(super) fn text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.set(name, &quote!(Some(#text)));
        }
    }

    pub(super) fn texts(&mut self, name: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.set(name, &quote!(&[#(#texts),*]));
        }
    }

    pub(super) fn list(&mut self, name: &str, items: &[TokenStream]) {
        if !items.is_empty() {
            self.set(name, &quote!(&[#(#items),*]));
        }
    }

    /// A JSON value.
    pub(super) fn json(&mut self, name: &str, value: Option<&Value>) {
        if let Some(value) = value {
            let text = value.to_string();
            self.set(name, &quote!(Some(contract_runtime::Literal::Json(#text))));
        }
    }

    pub(super) fn expression(&mut self, name: &str, expression: Option<&Expression>) {
        if let Some(expression) = expression {
            let expression = self::expression(expression);
            self.set(name, &quote!(Some(#expression)));
        }
    }

    pub(super) fn described(&mut self, described: &Described) {
        self.text("title", described.title.as_deref());
        self.text("summary", described.summary.as_deref());
        self.text("description", described.description.as_deref());
        self.texts("tags", &described.tags);
        self.json("bindings", described.bindings.as_ref());
    }

    /// The value itself.
    pub(super) fn value(self, of: &str, rest: &TokenStream) -> TokenStream {
        let (of, fields) = (format_ident!("{of}"), self.fields);
        quote!(contract_runtime::#of { #(#fields,)* ..contract_runtime::#of::new(#rest) })
    }

    /// The constant `ident`; `rest` is what the fields are that say nothing.
    pub(super) fn emit(self, ident: &Ident, of: &str, doc: &TokenStream, rest: &TokenStream) -> TokenStream {
        let value = self.value(of, rest);
        let of = format_ident!("{of}");
        quote! {
            #doc
            pub static #ident: contract_runtime::#of = #value;
        }
    }
}

fn expression(expression: &Expression) -> TokenStream {
    let part = match expression.part {
        Part::Headers => quote!(Headers),
        Part::Payload => quote!(Payload),
    };
    let pointer = &expression.pointer;
    let description = crate::emit::optional_text(expression.description.as_deref());
    quote! {
        contract_runtime::Expression {
            part: contract_runtime::MessagePart::#part,
            pointer: #pointer,
            description: #description,
        }
    }
}

/// A doc comment: what it is, and what the contract says of it.
pub(super) fn doc(what: &str, described: &Described) -> TokenStream {
    let mut text = what.to_owned();
    let parts = [&described.title, &described.summary, &described.description];
    for part in parts.into_iter().flatten() {
        text.push_str("\n\n");
        text.push_str(part.trim());
    }
    crate::types::doc(&text)
}
