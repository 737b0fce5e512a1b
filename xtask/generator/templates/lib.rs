//! {title}

#![deny(warnings)]

pub mod contract;
pub mod handlers;
