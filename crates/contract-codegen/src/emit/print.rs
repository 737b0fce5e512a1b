//! From tokens to formatted text, a few items at a time: the syntax tree of a whole file of a large contract would be many times as
//! large as its text, and most of the time would go into making room for it.

mod constants;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The text of a file.
pub(super) fn print(tokens: TokenStream) -> Result<String, syn::Error> {
    let mut printer = Printer::default();
    let mut item = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let ends = ends_item(&token, tokens.peek());
        item.push(token);
        if ends {
            printer.item(std::mem::take(&mut item))?;
        }
    }
    printer.item(item)?;
    printer.flush()?;
    Ok(printer.text)
}

/// How many tokens, those in brackets not counted, are printed together at least.
const TOKENS_MIN: usize = 200;

#[derive(Default)]
struct Printer {
    text: String,
    /// Items that are to be printed together.
    items: Vec<TokenTree>,
}

impl Printer {
    fn item(&mut self, item: Vec<TokenTree>) -> Result<(), syn::Error> {
        if let Some(constant) = constants::print_constant(&item) {
            self.flush()?;
            self.text.push_str(&constant);
            return Ok(());
        }
        self.items.extend(item);
        if self.items.len() >= TOKENS_MIN {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), syn::Error> {
        let items = std::mem::take(&mut self.items);
        if !items.is_empty() {
            let file = syn::parse2(items.into_iter().collect())?;
            self.text.push_str(&prettyplease::unparse(&file));
        }
        Ok(())
    }
}

/// Whether a token that stands in no brackets ends an item: a semicolon, or braces before the first word of another item.
fn ends_item(token: &TokenTree, next: Option<&TokenTree>) -> bool {
    match (token, next) {
        (TokenTree::Punct(punct), _) => punct.as_char() == ';',
        (TokenTree::Group(group), Some(next)) if group.delimiter() == Delimiter::Brace => match next {
            TokenTree::Punct(punct) => punct.as_char() == '#',
            TokenTree::Ident(ident) => ["impl", "mod", "pub", "static", "use"]
                .iter()
                .any(|word| ident == word),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn items_that_are_printed_apart_are_those_of_the_whole() {
        let items = (0..100).map(|number| {
            quote! {
                /// A number.
                pub static A: [Number; 1] = [Number { value: #number }];
                #[doc = "Another."]
                pub(super) static A2: &[Number] = &[Number { value: -1, ..Number::NEW }];
                #[derive(Clone)]
                pub struct B { #[serde(default)] pub a: Vec<u8> }
                impl From<B> for u8 { fn from(_: B) -> Self { let a = 1; { a } } }
                impl B {}
                component! { B }
                mod c { use super::{A, B}; pub fn c() {} }
                pub enum D { E { f: u8 }, G }
                static H: &[u8] = &[1, 2];
                use super::b::{C, D};
            }
        });
        let tokens = quote! {
            //! A file.
            #![allow(missing_docs)]
            #(#items)*
            pub fn last() {}
        };
        let whole = prettyplease::unparse(&syn::parse2(tokens.clone()).unwrap());
        let text = print(tokens).unwrap();
        assert_eq!(prettyplease::unparse(&syn::parse_file(&text).unwrap()).replace("/// ", "///"), whole.replace("/// ", "///"));
        assert!(whole.lines().count() > 2000);
    }
}
