//! Paths with their parameters filled in.

use super::operation::Operation;

/// A path with the text of one parameter in its place.
pub(super) fn filled(path: &str, name: &str, text: &str) -> String {
    path.replacen(&format!("{{{name}}}"), text, 1)
}

/// Whether a filled path is this operation's for sure: that it fills nothing but whole segments with plain text, or is the same as
/// no literal path of another.
pub(super) fn is_own(filled: &str, operation: &Operation<'_>) -> bool {
    if filled.contains('{') {
        return false;
    }
    let is_partial = |segment: &str| {
        segment.contains('{') && (!segment.starts_with('{') || segment.find('}') != Some(segment.len() - 1))
    };
    let templates = operation.path.split('/');
    let sure = filled
        .split('/')
        .zip(templates)
        .all(|(text, template)| !is_partial(template) || is_word_between(text, template));
    let is_other = |path: &&&str| **path != operation.path && matches(path, filled);
    sure && !operation.paths.iter().any(|path| is_other(&path))
}

/// Whether only letters and digits were put between the letters of a template.
fn is_word_between(text: &str, template: &str) -> bool {
    let fixed = |letter: char| !letter.is_ascii_alphanumeric();
    let literal: String = outside_braces(template);
    text.chars()
        .filter(|letter| fixed(*letter))
        .eq(literal.chars().filter(|letter| fixed(*letter)))
}

fn outside_braces(template: &str) -> String {
    let mut depth = 0_u32;
    let mut text = String::new();
    for letter in template.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => text.push(letter),
            _ => {}
        }
    }
    text
}

/// Whether a path of the contract means a filled path too.
fn matches(template: &str, filled: &str) -> bool {
    let path = |text: &str| text.split(['?', '#']).next().unwrap_or_default().to_owned();
    let (template, filled) = (path(template), path(filled));
    let (templates, texts): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), filled.split('/').collect());
    templates.len() == texts.len()
        && templates
            .iter()
            .zip(&texts)
            .all(|(template, text)| template.contains('{') || template == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation<'a>(path: &'a str, paths: &[&'a str]) -> Operation<'a> {
        Operation {
            method: "GET",
            path,
            pointer: String::new(),
            parameters: Vec::new(),
            body: None,
            security: None,
            paths: paths.to_vec(),
        }
    }

    #[test]
    fn a_path_that_another_operation_may_mean_is_not_sure() {
        let check = |path: &str, filled: &str, others: &[&str], expected: bool| {
            let mut paths = others.to_vec();
            paths.push(path);
            assert_eq!(
                is_own(filled, &operation(path, &paths)),
                expected,
                "{path} {filled} {others:?}"
            );
        };
        check("/a/{b}", "/a/x", &["/a/c"], true);
        check("/a/{b}", "/a/c", &["/a/c"], false);
        check("/a/{b}", "/a/{b}", &[], false);
        check("/f/{n}.{e}", "/f/a.b", &[], true);
        check("/f/{n}.{e}", "/f/a.b.c", &[], false);
        check("/{a}/b", "/x/b", &["/{c}/{d}"], false);
    }
}
