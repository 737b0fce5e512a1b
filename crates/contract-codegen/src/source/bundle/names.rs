//! The names of components that come from other files: from the last word of the reference, or from the file's name.

use std::collections::{HashMap, HashSet};

/// The names of each section of the components.
#[derive(Debug, Default)]
pub(super) struct ComponentNames {
    taken: HashMap<&'static str, HashSet<String>>,
}

impl ComponentNames {
    /// A name that the contract has itself.
    pub(super) fn take(&mut self, section: &'static str, name: &str) {
        self.taken.entry(section).or_default().insert(name.to_owned());
    }

    /// Whether a component has this name.
    pub(super) fn is_taken(&self, section: &'static str, name: &str) -> bool {
        self.taken.get(section).is_some_and(|taken| taken.contains(name))
    }

    /// A name for what stands at `pointer` of the file that is called `file`: `Money` of `common.yaml#/definitions/Money`, `pet` of
    /// `pet.yaml`; where that is taken `Money_common`, and after that `Money_common_2`.
    pub(super) fn make(&mut self, section: &'static str, file: &str, pointer: &str) -> String {
        let stem = stem(file);
        let last = pointer
            .rsplit_once('/')
            .map(|(_, token)| token.replace("~1", "/").replace("~0", "~"));
        let name = keyable(&last.unwrap_or_else(|| stem.clone()));
        let longer = format!("{name}_{}", keyable(&stem));
        let taken = self.taken.entry(section).or_default();
        let numbered = (2..).map(|number| format!("{longer}_{number}"));
        let mut candidates = [name, longer.clone()].into_iter().chain(numbered);
        let free = candidates.find(|candidate| !taken.contains(candidate));
        let free = free.unwrap_or_default();
        taken.insert(free.clone());
        free
    }
}

fn stem(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or_default();
    let known = [".yaml", ".yml", ".json"];
    let stem = known.iter().find_map(|extension| name.strip_suffix(extension));
    stem.unwrap_or(name).to_owned()
}

/// Keys of components consist of these characters (OpenAPI 3.0.3 §4.7.7, AsyncAPI 3.0.0 Components Object).
fn keyable(name: &str) -> String {
    let kept = |other: char| other.is_ascii_alphanumeric() || matches!(other, '.' | '-' | '_');
    name.chars()
        .map(|other| if kept(other) { other } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_reference_and_give_way() {
        let mut names = ComponentNames::default();
        names.take("schemas", "pet");
        let mut make = |file, pointer| names.make("schemas", file, pointer);
        assert_eq!(make("common.yaml", "/definitions/Money"), "Money");
        assert_eq!(make("other/common.yml", "/definitions/Money"), "Money_common");
        assert_eq!(make("third/common.json", "/definitions/Money"), "Money_common_2");
        assert_eq!(make("schemas/pet.yaml", ""), "pet_pet");
        assert_eq!(make("schemas/big dog.yaml", ""), "big_dog");
        assert_eq!(make("paths.yaml", "/~1pets~1{id}"), "_pets__id_");
        assert_eq!(
            names.make("responses", "pet.yaml", ""),
            "pet",
            "each section has its own names"
        );
    }
}
