//! Path templates: text and parameters in braces, and after `?` or `#` what tells apart the operations of one path.

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Itself.
    Text(&'a str),
    /// `{name}`
    Parameter(&'a str),
}

/// The pieces of `template`, or what is wrong with it.
pub(crate) fn pieces(template: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.find(['{', '}']).unwrap_or(rest.len()));
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        let Some(opened) = after.strip_prefix('{') else {
            if after.is_empty() {
                break;
            }
            return Err("a brace is closed that was not opened".to_owned());
        };
        let (name, after) = opened.split_once('}').ok_or("a brace is not closed")?;
        if name.is_empty() || name.contains(['{', '/']) {
            return Err(format!("`{{{name}}}` is no parameter"));
        }
        if pieces.contains(&Piece::Parameter(name)) {
            return Err(format!("the parameter `{{{name}}}` stands there twice"));
        }
        pieces.push(Piece::Parameter(name));
        rest = after;
    }
    Ok(pieces)
}

/// The parameters between which nothing stands.
pub(crate) fn neighbours<'a>(pieces: &[Piece<'a>]) -> Vec<(&'a str, &'a str)> {
    let pairs = pieces.windows(2).filter_map(|pair| match pair {
        [Piece::Parameter(one), Piece::Parameter(other)] => Some((*one, *other)),
        _ => None,
    });
    pairs.collect()
}

/// The part of a template that is the path of a request, without what follows `?` or `#`.
pub(crate) fn path_of(template: &str) -> &str {
    template.split(['?', '#']).next().unwrap_or(template)
}

/// The template with every parameter's name left out, if it can be read: two that are equal are served at the same paths.
pub(crate) fn shape_of(path: &str) -> Option<String> {
    let mut shape = String::new();
    for piece in pieces(path).ok()? {
        match piece {
            Piece::Text(text) => shape.push_str(text),
            Piece::Parameter(_) => shape.push_str("{}"),
        }
    }
    Some(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_parameters() {
        use Piece::{Parameter, Text};
        assert_eq!(
            pieces("/files/{name}.{ext}"),
            Ok(vec![
                Text("/files/"),
                Parameter("name"),
                Text("."),
                Parameter("ext")
            ])
        );
        assert_eq!(pieces("/"), Ok(vec![Text("/")]));
        for (template, reason) in [
            ("/{a", "a brace is not closed"),
            ("/a}", "a brace is closed that was not opened"),
            ("/{}", "`{}` is no parameter"),
            ("/{a}/{a}", "the parameter `{a}` stands there twice"),
        ] {
            assert_eq!(pieces(template), Err(reason.to_owned()), "{template}");
        }
        assert_eq!(neighbours(&pieces("/{a}{b}.{c}").unwrap()), [("a", "b")]);
        assert_eq!(shape_of("/a/{x}.{y}"), shape_of("/a/{u}.{v}"));
        assert_eq!(path_of("/a/{x}?acl#b"), "/a/{x}");
    }
}
