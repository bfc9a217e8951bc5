//! Series in memory ([`Store`]), PromQL over them ([`Query`]), and Prometheus' rules.
//!
//! The language is that of Prometheus 3, without native histograms. Everything is a pure function of
//! store, expression and time: no clock, no network, the same answer on every machine.

mod eval;
mod go;
mod syntax;

pub mod alertmanager;
pub mod answer;
pub mod labels;
pub mod matcher;
pub mod query;
pub mod rules;
pub mod special;
pub mod store;
pub mod template;

pub use answer::{Answer, Points, Sample, Value};
pub use labels::{Label, Labels, METRIC_NAME};
pub use matcher::{MatchOp, Matcher};
pub use query::{Query, QueryError, Release, Settings};
pub use store::{NotAppended, Scraper, Series, SeriesId, Store};
pub use syntax::duration_ms;
pub use template::{Scope, Template, TemplateError};
