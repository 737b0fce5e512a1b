//! Which files of a folder are contracts, and which of those are taken.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::error::{CorpusError, at};

/// Which documents of a folder are taken.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// At most so many, drawn at random.
    pub sample: Option<usize>,
    /// What the draw begins from; the same seed draws the same documents.
    pub seed: u64,
    /// At most one of each provider, which is the first folder or file name below that of the corpus.
    pub one_per_provider: bool,
    /// None that is larger.
    pub bytes_max: Option<u64>,
}

/// A document of a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the corpus.
    pub name: String,
    /// The name of its crate, which no other has.
    pub slug: String,
    /// How large it is.
    pub bytes: u64,
}

/// The documents below `folder` that are selected, by name.
pub fn find(folder: &Path, selection: &Selection) -> Result<Vec<Document>, CorpusError> {
    let mut found = Vec::new();
    collect(
        folder,
        folder,
        selection.bytes_max.unwrap_or(u64::MAX),
        &mut found,
    )?;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    let mut taken = BTreeSet::new();
    for document in &mut found {
        document.slug = unique(&document.name, &mut taken);
    }
    let mut random = fastrand::Rng::with_seed(selection.seed);
    if selection.one_per_provider {
        found = one_of_each(found, &mut random);
    }
    if let Some(sample) = selection.sample {
        random.shuffle(&mut found);
        found.truncate(sample);
        found.sort_by(|one, other| one.name.cmp(&other.name));
    }
    if found.is_empty() {
        return Err(CorpusError::Empty(folder.to_owned()));
    }
    Ok(found)
}

fn collect(folder: &Path, root: &Path, bytes_max: u64, found: &mut Vec<Document>) -> Result<(), CorpusError> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            collect(&path, root, bytes_max, found)?;
            continue;
        }
        let bytes = path.metadata().map_err(at(&path))?.len();
        if bytes <= bytes_max && may_be_contract(&path)? {
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            found.push(Document {
                path,
                name,
                slug: String::new(),
                bytes,
            });
        }
    }
    Ok(())
}

/// Whether a file says of itself that it is a contract; files that contracts only refer to do not.
fn may_be_contract(path: &Path) -> Result<bool, CorpusError> {
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    if !matches!(end, "json" | "yaml" | "yml") || path.file_name().is_some_and(|name| name == "package.json")
    {
        return Ok(false);
    }
    let text = fs::read(path).map_err(at(path))?;
    Ok(names_format(&String::from_utf8_lossy(&text)))
}

fn names_format(text: &str) -> bool {
    let names = ["openapi", "asyncapi", "swagger"];
    let in_json = |name: &str| {
        let quoted = format!("\"{name}\"");
        let mut after = text
            .match_indices(&quoted)
            .map(|(start, found)| &text[start + found.len()..]);
        after.any(|rest| rest.trim_start().starts_with(':'))
    };
    let in_yaml = |name: &str| {
        text.lines().any(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.trim_start().starts_with(':'))
        })
    };
    names.iter().any(|name| in_yaml(name) || in_json(name))
}

fn one_of_each(found: Vec<Document>, random: &mut fastrand::Rng) -> Vec<Document> {
    let mut providers: BTreeMap<String, Vec<Document>> = BTreeMap::new();
    for document in found {
        let first = document.name.split('/').next().unwrap_or_default();
        let provider = first.rsplit_once('.').filter(|_| !document.name.contains('/'));
        let provider = provider.map_or(first, |(stem, _)| stem).to_owned();
        providers.entry(provider).or_default().push(document);
    }
    let mut taken: Vec<Document> = Vec::new();
    for mut documents in providers.into_values() {
        let index = random.usize(..documents.len());
        taken.push(documents.swap_remove(index));
    }
    taken
}

/// A name for a crate: letters, digits and `_`, a letter first.
fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut base = "d".to_owned();
    let letters = stem.to_ascii_lowercase();
    let words = letters
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    for word in words {
        base.push('_');
        base.push_str(word);
    }
    base.truncate(80);
    let mut slug = base.clone();
    let mut number = 2;
    while !taken.insert(slug.clone()) {
        slug = format!("{base}_{number}");
        number += 1;
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn names(folder: &Path, selection: &Selection) -> Vec<String> {
        find(folder, selection)
            .unwrap()
            .into_iter()
            .map(|document| document.name)
            .collect()
    }

    const YAML: &str = "openapi: 3.0.0\n";

    #[test]
    fn files_that_name_their_format_are_contracts() {
        let folder = corpus(&[
            ("a/one.yaml", YAML),
            ("a/part.yaml", "type: object\ndescription: an openapi: part\n"),
            ("b/two.json", "{\"info\": {}, \"swagger\" : \"2.0\"}"),
            ("c.yml", "asyncapi : 3.0.0"),
            ("package.json", "{\"openapi\": 1}"),
            ("readme.md", YAML),
        ]);
        assert_eq!(
            names(folder.path(), &Selection::default()),
            ["a/one.yaml", "b/two.json", "c.yml"]
        );
    }

    #[test]
    fn a_draw_is_repeatable_and_has_one_of_each_provider() {
        let folder = corpus(&[
            ("a/1.yaml", YAML),
            ("a/2.yaml", YAML),
            ("b.yaml", YAML),
            ("c/v1/x.yaml", YAML),
        ]);
        let selection = |seed| Selection {
            one_per_provider: true,
            sample: Some(2),
            seed,
            ..Selection::default()
        };
        assert_eq!(
            names(folder.path(), &selection(7)),
            names(folder.path(), &selection(7))
        );
        let draws: BTreeSet<Vec<String>> = (0..20)
            .map(|seed| names(folder.path(), &selection(seed)))
            .collect();
        assert!(draws.len() > 1, "{draws:?}");
        let firsts = |draw: &Vec<String>| {
            draw.iter()
                .map(|name| name[..1].to_owned())
                .collect::<BTreeSet<_>>()
        };
        assert!(draws.iter().all(|draw| firsts(draw).len() == 2), "{draws:?}");
    }

    #[test]
    fn large_documents_are_left_out_and_no_two_crates_share_a_name() {
        let folder = corpus(&[
            ("a-b.yaml", YAML),
            ("a.__b.yaml", YAML),
            ("large.yaml", &YAML.repeat(10)),
        ]);
        let selection = Selection {
            bytes_max: Some(100),
            ..Selection::default()
        };
        let slugs: Vec<String> = find(folder.path(), &selection)
            .unwrap()
            .into_iter()
            .map(|document| document.slug)
            .collect();
        assert_eq!(slugs, ["d_a_b", "d_a_b_2"]);
        let none = Selection {
            bytes_max: Some(1),
            ..Selection::default()
        };
        assert!(matches!(find(folder.path(), &none), Err(CorpusError::Empty(_))));
    }
}
