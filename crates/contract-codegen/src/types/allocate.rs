//! One Rust name for each thing of a scope.
//!
//! Two names of a contract may be one in Rust (`tenant-id` and `tenantId`), and a name may be one that the generated code needs
//! itself. A name that Rust can take as the contract writes it comes first; of the others, the first in the document keeps
//! the name, and each further one gets the least number from 2 on that makes it another.

use std::collections::HashSet;

use proc_macro2::Ident;
use quote::format_ident;

/// The names that are taken in a scope.
#[derive(Debug, Default)]
pub(crate) struct Allocator {
    taken: HashSet<String>,
}

impl Allocator {
    /// A scope in which these names are taken already.
    pub(crate) fn reserving(names: &[&str]) -> Self {
        Self {
            taken: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// A name that nothing else of the scope has.
    pub(crate) fn claim(&mut self, wanted: &Ident) -> Ident {
        if self.taken.insert(wanted.to_string()) {
            return wanted.clone();
        }
        let text = wanted.to_string();
        let bare = text.strip_prefix("r#").unwrap_or(&text);
        for number in 2_u64.. {
            let numbered = format_ident!("{bare}{}{number}", if ends_in_digit(bare) { "_" } else { "" });
            if self.taken.insert(numbered.to_string()) {
                return numbered;
            }
        }
        wanted.clone()
    }

    /// Names for all of these, in their order; those that are the same in Rust come first.
    pub(crate) fn claim_all<'n>(
        &mut self,
        names: impl Iterator<Item = &'n str> + Clone,
        rust: impl Fn(&str) -> Ident,
    ) -> Vec<Ident> {
        let mut claimed: Vec<Option<Ident>> = names
            .clone()
            .map(|name| {
                let ident = rust(name);
                (ident == name).then(|| self.claim(&ident))
            })
            .collect();
        for (slot, name) in claimed.iter_mut().zip(names) {
            if slot.is_none() {
                *slot = Some(self.claim(&rust(name)));
            }
        }
        claimed.into_iter().flatten().collect()
    }
}

/// `value_1` and a second one: `value_1_2`, for `value_12` would be another.
fn ends_in_digit(name: &str) -> bool {
    name.ends_with(|last: char| last.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names;

    fn claimed(names: &[&str], rust: fn(&str) -> Ident) -> Vec<String> {
        let claimed = Allocator::reserving(&["Option"]).claim_all(names.iter().copied(), rust);
        claimed.iter().map(Ident::to_string).collect()
    }

    #[test]
    fn what_comes_second_gets_a_number() {
        assert_eq!(
            claimed(&["tenant-id", "tenantId", "tenant_id", "x"], names::snake),
            ["tenant_id2", "tenant_id3", "tenant_id", "x"]
        );
        assert_eq!(claimed(&["type", "Type"], names::snake), ["r#type", "type2"]);
        assert_eq!(
            claimed(&["pet", "Pet", "option"], names::camel),
            ["Pet2", "Pet", "Option2"]
        );
        assert_eq!(
            claimed(&["01", "1", "1_"], names::camel),
            ["Value01", "Value1", "Value1_2"]
        );
    }
}
