//! One Rust name for each thing of a scope.
//!
//! Two names of a contract may be one in Rust (`tenant-id` and `tenantId`), and a name may be one that the generated code needs
//! itself. A name that Rust can take as the contract writes it comes first; of the others, the first in the document keeps
//! the name, and each further one gets the least number from 2 on that makes it another.

use std::collections::HashMap;

use proc_macro2::Ident;
use quote::format_ident;

/// The names that are taken in a scope.
#[derive(Debug, Default)]
pub(crate) struct Allocator {
    /// Each with the least number that may still be free beside it: below it all are taken, and stay so.
    taken: HashMap<String, u64>,
}

impl Allocator {
    /// A scope in which these names are taken already.
    pub(crate) fn reserving(names: &[&str]) -> Self {
        Self {
            taken: names.iter().map(|name| ((*name).to_owned(), 2)).collect(),
        }
    }

    /// A name that nothing else of the scope has.
    pub(crate) fn claim(&mut self, wanted: &Ident) -> Ident {
        let text = wanted.to_string();
        let Some(next) = self.taken.get(&text).copied() else {
            self.taken.insert(text, 2);
            return wanted.clone();
        };
        let bare = text.strip_prefix("r#").unwrap_or(&text);
        let infix = if ends_in_digit(bare) { "_" } else { "" };
        let mut number = next;
        let numbered = loop {
            let numbered = format!("{bare}{infix}{number}");
            number += 1;
            if !self.taken.contains_key(&numbered) {
                break numbered;
            }
        };
        let ident = format_ident!("{numbered}");
        self.taken.insert(numbered, 2);
        self.taken.insert(text, number);
        ident
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
