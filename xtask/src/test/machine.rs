//! What the machine must have, and installing it on Debian and Ubuntu where that is allowed.

use std::path::Path;
use std::process::Command;

use crate::error::TaskError;
use crate::workspace::{output, run, succeeds};

/// The oldest Node.js that the contract linters run on.
const NODE_OLDEST: (u64, u64) = (20, 19);

/// The oldest promtool whose `test rules` knows all that the rules' cases use.
const PROMTOOL_OLDEST: (u64, u64) = (2, 42);

/// Something that the tests need.
struct Need {
    /// What it is, for a message.
    what: &'static str,
    /// The Debian and Ubuntu packages that bring it.
    packages: &'static [&'static str],
    is_there: fn() -> bool,
}

const NEEDS: [Need; 7] = [
    Need {
        what: "PostgreSQL 15 or newer (initdb and postgres)",
        packages: &["postgresql"],
        is_there: has_postgres,
    },
    Need {
        what: "Redis 7 or newer (redis-server)",
        packages: &["redis-server"],
        is_there: has_redis,
    },
    Need {
        what: "PgBouncer (pgbouncer)",
        packages: &["pgbouncer"],
        is_there: has_pgbouncer,
    },
    Need {
        what: "Python 3.10 or newer with venv",
        packages: &["python3", "python3-venv"],
        is_there: has_python,
    },
    Need {
        what: "Node.js 20.19 or newer with npm",
        packages: &["nodejs", "npm"],
        is_there: has_node,
    },
    Need {
        what: "curl",
        packages: &["curl"],
        is_there: has_curl,
    },
    Need {
        what: "promtool of Prometheus 2.42 or newer",
        packages: &["prometheus"],
        is_there: has_promtool,
    },
];

/// Makes sure that everything is there; installs packages where that is possible and allowed.
pub(crate) fn provide() -> Result<(), TaskError> {
    let missing: Vec<&Need> = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages.iter().copied())
        .collect();
    let Some(mut installer) = installer() else {
        return Err(still_missing(&missing));
    };
    println!("installing {}", packages.join(" "));
    run(installer("update").arg("--quiet"))?;
    run(installer("install")
        .args(["--quiet", "--yes", "--no-install-recommends"])
        .args(&packages))?;
    // A package may be there and still be too old.
    match self::missing() {
        missing if missing.is_empty() => Ok(()),
        missing => Err(still_missing(&missing)),
    }
}

fn missing() -> Vec<&'static Need> {
    static ALL: [Need; 7] = NEEDS;
    ALL.iter().filter(|need| !(need.is_there)()).collect()
}

fn still_missing(missing: &[&Need]) -> TaskError {
    let what: Vec<String> = missing.iter().map(|need| format!("  - {}", need.what)).collect();
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages.iter().copied())
        .collect();
    let hint = format!("On Debian or Ubuntu: sudo apt-get install {}", packages.join(" "));
    TaskError::Missing(format!(
        "{}\n{hint}\nWhere that is too old, take it from its project's own site.",
        what.join("\n")
    ))
}

/// `apt-get` as root or through a sudo that asks nothing; none elsewhere.
fn installer() -> Option<impl FnMut(&str) -> Command> {
    if !Path::new("/etc/debian_version").exists() {
        return None;
    }
    let is_root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root && !succeeds("sudo", &["--non-interactive", "true"]) {
        return None;
    }
    Some(move |task: &str| {
        let mut command = Command::new(if is_root { "env" } else { "sudo" });
        if !is_root {
            command.args(["--non-interactive", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", task]);
        command
    })
}

fn has_postgres() -> bool {
    let side_by_side = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let is_new = |name: &str| name.parse::<u64>().is_ok_and(|version| version >= 15);
    side_by_side.into_iter().any(|entry| {
        entry.file_name().to_str().is_some_and(is_new) && entry.path().join("bin/initdb").is_file()
    }) || version_of("postgres", "--version").is_some_and(|(major, _)| major >= 15)
}

fn has_redis() -> bool {
    version_of("redis-server", "--version").is_some_and(|(major, _)| major >= 7)
}

/// Debian puts it where only root's path leads.
fn has_pgbouncer() -> bool {
    succeeds("pgbouncer", &["--version"]) || succeeds("/usr/sbin/pgbouncer", &["--version"])
}

fn has_python() -> bool {
    succeeds(
        "python3",
        &[
            "-c",
            "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))",
        ],
    )
}

fn has_node() -> bool {
    version_of("node", "--version").is_some_and(|version| version >= NODE_OLDEST)
        && succeeds("npm", &["--version"])
}

fn has_curl() -> bool {
    succeeds("curl", &["--version"])
}

fn has_promtool() -> bool {
    version_of("promtool", "--version").is_some_and(|version| version >= PROMTOOL_OLDEST)
}

/// The first two numbers that a program prints about itself.
fn version_of(program: &str, flag: &str) -> Option<(u64, u64)> {
    let text = Command::new(program).arg(flag).output().ok()?.stdout;
    first_version(&String::from_utf8_lossy(&text))
}

fn first_version(text: &str) -> Option<(u64, u64)> {
    let words = text.split(|character: char| !character.is_ascii_digit() && character != '.');
    words.into_iter().find_map(|word| {
        let mut numbers = word.split('.').map(str::parse::<u64>);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::first_version;

    #[test]
    fn reads_versions_as_programs_print_them() {
        assert_eq!(first_version("v20.20.2"), Some((20, 20)));
        assert_eq!(
            first_version("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1"),
            Some((7, 0))
        );
        assert_eq!(
            first_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some((15, 18))
        );
        assert_eq!(
            first_version("promtool, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5+deb12u1)"),
            Some((2, 42))
        );
        assert_eq!(first_version("no version"), None);
    }
}
