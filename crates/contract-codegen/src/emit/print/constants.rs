//! Constants as text. A contract becomes constants for the most part, and these are a small language: words, commas and brackets.
//! They are laid out here, in one pass over the tokens, as rustfmt lays them out: what is alone in its brackets opens on the line of
//! those around it, so that a schema that is nested deep is indented once for each level and not four times.

use std::fmt::Write as _;

use proc_macro2::{Delimiter, Spacing, TokenTree};

/// So many characters a line has at most, texts of the contract apart.
const WIDTH: usize = 100;

/// The text of a constant; `None` where it holds something else than constants do, such as a closure.
pub(super) fn print_constant(tokens: &[TokenTree]) -> Option<String> {
    let (docs, rest) = docs(tokens);
    let is_static = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "static");
    let begin = rest.iter().position(is_static).filter(|begin| *begin <= 2)?;
    let (last, body) = rest.split_last()?;
    let is_semicolon = matches!(last, TokenTree::Punct(punct) if punct.as_char() == ';');
    let equals = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '=');
    let equals = begin + rest.get(begin..)?.iter().position(equals)?;
    if !is_semicolon {
        return None;
    }
    let head = Sequence::of(body.get(..equals)?.iter().cloned())?;
    let value = Sequence::of(body.get(equals + 1..)?.iter().cloned())?;
    let mut text = String::new();
    for doc in docs {
        writeln!(text, "///{doc}").ok()?;
    }
    head.flat(&mut text);
    text.push_str(" = ");
    let mut printer = Printer { text };
    printer.put(&value, 0, 1);
    printer.text.push_str(";\n");
    Some(printer.text)
}

/// The lines of the doc comments that an item begins with, and what comes after them.
pub(super) fn docs(mut tokens: &[TokenTree]) -> (Vec<String>, &[TokenTree]) {
    let mut docs = Vec::new();
    while let [TokenTree::Punct(punct), TokenTree::Group(group), rest @ ..] = tokens {
        let attribute: syn::Result<syn::MetaNameValue> = syn::parse2(group.stream());
        let Some(line) = (punct.as_char() == '#').then_some(attribute).and_then(text_of) else {
            break;
        };
        // A doc comment is set apart from its slashes.
        let is_apart = line.is_empty() || line.starts_with(' ');
        docs.push(if is_apart { line } else { format!(" {line}") });
        tokens = rest;
    }
    (docs, tokens)
}

fn text_of(attribute: syn::Result<syn::MetaNameValue>) -> Option<String> {
    let attribute = attribute
        .ok()
        .filter(|attribute| attribute.path.is_ident("doc"))?;
    match attribute.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) if !text.value().contains('\n') => Some(text.value()),
        _ => None,
    }
}

/// A token with what is in it.
enum Tree {
    Word(String),
    /// One sign, or several that belong together.
    Sign(String),
    Group(Delimiter, Vec<Sequence>),
}

/// Tokens without a comma between them.
struct Sequence {
    trees: Vec<Tree>,
    /// How many characters it has on one line.
    width: usize,
}

impl Sequence {
    fn of(tokens: impl Iterator<Item = TokenTree>) -> Option<Self> {
        let mut sequences = Self::all(tokens)?;
        let only = sequences.pop()?;
        sequences.is_empty().then_some(only)
    }

    /// Tokens apart at their commas.
    fn all(tokens: impl Iterator<Item = TokenTree>) -> Option<Vec<Self>> {
        let mut all = Vec::new();
        let mut trees: Vec<Tree> = Vec::new();
        let mut is_joint = false;
        for token in tokens {
            let was_joint = std::mem::take(&mut is_joint);
            match token {
                TokenTree::Group(group) => {
                    trees.push(Tree::Group(
                        group.delimiter(),
                        Self::all(group.stream().into_iter())?,
                    ));
                }
                TokenTree::Ident(ident) => trees.push(Tree::Word(ident.to_string())),
                TokenTree::Literal(literal) => trees.push(Tree::Word(literal.to_string())),
                TokenTree::Punct(punct) => match (punct.as_char(), trees.last_mut()) {
                    (',', _) => all.push(Self::from(std::mem::take(&mut trees))),
                    (sign @ (':' | '.'), Some(Tree::Sign(signs))) if was_joint => {
                        signs.push(sign);
                        is_joint = punct.spacing() == Spacing::Joint;
                    }
                    (sign @ (':' | '.' | '&' | '-' | '<' | '>'), _) => {
                        trees.push(Tree::Sign(sign.to_string()));
                        is_joint = punct.spacing() == Spacing::Joint;
                    }
                    (_, _) => return None,
                },
            }
        }
        if !trees.is_empty() {
            all.push(Self::from(trees));
        }
        Some(all)
    }

    fn from(trees: Vec<Tree>) -> Self {
        let mut width = 0;
        let mut previous = None;
        for tree in &trees {
            width += usize::from(has_space(previous, tree)) + tree.width();
            previous = Some(tree);
        }
        Self { trees, width }
    }

    fn flat(&self, text: &mut String) {
        let mut previous = None;
        for tree in &self.trees {
            if has_space(previous, tree) {
                text.push(' ');
            }
            tree.flat(text);
            previous = Some(tree);
        }
    }

