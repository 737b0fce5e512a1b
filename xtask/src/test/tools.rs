//! The pinned tools in other languages, installed under `target/tools`: never into the source tree or the system.
//!
//! Each folder remembers the pins that it was installed from, so that a second run installs nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::machine;
use crate::error::TaskError;
use crate::workspace::{Workspace, run};

/// The Python packages of the consumer example and of the property tests, in one environment.
const PYTHON_REQUIREMENTS: [&str; 2] = [
    "tests/consumers/python/requirements.txt",
    "tests/property/requirements.txt",
];
/// The Node packages of the consumer example.
const CONSUMER_NODE: &str = "tests/consumers/node";
/// The linters of the contracts.
const CONTRACT_LINT: &str = "contracts/lint";

/// Where the linters' programs are.
pub(crate) fn linters(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("contract-lint/node_modules/.bin")
}

/// Installs everything that is not there yet.
pub(crate) fn install(workspace: &Workspace) -> Result<(), TaskError> {
    machine::provide()?;
    python(workspace)?;
    node(workspace, CONSUMER_NODE, "consumer-node")?;
    node(workspace, CONTRACT_LINT, "contract-lint")
}

fn python(workspace: &Workspace) -> Result<(), TaskError> {
    let folder = workspace.tools().join("python");
    let pins = PYTHON_REQUIREMENTS.map(|file| workspace.root().join(file));
    if is_installed(&folder, &pins)? {
        return Ok(());
    }
    println!("installing the Python tools into {}", folder.display());
    remove(&folder)?;
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    for file in &pins {
        pip.arg("--requirement").arg(file);
    }
    run(&mut pip)?;
    remember(&folder, &pins)
}

/// Installs what a folder's `package-lock.json` names, or, without one, the exact versions of its `package.json`.
///
/// The linters have no lock file: npm leaves optional packages of other platforms out of it and then refuses it as
/// incomplete, and it would be the largest file of the repository.
fn node(workspace: &Workspace, source: &str, name: &str) -> Result<(), TaskError> {
    let folder = workspace.tools().join(name);
    let mut pins = vec![workspace.root().join(source).join("package.json")];
    let lock = workspace.root().join(source).join("package-lock.json");
    let has_lock = lock.is_file();
    if has_lock {
        pins.push(lock);
    }
    if is_installed(&folder, &pins)? {
        return Ok(());
    }
    println!(
        "installing the Node packages of {source} into {}",
        folder.display()
    );
    remove(&folder)?;
    fs::create_dir_all(&folder).map_err(|source| TaskError::File {
        path: folder.clone(),
        source,
    })?;
    for pin in &pins {
        let copy = folder.join(pin.file_name().unwrap_or_default());
        fs::copy(pin, &copy).map_err(|source| TaskError::File {
            path: pin.clone(),
            source,
        })?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&folder)
        .arg(if has_lock { "ci" } else { "install" });
    // Nothing here needs an install script, and a script is a way for a package to run on this machine.
    run(npm.args(["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]))?;
    remember(&folder, &pins)
}

fn is_installed(folder: &Path, pins: &[PathBuf]) -> Result<bool, TaskError> {
    let remembered = fs::read_to_string(folder.join(".pins")).unwrap_or_default();
    Ok(remembered == text_of(pins)?)
}

fn remember(folder: &Path, pins: &[PathBuf]) -> Result<(), TaskError> {
    let path = folder.join(".pins");
    fs::write(&path, text_of(pins)?).map_err(|source| TaskError::File { path, source })
}

fn text_of(pins: &[PathBuf]) -> Result<String, TaskError> {
    let read = |path: &PathBuf| {
        fs::read_to_string(path).map_err(|source| TaskError::File {
            path: path.clone(),
            source,
        })
    };
    pins.iter().map(read).collect()
}

fn remove(folder: &Path) -> Result<(), TaskError> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(TaskError::File {
            path: folder.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}
