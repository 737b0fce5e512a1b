//! Rollcall's benchmarks: the load generator, the references beside it, and the tables that come of them.

fn main() {}
