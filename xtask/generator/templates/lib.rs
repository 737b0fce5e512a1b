//! {title}

#![deny(warnings)]
// A contract may name things in any script.
#![allow(confusable_idents, mixed_script_confusables, uncommon_codepoints)]

pub mod contract;
pub mod handlers;
