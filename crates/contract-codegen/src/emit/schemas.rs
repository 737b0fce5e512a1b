//! Schemas as constants: one for each component, the others in place.

use indexmap::IndexMap;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use crate::names::constant;
use crate::schema::{Additional, ENFORCED_FORMATS};
use crate::{Kind, Schema, Source, names};

/// The patterns of a contract, each compiled once however often it occurs.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    names: IndexMap<String, Ident>,
}

impl Patterns {
    fn name(&mut self, pattern: &str) -> Ident {
        let next = format_ident!("PATTERN_{}", self.names.len() + 1);
        self.names.entry(pattern.to_owned()).or_insert(next).clone()
    }

    pub(super) fn emit(&self) -> TokenStream {
        let statics = self.names.iter().map(|(pattern, name)| {
            quote! { pub(super) static #name: Pattern = Pattern::new(#pattern); }
        });
        quote! {
            //! The regular expressions of the contract (ECMA 262).

            use contract_runtime::Pattern;

            #(#statics)*
        }
    }
}

pub(super) fn emit(source: &Source, patterns: &mut Patterns) -> TokenStream {
    let statics: Vec<TokenStream> = source
        .component_schemas()
        .into_iter()
        .map(|(name, schema)| {
            let constant = constant(name);
            let doc = format!("The schema `{name}`.");
            let schema = Schema::at(source, Some(schema.pointer()));
            let body = schema_body(&schema, patterns, &quote!());
            quote! {
                #[doc = #doc]
                pub static #constant: Schema = #body;
            }
        })
        .collect();
    quote! {
        //! The schemas of the contract: what is checked and what is shown.

        use contract_runtime::{Additional, Format, Kind, Literal, Node, Property, Schema};
        use super::patterns::*;

        #(#statics)*
    }
}

/// A use of a schema; `scope` stands before the constants of named ones.
pub(super) fn node(schema: &Schema, patterns: &mut Patterns, scope: &TokenStream) -> TokenStream {
    if let Some(name) = &schema.component {
        let constant = constant(name);
        return quote!(Node::Reference { name: #name, schema: &#scope #constant });
    }
    let body = schema_body(schema, patterns, scope);
    quote!(Node::Inline(&#body))
}

fn schema_body(schema: &Schema, patterns: &mut Patterns, scope: &TokenStream) -> TokenStream {
    let mut fields: Vec<TokenStream> = Vec::new();
    let mut set = |name: &str, value: TokenStream| {
        let name = format_ident!("{name}");
        fields.push(quote!(#name: #value));
    };
    if let Some(kind) = kind(schema.kind) {
        set("kind", quote!(Some(Kind::#kind)));
    }
    if let Some(format) = &schema.format {
        set("format", quote!(Some(#format)));
        if ENFORCED_FORMATS.contains(&format.as_str()) {
            let format = names::camel(format);
            set("checked_format", quote!(Some(Format::#format)));
        }
    }
    for (name, text) in [("title", &schema.title), ("description", &schema.description)] {
        if let Some(text) = text {
            set(name, quote!(Some(#text)));
        }
    }
    let flags = [
        ("deprecated", schema.deprecated),
        ("read_only", schema.read_only),
        ("exclusive_minimum", schema.exclusive_minimum),
        ("exclusive_maximum", schema.exclusive_maximum),
        ("unique_items", schema.unique_items),
    ];
    for (name, _) in flags.into_iter().filter(|(_, flag)| *flag) {
        set(name, quote!(true));
    }
    for (name, value) in [("default", &schema.default), ("example", &schema.example)] {
        if let Some(value) = value {
            let literal = literal(value);
            set(name, quote!(Some(#literal)));
        }
    }
    if !schema.enumeration.is_empty() {
        let literals = schema.enumeration.iter().map(literal);
        set("enumeration", quote!(&[#(#literals),*]));
    }
    let bounds = [
        ("minimum", &schema.minimum),
        ("maximum", &schema.maximum),
        ("multiple_of", &schema.multiple_of),
    ];
    for (name, bound) in bounds {
        if let Some(bound) = bound.as_ref().and_then(Value::as_f64) {
            let bound = Literal::f64_unsuffixed(bound);
            set(name, quote!(Some(#bound)));
        }
    }
    let counts = [
        ("min_length", schema.min_length),
        ("max_length", schema.max_length),
        ("min_items", schema.min_items),
        ("max_items", schema.max_items),
        ("min_properties", schema.min_properties),
        ("max_properties", schema.max_properties),
    ];
    for (name, count) in counts {
        if let Some(count) = count {
            let count = Literal::u64_unsuffixed(count);
            set(name, quote!(Some(#count)));
        }
    }
    for (name, pattern) in [("pattern", &schema.pattern), ("key_pattern", &schema.key_pattern)] {
        if let Some(pattern) = pattern {
            let pattern = patterns.name(pattern);
            set(name, quote!(Some(&#pattern)));
        }
    }
    if let Some(items) = &schema.items {
        let node = node(items, patterns, scope);
        set("items", quote!(Some(#node)));
    }
    if !schema.properties.is_empty() {
        let properties = schema.properties.iter().map(|(name, property)| {
            let node = node(property, patterns, scope);
            quote!(Property { name: #name, node: #node })
        });
        let properties: Vec<TokenStream> = properties.collect();
        set("properties", quote!(&[#(#properties),*]));
    }
    if !schema.required.is_empty() {
        let required = &schema.required;
        set("required", quote!(&[#(#required),*]));
    }
    match &schema.additional {
        Additional::Unsaid => {}
        Additional::Open => set("additional", quote!(Additional::Open)),
        Additional::Closed => set("additional", quote!(Additional::Closed)),
        Additional::Of(schema) => {
            let node = node(schema, patterns, scope);
            set("additional", quote!(Additional::Of(#node)));
        }
    }
    quote!(Schema { #(#fields,)* ..Schema::ANY })
}

fn kind(kind: Kind) -> Option<Ident> {
    let name = match kind {
        Kind::Any => return None,
        Kind::Boolean => "Boolean",
        Kind::Integer => "Integer",
        Kind::Number => "Number",
        Kind::String => "String",
        Kind::Array => "Array",
        Kind::Object => "Object",
    };
    Some(format_ident!("{name}"))
}

fn literal(value: &Value) -> TokenStream {
    match value {
        Value::Null => quote!(Literal::Null),
        Value::Bool(value) => quote!(Literal::Bool(#value)),
        Value::String(text) => quote!(Literal::Text(#text)),
        Value::Number(number) => {
            if let Some(integer) = number.as_i64() {
                let integer = Literal::i64_unsuffixed(integer);
                quote!(Literal::Integer(#integer))
            } else {
                let float = Literal::f64_unsuffixed(number.as_f64().unwrap_or_default());
                quote!(Literal::Float(#float))
            }
        }
        composite => {
            let text = composite.to_string();
            quote!(Literal::Json(#text))
        }
    }
}