    /// Whether it ends in brackets that can be opened on the line of brackets around it.
    fn can_open(&self) -> bool {
        matches!(self.trees.last(), Some(Tree::Group(_, members)) if !members.is_empty())
            && !self
                .trees
                .iter()
                .any(|tree| matches!(tree, Tree::Sign(sign) if sign == ":"))
    }

    /// `..Response::NEW` of a struct, behind which no comma can stand.
    fn is_base(&self) -> bool {
        matches!(self.trees.first(), Some(Tree::Sign(sign)) if sign == "..")
    }
}

impl Tree {
    fn width(&self) -> usize {
        match self {
            // Longer than any line is long enough.
            Self::Word(text) | Self::Sign(text) => text.chars().take(WIDTH + 1).count(),
            Self::Group(delimiter, members) => {
                let (open, close) = flat_brackets(*delimiter, members.is_empty());
                let commas = 2 * members.len().saturating_sub(1);
                let inner: usize = members.iter().map(|member| member.width).sum();
                open.len() + close.len() + commas + inner
            }
        }
    }

    fn flat(&self, text: &mut String) {
        match self {
            Self::Word(word) | Self::Sign(word) => text.push_str(word),
            Self::Group(delimiter, members) => {
                let (open, close) = flat_brackets(*delimiter, members.is_empty());
                text.push_str(open);
                for (index, member) in members.iter().enumerate() {
                    if index > 0 {
                        text.push_str(", ");
                    }
                    member.flat(text);
                }
                text.push_str(close);
            }
        }
    }
}

fn flat_brackets(delimiter: Delimiter, is_empty: bool) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace if is_empty => ("{", "}"),
        Delimiter::Brace => ("{ ", " }"),
        Delimiter::None => ("", ""),
    }
}

fn has_space(previous: Option<&Tree>, next: &Tree) -> bool {
    match (previous, next) {
        (Some(Tree::Word(_)), Tree::Group(Delimiter::Brace, _))
        | (Some(Tree::Word(_) | Tree::Group(..)), Tree::Word(_)) => true,
        (Some(Tree::Sign(sign)), _) => sign == ":",
        _ => false,
    }
}

struct Printer {
    text: String,
}

impl Printer {
    /// Puts a sequence at the end of the text, behind which so many characters follow on its last line.
    fn put(&mut self, sequence: &Sequence, indent: usize, behind: usize) {
        let line = self.text.rsplit('\n').next().unwrap_or_default();
        // A line that is too long already cannot be mended by breaking what comes next.
        let column = line.chars().count();
        if column + sequence.width + behind <= WIDTH {
            return sequence.flat(&mut self.text);
        }
        let mut previous = None;
        for tree in &sequence.trees {
            if has_space(previous, tree) {
                self.text.push(' ');
            }
            match tree {
                Tree::Group(delimiter, members) if !members.is_empty() => {
                    self.put_group(*delimiter, members, indent);
                }
                other => other.flat(&mut self.text),
            }
            previous = Some(tree);
        }
    }

    fn put_group(&mut self, delimiter: Delimiter, members: &[Sequence], indent: usize) {
        let (open, close) = flat_brackets(delimiter, true);
        self.text.push_str(open);
        if let ([only], false) = (members, delimiter == Delimiter::Brace)
            && only.can_open()
        {
            self.put(only, indent, close.len());
        } else {
            for member in members {
                self.line(indent + 1);
                self.put(member, indent + 1, 1);
                if !member.is_base() {
                    self.text.push(',');
                }
            }
            self.line(indent);
        }
        self.text.push_str(close);
    }

    fn line(&mut self, indent: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("    ", indent));
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;

    fn printed(tokens: TokenStream) -> Option<String> {
        print_constant(&tokens.into_iter().collect::<Vec<_>>())
    }

    #[test]
    fn what_fits_stands_on_one_line() {
        let text = printed(quote! {
            #[doc = "A schema."]
            pub(super) static A: &[Schema] = &[Schema(&[Minimum(Integer(-1))]), B { a: 1, ..B::NEW }];
        });
        let wanted = "/// A schema.\npub(super) static A: &[Schema] = \
                      &[Schema(&[Minimum(Integer(-1))]), B { a: 1, ..B::NEW }];\n";
        assert_eq!(text.unwrap(), wanted);
    }

    #[test]
    fn what_is_alone_in_its_brackets_opens_with_them() {
        let text = printed(quote! {
            pub static THING: Schema = Schema(&[
                Keyword::Properties(&[Named { name: "a text that is long enough for a line", schema: Schema(&[Keyword::Type(&[Kind::String])]) }]),
                Keyword::Nullable
            ]);
        });
        let wanted = r#"pub static THING: Schema = Schema(&[
    Keyword::Properties(&[Named {
        name: "a text that is long enough for a line",
        schema: Schema(&[Keyword::Type(&[Kind::String])]),
    }]),
    Keyword::Nullable,
]);
"#;
        assert_eq!(text.unwrap(), wanted);
    }

    #[test]
    fn what_is_no_constant_is_left_to_others() {
        assert_eq!(
            printed(quote!(
                static A: B = B::new(|| 1);
            )),
            None
        );
        assert_eq!(
            printed(quote!(
                static A: B = {
                    1;
                    2
                };
            )),
            None
        );
        assert_eq!(
            printed(quote!(
                pub fn a() {}
            )),
            None
        );
        assert_eq!(
            printed(quote!(
                #[cfg(test)]
                static A: u8 = 1;
            )),
            None
        );
    }
}
