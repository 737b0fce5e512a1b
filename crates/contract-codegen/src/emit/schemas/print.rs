//! The runtime's keywords as Rust.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::SchemaStatics;
use super::tree::{Argument, KeywordTree, Reference, SchemaTree};

impl SchemaStatics<'_> {
    pub(super) fn schema(&mut self, tree: &SchemaTree, scope: &TokenStream) -> TokenStream {
        match tree.0.as_slice() {
            [] => quote!(Schema::ANY),
            [only] if only.variant == "Never" => quote!(Schema::NEVER),
            keywords => {
                let keywords = keywords.iter().map(|keyword| self.keyword(keyword, scope));
                let keywords: Vec<TokenStream> = keywords.collect();
                quote!(Schema(&[#(#keywords),*]))
            }
        }
    }

    fn keyword(&mut self, keyword: &KeywordTree, scope: &TokenStream) -> TokenStream {
        let variant = format_ident!("{}", keyword.variant);
        let argument = match &keyword.argument {
            Argument::Nothing => return quote!(Keyword::#variant),
            Argument::Reference(Reference { text, target }) => {
                let target = self.constant(target);
                return quote!(Keyword::#variant { reference: #text, schema: &#scope #target });
            }
            Argument::Dynamic(Reference { text, target }, anchor) => {
                let target = self.constant(target);
                return quote!(Keyword::#variant { reference: #text, anchor: #anchor, schema: &#scope #target });
            }
            Argument::Discriminator(property, mapping) => {
                let mapping = self.targets(mapping, scope);
                return quote!(Keyword::#variant { property: #property, mapping: #mapping });
            }
            Argument::Schema(tree) => self.schema(tree, scope),
            Argument::Schemas(trees) => {
                let schemas = trees.iter().map(|tree| self.schema(tree, scope));
                let schemas: Vec<TokenStream> = schemas.collect();
                quote!(&[#(#schemas),*])
            }
            Argument::Named(members) => {
                let members = members.iter().map(|(name, tree)| {
                    let schema = self.schema(tree, scope);
                    quote!(Named { name: #name, schema: #schema })
                });
                let members: Vec<TokenStream> = members.collect();
                quote!(&[#(#members),*])
            }
            Argument::Patterns(members) => {
                let members = members.iter().map(|(pattern, tree)| {
                    let pattern = self.patterns.name(pattern);
                    let schema = self.schema(tree, scope);
                    quote!((&patterns::#pattern, #schema))
                });
                let members: Vec<TokenStream> = members.collect();
                quote!(&[#(#members),*])
            }
            Argument::Anchors(anchors) => self.targets(anchors, scope),
            Argument::Pattern(pattern) => {
                let pattern = self.patterns.name(pattern);
                quote!(&patterns::#pattern)
            }
            plain => plain_argument(plain),
        };
        quote!(Keyword::#variant(#argument))
    }

    fn targets(&mut self, targets: &[(String, String)], scope: &TokenStream) -> TokenStream {
        let targets = targets.iter().map(|(name, target)| {
            let target = self.constant(target);
            quote!((#name, &#scope #target))
        });
        let targets: Vec<TokenStream> = targets.collect();
        quote!(&[#(#targets),*])
    }
}

fn plain_argument(argument: &Argument) -> TokenStream {
    match argument {
        Argument::Kinds(kinds) => {
            let kinds = kinds.iter().map(|kind| format_ident!("{kind}"));
            quote!(&[#(Kind::#kinds),*])
        }
        Argument::Format(format, None) => quote!(#format, None),
        Argument::Format(format, Some(checked)) => {
            let checked = format_ident!("{checked}");
            quote!(#format, Some(Format::#checked))
        }
        Argument::Text(text) => quote!(#text),
        Argument::Texts(texts) => quote!(&[#(#texts),*]),
        Argument::Waived(direction, names) => {
            let direction = format_ident!("{direction}");
            quote!(Direction::#direction, &[#(#names),*])
        }
        Argument::Annotation(name, value) => {
            let value = literal(value);
            quote!(#name, #value)
        }
        Argument::Literal(value) => literal(value),
        Argument::Literals(values) => {
            let values = values.iter().map(literal);
            quote!(&[#(#values),*])
        }
        Argument::Count(count) => {
            let count = Literal::u64_unsuffixed(*count);
            quote!(#count)
        }
        Argument::Dependencies(members) => {
            let members = members
                .iter()
                .map(|(name, names)| quote!((#name, &[#(#names),*])));
            quote!(&[#(#members),*])
        }
        _ => TokenStream::new(),
    }
}

/// A JSON value as the runtime's `Literal`.
fn literal(value: &Value) -> TokenStream {
    match value {
        Value::Null => quote!(Literal::Null),
        Value::Bool(value) => quote!(Literal::Bool(#value)),
        Value::String(text) => quote!(Literal::Text(#text)),
        Value::Number(number) if number.is_i64() => {
            let integer = Literal::i64_unsuffixed(number.as_i64().unwrap_or_default());
            quote!(Literal::Integer(#integer))
        }
        composite => {
            let text = composite.to_string();
            quote!(Literal::Json(#text))
        }
    }
}
