//! The contracts, copied into the project: it can be generated again wherever it is.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{ProjectError, at};
use super::files;
use crate::generation::{ContractFiles, Generation};

/// Copies the files that the contracts consist of into `contracts/` of `folder`, beside each other as they were, so
/// that references between them still lead where they led. Gives where the contracts are now, below `folder`.
///
/// A file is copied from where it lies: that is where its own references begin, whatever link leads to it.
pub(super) fn copy(
    contracts: &ContractFiles,
    generation: &Generation,
    folder: &Path,
) -> Result<ContractFiles, ProjectError> {
    let Generation { sources, links, .. } = generation;
    let common = common_folder(sources.iter().chain(links.keys()));
    let copied = |path: &Path| Path::new("contracts").join(path.strip_prefix(&common).unwrap_or(path));
    for source in sources {
        let text = fs::read(source).map_err(at(source))?;
        files::write(&folder.join(copied(source)), text)?;
    }
    for (link, to) in links {
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

/// The deepest folder that all files are below.
fn common_folder<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> PathBuf {
    let mut folders = paths.filter_map(|path| path.parent());
    let mut common = folders.next().unwrap_or(Path::new("")).to_owned();
    for folder in folders {
        while !folder.starts_with(&common) && common.pop() {}
    }
    common
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
}
