//! From tokens to formatted text, a few items at a time: the syntax tree of a whole file of a large contract would be many times as
//! large as its text, and most of the time would go into making room for it.

mod constants;
mod modules;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{File, Item};

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
    Ok(in_lines(printer.text))
}

/// Literals write these as escapes; a name in a doc comment has them as they are, and the compiler refuses them there.
fn in_lines(text: String) -> String {
    let is_refused =
        |character| matches!(character, '\r' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.contains(is_refused) {
        text.replace(is_refused, " ")
    } else {
        text
    }
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
        let apart = match modules::print_module(&item) {
            Some(module) => Some(module?),
            None => constants::print_constant(&item),
        };
        if let Some(text) = apart {
            self.flush()?;
            self.text.push('\n');
            self.text.push_str(&text);
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
            self.text.push_str(&print_items(items)?);
        }
        Ok(())
    }
}

fn print_items(items: Vec<TokenTree>) -> Result<String, syn::Error> {
    let mut file: File = syn::parse2(items.into_iter().collect())?;
    let items = std::mem::take(&mut file.items);
    let mut text = prettyplease::unparse(&file);
    let has_header = !text.is_empty();
    for (index, item) in items.into_iter().enumerate() {
        if stands_apart(&item) || (has_header && index == 0) {
            text.push('\n');
        }
        let has_members = matches!(item, Item::Impl(_) | Item::Mod(_) | Item::Trait(_));
        let item = prettyplease::unparse(&File {
            shebang: None,
            attrs: Vec::new(),
            items: vec![item],
        });
        push_spaced(&mut text, &item, has_members);
    }
    Ok(text)
}

/// Whether a blank line is before an item: imports stand together, and a macro stands below the type that it is about.
fn stands_apart(item: &Item) -> bool {
    !matches!(item, Item::Use(_) | Item::Mod(_) | Item::Macro(_))
}

/// Adds the text of an item: a space before the words of its documentation, and blank lines between what stands in it.
fn push_spaced(text: &mut String, item: &str, has_members: bool) {
    let mut is_after_member = false;
    let mut is_above = true;
    for line in item.lines() {
        is_above = is_above && line.starts_with("///");
        if is_above && !line.starts_with("/// ") && line != "///" {
            text.push_str("/// ");
            text.push_str(line.trim_start_matches('/'));
            text.push('\n');
            continue;
        }
        let is_member = line.starts_with("    ") && !line.starts_with("     ");
        if has_members && is_member {
            if is_after_member && begins_member(line.trim_start()) {
                text.push('\n');
            }
            is_after_member = line.ends_with('}') || line.ends_with(';');
        }
        text.push_str(line);
        text.push('\n');
    }
}

/// Whether a line, where something has ended above it, begins what stands apart.
fn begins_member(line: &str) -> bool {
    let words = ["///", "#[", "fn ", "async fn ", "impl ", "pub ", "static "];
    words.iter().any(|word| line.starts_with(word))
        && !line.starts_with("pub mod ")
        && !line.starts_with("pub use ")
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
                #[doc = " Another."]
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
        // Constants are laid out otherwise, and say the same.
        let printed = print(tokens.clone()).unwrap();
        let printed = prettyplease::unparse(&syn::parse_file(&printed).unwrap());
        let whole: String = prettyplease::unparse(&syn::parse2(tokens).unwrap());
        let lines = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| !line.is_empty())
                .map(|line| line.replace("/// ", "///"))
                .collect()
        };
        assert_eq!(lines(&printed), lines(&whole));
        assert!(whole.lines().count() > 2000);
    }

    #[test]
    fn what_stands_in_a_module_is_printed_as_in_a_file() {
        let text = print(quote! {
            #[doc = " A module."]
            pub mod a {
                //! Documented inside.
                use b::C;
                pub static D: Schema = Schema(&[Keyword::Type(&[Kind::Array]), Keyword::Items(Schema(&[Keyword::Type(&[Kind::String])]))]);
            }
            mod empty {}
        });
        let expected = "
/// A module.
pub mod a {
    //! Documented inside.

    use b::C;

    pub static D: Schema = Schema(&[
        Keyword::Type(&[Kind::Array]),
        Keyword::Items(Schema(&[Keyword::Type(&[Kind::String])])),
    ]);
}

mod empty {}
";
        assert_eq!(text.unwrap(), expected);
        let lines = quote!(
            mod a {
                const B: &str = "\n";
            }
        );
        assert!(modules::print_module(&lines.into_iter().collect::<Vec<_>>()).is_some());
        let lines: TokenStream = "mod a { const B: &str = \"\n\"; }".parse().unwrap();
        assert!(modules::print_module(&lines.into_iter().collect::<Vec<_>>()).is_none());
    }

    #[test]
    fn what_belongs_apart_stands_apart() {
        let text = print(quote! {
            //! A file.
            use a::A;
            use a::B;
            #[doc = "A struct."]
            pub struct C { a: A, b: B }
            component!(C, "C");
            impl C {
                type D = E;
                #[must_use]
                fn a(&self) -> A { if true { 1 } else { 2 } }
                /// B.
                fn b(&self) -> B { 3 }
            }
        });
        let expected = "//! A file.

use a::A;
use a::B;

/// A struct.
pub struct C {
    a: A,
    b: B,
}
component!(C, \"C\");

impl C {
    type D = E;

    #[must_use]
    fn a(&self) -> A {
        if true { 1 } else { 2 }
    }

    /// B.
    fn b(&self) -> B {
        3
    }
}
";
        assert_eq!(text.unwrap(), expected);
    }
}
