//! The contracts, copied into the project: it can be generated again wherever it is.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{ProjectError, at};
use super::files;
use crate::generation::{ContractFiles, Generation, SourceFiles};

/// Copies the files that the contracts consist of into `contracts/` of `folder`, beside each other as they were, so
/// that references between them still lead where they led. Gives where the contracts are now, below `folder`.
///
/// A file is copied from where it lies: that is where its own references begin, whatever link leads to it.
pub(super) fn copy(
    contracts: &ContractFiles,
    generation: &Generation,
    folder: &Path,
) -> Result<ContractFiles, ProjectError> {
    let sources = &generation.sources;
    let folders: Vec<PathBuf> = sources.iter().map(common_folder_of).collect();
    let places = places(&folders);
    let copied = |path: &Path| {
        let below = |(folder, place): (&PathBuf, &PathBuf)| Some(place.join(path.strip_prefix(folder).ok()?));
        let place = folders.iter().zip(&places).find_map(below);
        Path::new("contracts").join(place.unwrap_or_else(|| path.to_owned()))
    };
    for source in sources.iter().flat_map(|source| &source.files) {
        let text = fs::read(source).map_err(at(source))?;
        files::write(&folder.join(copied(source)), text)?;
    }
    for (link, to) in sources.iter().flat_map(|source| &source.links) {
        files::link(&folder.join(copied(link)), &folder.join(copied(to)))?;
    }
    let place = |path: &Option<PathBuf>| -> Result<Option<PathBuf>, ProjectError> {
        path.as_deref()
            .map(|path| Ok(copied(&fs::canonicalize(path).map_err(at(path))?)))
            .transpose()
    };
    Ok(ContractFiles {
        openapi: place(&contracts.openapi)?,
        asyncapi: place(&contracts.asyncapi)?,
    })
}

fn common_folder_of(source: &SourceFiles) -> PathBuf {
    common_folder(source.files.iter().chain(source.links.keys()))
}

/// The deepest folder that all files are below.
fn common_folder<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> PathBuf {
    let mut folders = paths.filter_map(|path| path.parent());
    let mut common = folders.next().unwrap_or(Path::new("")).to_owned();
    for folder in folders {
        while !folder.starts_with(&common) && common.pop() {}
    }
    common
}

/// Where below `contracts/` the files of each folder go. One folder, or the outer one of two, is `contracts/` itself. Of folders that are
/// not in each other only so much of the path is kept as tells them apart: where else they lie on this machine is nobody's business.
fn places(folders: &[PathBuf]) -> Vec<PathBuf> {
    let [first, second] = folders else {
        return folders.iter().map(|_| PathBuf::new()).collect();
    };
    if first.starts_with(second) || second.starts_with(first) {
        let outer = if first.starts_with(second) { second } else { first };
        let inside = |folder: &PathBuf| folder.strip_prefix(outer).map(Path::to_owned).unwrap_or_default();
        return vec![inside(first), inside(second)];
    }
    let parts = |folder: &PathBuf| -> Vec<PathBuf> { folder.iter().map(PathBuf::from).collect() };
    let (first, second) = (parts(first), parts(second));
    let same = first.iter().rev().zip(second.iter().rev());
    let count = same.take_while(|(one, other)| one == other).count() + 1;
    let end = |parts: &[PathBuf]| parts.iter().skip(parts.len().saturating_sub(count)).collect();
    vec![end(&first), end(&second)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_folder_holds_every_file() {
        let check = |paths: &[&str], expected: &str| {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            assert_eq!(common_folder(paths.iter()), Path::new(expected));
        };
        check(&["/a/b/openapi.yaml"], "/a/b");
        check(&["/a/b/openapi.yaml", "/a/c/pet.yaml"], "/a");
        check(&["/a/b/openapi.yaml", "/a/b/schemas/pet.yaml"], "/a/b");
        check(&["/a/x.yaml", "/b/y.yaml"], "/");
    }
    #[test]
    fn no_path_of_the_machine_is_kept() {
        let check = |folders: [&str; 2], expected: [&str; 2]| {
            let found = places(&folders.map(PathBuf::from));
            assert_eq!(found, expected.map(PathBuf::from));
        };
        check(["/home/me/api", "/srv/events"], ["api", "events"]);
        check(["/p/http", "/p/events"], ["http", "events"]);
        check(["/p/http/v1", "/q/r/events/v1"], ["http/v1", "events/v1"]);
        check(["/p", "/p/events/x"], ["", "events/x"]);
        check(["/p/http", "/p"], ["http", ""]);
        check(["/p/v1", "/p/v1"], ["", ""]);
    }
}
