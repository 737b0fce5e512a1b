//! {title}

#![deny(warnings)]

pub mod contract;
