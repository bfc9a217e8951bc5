//! Evidence: what monitoring saw of an incident, read from the files people have.
//!
//! A bundle is a directory of metrics, alerts and changes ([`read_bundle`]). Everything in it is
//! placed on the services of a [`System`](knockon_core::System); what cannot be placed is reported,
//! never dropped in silence. Nothing here judges: that is `knockon-triage`.

pub mod alert;
pub mod change;
pub mod evidence;
pub mod series;

pub use alert::Alert;
pub use change::{Change, ChangeKind};
pub use evidence::{Evidence, Unplaced};
pub use series::{Labels, Samples, Series};
