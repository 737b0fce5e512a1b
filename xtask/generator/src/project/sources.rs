//! The contracts, copied into the project: it can be generated again wherever it is.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{ProjectError, at};
use super::files;
use crate::generation::ContractFiles;

/// Copies the files that the contracts consist of into `contracts/` of `folder`, beside each other as they were, so
/// that references between them still lead where they led. Gives where the contracts are now, below `folder`.
pub(super) fn copy(
    contracts: &ContractFiles,
    sources: &[PathBuf],
    folder: &Path,
) -> Result<ContractFiles, ProjectError> {
    let sources = sources
        .iter()
        .map(|path| absolute(path))
        .collect::<Result<Vec<_>, _>>()?;
    let common = common_folder(&sources);
    let copied = |path: &Path| Path::new("contracts").join(path.strip_prefix(&common).unwrap_or(path));
    for source in &sources {
        let text = fs::read(source).map_err(at(source))?;
        files::write(&folder.join(copied(source)), text)?;
    }
    let place = |path: &Option<PathBuf>| -> Result<Option<PathBuf>, ProjectError> {
        path.as_deref()
            .map(|path| Ok(copied(&absolute(path)?)))
            .transpose()
    };
    Ok(ContractFiles {
        openapi: place(&contracts.openapi)?,
        asyncapi: place(&contracts.asyncapi)?,
    })
}

/// Without `..`, so that the place of one file below another's folder can be told.
fn absolute(path: &Path) -> Result<PathBuf, ProjectError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = fs::canonicalize(parent.unwrap_or(Path::new("."))).map_err(at(path))?;
    Ok(parent.join(path.file_name().unwrap_or_default()))
}

/// The deepest folder that all files are below.
fn common_folder(paths: &[PathBuf]) -> PathBuf {
    let mut folders = paths.iter().filter_map(|path| path.parent());
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
            assert_eq!(common_folder(&paths), Path::new(expected));
        };
        check(&["/a/b/openapi.yaml"], "/a/b");
        check(&["/a/b/openapi.yaml", "/a/c/pet.yaml"], "/a");
        check(&["/a/b/openapi.yaml", "/a/b/schemas/pet.yaml"], "/a/b");
        check(&["/a/x.yaml", "/b/y.yaml"], "/");
    }

    #[test]
    fn files_keep_their_places_to_each_other() {
        let home = tempfile::tempdir().unwrap();
        files::write(&home.path().join("apis/shop/openapi.yaml"), "entry").unwrap();
        files::write(&home.path().join("apis/common/pet.yaml"), "pet").unwrap();
        let project = tempfile::tempdir().unwrap();
        let contracts = ContractFiles {
            openapi: Some(home.path().join("apis/shop/openapi.yaml")),
            asyncapi: None,
        };
        let sources = [
            home.path().join("apis/shop/openapi.yaml"),
            home.path().join("apis/shop/../common/pet.yaml"),
        ];
        let copied = copy(&contracts, &sources, project.path()).unwrap();
        assert_eq!(copied.openapi.unwrap(), Path::new("contracts/shop/openapi.yaml"));
        let text = |path: &str| fs::read_to_string(project.path().join(path)).unwrap();
        assert_eq!(text("contracts/shop/openapi.yaml"), "entry");
        assert_eq!(text("contracts/common/pet.yaml"), "pet");
    }
}
