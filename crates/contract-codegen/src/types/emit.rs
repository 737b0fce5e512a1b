//! The models: the items of all types.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::Types;
use super::docs::doc;
use super::model::{Constant, Field, Item, Kind, Rest, Selector, Use, Variant};
use crate::emit::SchemaStatics;
use crate::{Dialect, Language, SchemaAt};

pub(super) fn emit(types: &Types<'_>, statics: &mut SchemaStatics<'_>) -> TokenStream {
    let items = types
        .order
        .iter()
        .filter_map(|index| Some((*index, types.items.get(*index)?)));
    let items = items.map(|(index, item)| emit_item(types, statics, index, item));
    quote! {
        //! The models of the contract.

        #(#items)*
    }
}

fn emit_item(
    types: &Types<'_>,
    statics: &mut SchemaStatics<'_>,
    index: usize,
    item: &Item<'_>,
) -> TokenStream {
    let ident = &item.ident;
    let docs = described(item.schema);
    let definition = match &item.kind {
        Kind::Pending => return TokenStream::new(),
        Kind::Struct { fields, rest } => structure(types, index, item, fields, rest.as_ref()),
        Kind::Words { words, other } => enumeration(item, words, other.as_ref()),
        Kind::Values(values) => enumeration_of_values(item, values),
        Kind::Union { variants, holder } => {
            let by = holder.map(|(schema, keyword)| {
                let constant = statics.constant(schema.pointer());
                let list = format_ident!("{}", if keyword == "oneOf" { "one_of" } else { "any_of" });
                quote!(by #list super::schemas::#constant)
            });
            union(types, index, item, variants, by.as_ref())
        }
        Kind::Newtype(used) => {
            let inner = types.print_in(used, &quote!(), Some(index));
            quote! {
                #docs
                #[derive(Debug, Clone, PartialEq)]
                pub struct #ident(pub #inner);
                contract_runtime::transparent!(#ident(#inner));
            }
        }
        Kind::Alias(used) => {
            let target = types.print(used, &quote!());
            return quote!(#docs pub type #ident = #target;);
        }
    };
    let component = item.schema.component().map(|name| {
        let constant = statics.constant(item.schema.pointer());
        quote!(contract_runtime::component!(#ident, #name, super::schemas::#constant);)
    });
    quote!(#definition #component)
}

/// The doc comment of a schema: its description, or its title; and whether its use is to end.
fn described(schema: SchemaAt<'_>) -> TokenStream {
    let text = schema.text("description").or_else(|| schema.text("title"));
    let text = text.map(str::trim_end).filter(|text| !text.is_empty());
    let deprecated = schema.flag("deprecated");
    match (text, deprecated) {
        (None, false) => TokenStream::new(),
        (Some(text), false) => doc(text),
        (None, true) => doc("Deprecated."),
        (Some(text), true) => doc(&format!("{text}\n\nDeprecated.")),
    }
}

/// How a field is read and written.
struct Member {
    kind: &'static str,
    of: TokenStream,
    default: Option<TokenStream>,
}

fn member(types: &Types<'_>, index: usize, field: &Field<'_>) -> Member {
    let of = types.print_in(&field.used, &quote!(), Some(index));
    let one_way = types.dialect == Dialect::OpenApi30
        && ((field.read_only && types.reached.in_requests(index))
            || (field.write_only && types.reached.in_responses(index)));
    if field.required && !one_way {
        return Member {
            kind: "required",
            of,
            default: None,
        };
    }
    if let Some(default) = field.default {
        return Member {
            kind: "default",
            of,
            default: Some(literal(default)),
        };
    }
    if field.used.nullable {
        let bare = Use {
            nullable: false,
            ..field.used.clone()
        };
        let of = types.print_in(&bare, &quote!(), Some(index));
        return Member {
            kind: "nullable",
            of: quote!(contract_runtime::MaybeAbsent<#of>),
            default: None,
        };
    }
    Member {
        kind: "optional",
        of: quote!(Option<#of>),
        default: None,
    }
}

fn structure(
    types: &Types<'_>,
    index: usize,
    item: &Item<'_>,
    fields: &[Field<'_>],
    rest: Option<&Rest>,
) -> TokenStream {
    let ident = &item.ident;
    let docs = described(item.schema);
    let members: Vec<Member> = fields.iter().map(|field| member(types, index, field)).collect();
    let declared = fields.iter().zip(&members).map(|(field, member)| {
        let (ident, of, docs) = (&field.ident, &member.of, field_docs(field));
        quote!(#docs pub #ident: #of)
    });
    let read = fields.iter().zip(&members).map(|(field, member)| {
        let (ident, name, kind) = (&field.ident, field.name, format_ident!("{}", member.kind));
        let default = member.default.as_ref().map(|default| quote!(= #default));
        quote!(#kind #ident: #name #default)
    });
    let (rest_declared, rest_read) = rest.map_or_else(Default::default, |rest| {
        let (ident, of) = (&rest.ident, rest_type(types, rest));
        let docs = doc("Members that the contract does not name.");
        (quote!(#docs pub #ident: #of), Some(quote!(..#ident)))
    });
    let plain = types.language == Language::Plain;
    let new = plain.then(|| constructor(item, fields, &members, rest)).flatten();
    let derives = if members
        .iter()
        .all(|member| matches!(member.kind, "optional" | "nullable"))
    {
        quote!(#[derive(Debug, Clone, PartialEq, Default)])
    } else {
        quote!(#[derive(Debug, Clone, PartialEq)])
    };
    quote! {
        #docs
        #derives
        pub struct #ident { #(#declared,)* #rest_declared }
        #new
        contract_runtime::object!(#ident { #(#read,)* #rest_read });
    }
}

/// A function that takes what must be there; without such members there is `Default`.
fn constructor(
    item: &Item<'_>,
    fields: &[Field<'_>],
    members: &[Member],
    rest: Option<&Rest>,
) -> Option<TokenStream> {
    let both = || fields.iter().zip(members);
    let is_given = |member: &Member| matches!(member.kind, "required" | "default");
    let empty = members.iter().filter(|member| !is_given(member)).count() + usize::from(rest.is_some());
    if empty == 0 || !members.iter().any(is_given) {
        return None;
    }
    let given = both().filter(|(_, member)| is_given(member));
    let parameters = given.clone().map(|(field, member)| {
        let (ident, of) = (&field.ident, &member.of);
        quote!(#ident: #of)
    });
    let taken = given.map(|(field, _)| &field.ident);
    let absent = both()
        .filter(|(_, member)| !is_given(member))
        .map(|(field, _)| &field.ident);
    let absent = absent.chain(rest.map(|rest| &rest.ident));
    let ident = &item.ident;
    let docs = doc("With what must be there, and nothing else.");
    Some(quote! {
        impl #ident {
            #docs
            #[must_use]
            pub fn new(#(#parameters),*) -> Self {
                Self { #(#taken,)* #(#absent: Default::default(),)* }
            }
        }
    })
}

fn rest_type(types: &Types<'_>, rest: &Rest) -> TokenStream {
    match &rest.values {
        None => quote!(contract_runtime::JsonObject),
        Some(values) => {
            let values = types.print(values, &quote!());
            quote!(std::collections::BTreeMap<String, #values>)
        }
    }
}

/// A component is documented where it stands; what its reference says beside it is documented here.
fn field_docs(field: &Field<'_>) -> TokenStream {
    let mut text = field
        .schema
        .text("description")
        .map(str::trim_end)
        .unwrap_or_default()
        .to_owned();
    let deprecated = field.schema.flag("deprecated").then_some("Deprecated.");
    let read_only = field.read_only.then_some("Read-only: in responses alone.");
    let write_only = field.write_only.then_some("Write-only: in requests alone.");
    for note in [deprecated, read_only, write_only].into_iter().flatten() {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(note);
    }
    if text.is_empty() {
        TokenStream::new()
    } else {
        doc(&text)
    }
}

fn constants<'c>(constants: &'c [Constant<'_>]) -> impl Iterator<Item = TokenStream> + 'c {
    constants.iter().map(|constant| {
        let (ident, docs) = (&constant.ident, constant.doc.map(doc));
        quote!(#docs #ident)
    })
}

fn enumeration(item: &Item<'_>, words: &[Constant<'_>], other: Option<&proc_macro2::Ident>) -> TokenStream {
    let ident = &item.ident;
    let docs = described(item.schema);
    let variants = constants(words);
    let read = words.iter().filter_map(|word| {
        let (ident, text) = (&word.ident, word.value.as_str()?);
        Some(quote!(#ident = #text))
    });
    if let Some(other) = other {
        let other_docs = doc("A text that the contract does not list.");
        return quote! {
            #docs
            #[derive(Debug, Clone, PartialEq, Eq, Hash)]
            pub enum #ident { #(#variants,)* #other_docs #other(String) }
            contract_runtime::string_enum!(#ident { #(#read,)* ..#other });
        };
    }
    quote! {
        #docs
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum #ident { #(#variants),* }
        contract_runtime::string_enum!(#ident { #(#read),* });
    }
}

fn enumeration_of_values(item: &Item<'_>, values: &[Constant<'_>]) -> TokenStream {
    let ident = &item.ident;
    let docs = described(item.schema);
    let variants = constants(values);
    let read = values.iter().map(|value| {
        let (ident, (kind, value)) = (&value.ident, literal_parts(value.value));
        let kind = format_ident!("{kind}");
        quote!(#ident = #kind(#value))
    });
    quote! {
        #docs
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum #ident { #(#variants),* }
        contract_runtime::value_enum!(#ident { #(#read),* });
    }
}

fn union(
    types: &Types<'_>,
    index: usize,
    item: &Item<'_>,
    variants: &[Variant<'_>],
    by: Option<&TokenStream>,
) -> TokenStream {
    let ident = &item.ident;
    let docs = described(item.schema);
    let declared = variants.iter().map(|variant| {
        let (ident, docs) = (&variant.ident, variant.doc.map(doc));
        let of = types.print_in(&variant.used, &quote!(), Some(index));
        quote!(#docs #ident(#of))
    });
    let selected = variants.iter().map(|variant| {
        let ident = &variant.ident;
        match &variant.selector {
            Selector::Kinds(kinds) => {
                let kinds = kinds.iter().map(|kind| format_ident!("{kind}"));
                quote!(#ident(#(#kinds)|*))
            }
            Selector::Index(index) => {
                let index = Literal::usize_unsuffixed(*index);
                quote!(#ident = #index)
            }
        }
    });
    quote! {
        #docs
        #[derive(Debug, Clone, PartialEq)]
        pub enum #ident { #(#declared),* }
        contract_runtime::union!(#ident { #(#selected),* } #by);
    }
}

fn literal(value: &Value) -> TokenStream {
    let (kind, value) = literal_parts(value);
    let kind = format_ident!("{kind}");
    quote!(#kind(#value))
}

/// The variant of the runtime's `Literal` that holds a value, and what it holds.
fn literal_parts(value: &Value) -> (&'static str, TokenStream) {
    match value {
        Value::Bool(value) => ("Bool", quote!(#value)),
        Value::String(text) => ("Text", quote!(#text)),
        Value::Number(number) if number.is_i64() => {
            let integer = Literal::i64_unsuffixed(number.as_i64().unwrap_or_default());
            ("Integer", quote!(#integer))
        }
        other => {
            let text = other.to_string();
            ("Json", quote!(#text))
        }
    }
}
