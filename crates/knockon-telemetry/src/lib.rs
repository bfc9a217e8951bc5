//! Evidence: what monitoring saw of an incident, read from the files people have.
//!
//! A bundle is a directory of metrics, alerts, changes, logs and traces ([`read_bundle`]); an [`EvidenceReader`]
//! takes the same from any input. Everything is placed on the services of a
//! [`System`](knockon_core::System); what cannot be placed is reported, never dropped in silence.
//! Nothing here judges: that is `knockon-triage`.
//!
//! What is queried or handed on instead stays as it is: a [`SeriesReader`] reads the same formats, and
//! [`remote_write`], into a [`Store`](knockon_promql::Store), and [`text_writer`], [`remote_write`] and
//! [`answer_json`] write what is in one. `docs/reference/telemetry-formats.md` describes them.
//!
//! Every reader of text streams: files are never held as text, only as the samples in them. The
//! formats, the rules of placing and of time, and what is survived are described for users in
//! `docs/reference/evidence.md`.

pub mod alert;
pub mod answer_json;
pub mod change;
pub mod codes;
pub mod evidence;
pub mod families;
pub mod logs;
pub mod placement;
pub mod remote_write;
pub mod series;
pub mod text_writer;

mod alert_list;
mod alerts_json;
mod bundle;
mod change_argo;
mod change_cdevents;
mod change_event;
mod change_github;
mod changes_json;
mod counters;
mod csv_long;
mod csv_metrics;
mod csv_records;
mod csv_wide;
mod derive;
mod exposition;
mod exposition_head;
mod file_log;
mod format;
mod git_log;
mod histogram;
mod intake;
mod interner;
mod intervals;
mod json_documents;
mod json_list;
mod json_node;
mod json_scalar;
mod json_trail;
mod lines;
mod memory;
mod order;
mod place;
mod query_range;
mod query_samples;
mod reader;
mod series_reader;
mod stock;
mod time_format;
mod traces;
mod value;

pub use alert::{Alert, AlertRecord};
pub use bundle::read_bundle;
pub use change::{Change, ChangeKind, ChangeRecord};
pub use evidence::{Evidence, Unplaced};
pub use families::{Families, Family, FamilyType};
pub use logs::{Level, LogRecord, LogTemplate, Logs};
pub use reader::{BundleReading, EvidenceReader, add_commits};
pub use series::{Labels, Samples, Series, UserSeries};
pub use series_reader::{SeriesReader, SeriesReading, read_series};
pub use time_format::{format_time, parse_time};
