//! Each metric is moved by what moves it in production, and read where an operator reads it.

mod catalogue;
mod relay;
mod requests;
mod scrape;
mod series;
mod where_served;
