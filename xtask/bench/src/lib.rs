//! Rollcall's benchmarks: the load generator, the references beside it, and the tables that come of them.
//!
//! A figure here is a *ratio*: what is measured and a reference take turns on the same machine within the same minute, so
//! that a slow disk or a busy neighbour slows both. [`rounds`] holds that arithmetic, [`load`] makes the requests,
//! [`reference`] runs what they are held against, and [`process`], [`postgres`], [`redis_server`] and [`service`] start
//! private servers that never outlive the run.

pub mod arguments;
pub mod conformance;
pub mod document;
pub mod error;
pub mod facts;
pub mod http;
pub mod load;
pub mod measure;
pub mod peer;
pub mod postgres;
pub mod process;
pub mod redis_server;
pub mod reference;
pub mod relay;
pub mod rounds;
pub mod seed;
pub mod service;
pub mod simple_http;
pub mod slo;
pub mod telemetry;
pub mod usage;
pub mod workload;
