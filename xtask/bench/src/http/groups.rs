//! What `bench http` can measure, by name.

use crate::error::BenchError;

/// The databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Database {
    Sqlite,
    Postgres,
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Post,
    Get,
}

/// One database, one operation, one number of tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) database: Database,
    pub(super) operation: Operation,
    pub(super) tenants: usize,
}

impl Group {
    pub(super) fn name(self) -> String {
        let database = match self.database {
            Database::Sqlite => "sqlite",
            Database::Postgres => "postgres",
        };
        let operation = match self.operation {
            Operation::Post => "post",
            Operation::Get => "get",
        };
        format!("{database}-{operation}-{}", self.tenants)
    }

    /// All, in the order in which they run.
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for database in [Database::Sqlite, Database::Postgres] {
            for operation in [Operation::Post, Operation::Get] {
                for tenants in [1, 64] {
                    all.push(Self {
                        database,
                        operation,
                        tenants,
                    });
                }
            }
        }
        all
    }
}

/// How long the service takes to start and what it takes of memory.
pub(super) const FOOTPRINT: &str = "footprint";

/// The comparison with two other services.
pub(super) const PEERS: &str = "peers";

/// What of it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) groups: Vec<Group>,
    pub(super) footprint: bool,
    pub(super) peers: bool,
}

impl Selection {
    /// Everything whose name begins with one of `only`; everything at all where there is none of those. A quick run has
    /// no peers unless they are asked for, since installing them takes longer than the rest.
    pub(super) fn new(only: &[String], quick: bool) -> Result<Self, BenchError> {
        let groups = Group::all();
        let names: Vec<String> = groups.iter().map(|group| group.name()).collect();
        let matches = |name: &str, wanted: &str| {
            name.strip_prefix(wanted)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let known = names.iter().map(String::as_str).chain([FOOTPRINT, PEERS]);
        let known: Vec<&str> = known.collect();
        if let Some(stranger) = only
            .iter()
            .find(|only| !known.iter().any(|name| matches(name, only)))
        {
            return Err(BenchError::Arguments(format!(
                "--only {stranger}: there is no such part; there are {}, and their beginnings such as sqlite or postgres-post",
                known.join(", ")
            )));
        }
        let is_wanted = |name: &str| only.is_empty() || only.iter().any(|only| matches(name, only));
        Ok(Self {
            groups: groups
                .into_iter()
                .filter(|group| is_wanted(&group.name()))
                .collect(),
            footprint: is_wanted(FOOTPRINT),
            peers: is_wanted(PEERS) && !(quick && only.is_empty()),
        })
    }

    /// Whether something runs over this database.
    pub(super) fn uses(&self, database: Database) -> bool {
        self.groups.iter().any(|group| group.database == database)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Vec<String> {
        let only: Vec<String> = only.iter().map(|&only| only.to_owned()).collect();
        let selection = Selection::new(&only, false).unwrap();
        selection.groups.iter().map(|group| group.name()).collect()
    }

    #[test]
    fn a_part_is_named_by_its_beginning() {
        assert_eq!(names(&["sqlite-post"]), ["sqlite-post-1", "sqlite-post-64"]);
        assert_eq!(names(&["postgres-get-64"]), ["postgres-get-64"]);
        assert_eq!(names(&["peers"]), [""; 0]);
        assert_eq!(names(&[]).len(), 8);
    }

    #[test]
    fn a_beginning_ends_with_a_word() {
        for stranger in ["sqlite-po", "sqlite-post-6", "mysql", ""] {
            let error = Selection::new(&[stranger.to_owned()], false)
                .unwrap_err()
                .to_string();
            assert!(error.contains("there is no such part"), "{error}");
        }
    }

    #[test]
    fn a_quick_run_has_peers_only_when_they_are_asked_for() {
        assert!(!Selection::new(&[], true).unwrap().peers);
        assert!(Selection::new(&["peers".to_owned()], true).unwrap().peers);
        assert!(Selection::new(&[], false).unwrap().peers);
        assert!(!Selection::new(&["sqlite".to_owned()], false).unwrap().footprint);
    }
}
