//! Names of things in the forms that languages and file systems want.

/// The words of a name, in lower case: at capitals, digits keep to what they follow, everything else separates.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let starts = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || (before.is_some_and(|before| before.is_uppercase())
                    && letters.get(index + 1).is_some_and(|next| next.is_lowercase())));
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.extend(letter.to_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// `school_name`.
pub(crate) fn snake(words: &[String]) -> String {
    words.join("_")
}

/// `school-name`.
pub(crate) fn kebab(words: &[String]) -> String {
    words.join("-")
}

/// `SchoolName`.
pub(crate) fn pascal(words: &[String]) -> String {
    words.iter().map(|word| capital(word)).collect()
}

/// `schoolName`.
pub(crate) fn camel(words: &[String]) -> String {
    let rest = words.get(1..).unwrap_or_default();
    words.first().cloned().unwrap_or_default() + &pascal(rest)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The singular of an English noun, as far as its ending shows it.
pub(crate) fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    for ending in ["sses", "shes", "ches", "xes", "zes"] {
        if word.ends_with(ending) {
            return word.strip_suffix("es").unwrap_or(word).to_owned();
        }
    }
    let keeps = ["ss", "us", "is", "news", "series"];
    if word.len() > 3 && word.ends_with('s') && !keeps.iter().any(|ending| word.ends_with(ending)) {
        return word.strip_suffix('s').unwrap_or(word).to_owned();
    }
    word.to_owned()
}

/// What two spellings of one thing share: `LIST_ITEMS`, `list-item` and `ListItem` are the same.
pub(crate) fn sameness(name: &str) -> String {
    let mut words = if name.chars().any(char::is_lowercase) {
        words(name)
    } else {
        words(&name.to_lowercase())
    };
    if let Some(last) = words.last_mut() {
        *last = singular(last);
    }
    words.concat()
}

/// A text as a part of a file name: at most `most` words of ASCII letters and digits; `otherwise` if there are none.
pub(crate) fn slug(text: &str, most: usize, otherwise: &str) -> Vec<String> {
    const SMALL: [&str; 14] = [
        "a", "an", "and", "as", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with",
    ];
    let kept: Vec<String> = words(text)
        .into_iter()
        .filter(|word| word.is_ascii() && !SMALL.contains(&word.as_str()))
        .take(most)
        .collect();
    if kept.is_empty() { words(otherwise) } else { kept }
}

/// A text on one line, without what would end a comment or a list item, not longer than `most` characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let marks = text.replace("**", "").replace("<!--", "").replace("-->", "→");
    let clean = marks.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.chars().count() <= most {
        return clean;
    }
    let cut: String = clean.chars().take(most).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    let mut short = whole.trim_end_matches([',', ';', ':', '.', ' ']).to_owned();
    if short.matches('`').count() % 2 == 1 {
        short.push('`');
    }
    short + " …"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_where_people_see_words() {
        let check = |name: &str, expected: &str| assert_eq!(snake(&words(name)), expected, "{name}");
        check("SchoolCreated", "school_created");
        check("HTTPRequest", "http_request");
        check("friend_requests", "friend_requests");
        check("X-Tenant-Id", "x_tenant_id");
        check("OAuth2Token", "o_auth2_token");
    }

    #[test]
    fn spellings_of_one_thing_are_the_same() {
        for spelling in ["ListItem", "LIST_ITEMS", "list-item", "list items", "listItems"] {
            assert_eq!(sameness(spelling), "listitem", "{spelling}");
        }
        assert_eq!(sameness("Classes"), sameness("Class"));
        assert_eq!(sameness("categories"), sameness("Category"));
        assert_ne!(sameness("Status"), sameness("Stat"));
    }

    #[test]
    fn long_texts_are_cut_between_words() {
        assert_eq!(one_line("one  two\nthree", 8), "one two …");
        assert_eq!(one_line("a --> b <!-- c", 40), "a → b c");
    }
}
