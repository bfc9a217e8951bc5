//! What the readers make of evidence as tools write it, and of evidence that is broken.

#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "functions that tests share are tests as well, and speed is none of their concern"
)]

mod alertmanager;
mod alerts;
mod arrivals;
mod bundle;
mod change_tools;
mod changes;
mod codes;
mod csv;
mod exposition;
mod fuzz;
mod logs;
mod memory;
mod prompb;
mod query_range;
mod real;
mod remote_write;
mod series;
mod server;
mod shop;
mod stored;
mod text;
mod traces;
