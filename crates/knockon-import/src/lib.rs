//! From what people already have to a [`System`]: Kubernetes manifests, compose files, Prometheus
//! rules, catalogues of services and traces.
//!
//! Each importer is one file and one row of [`READERS`](format). It says which services and edges its
//! source shows, under the names that the source uses, and where. Which names mean the same service
//! is decided once, when all files have been read. Every edge keeps its sources, so that whoever
//! reads the system can look them up.
//!
//! What kind of file something is, its content tells, not its name. Files may come from anybody:
//! whatever the bytes, reading ends within the [`limits`] and does not panic.
//!
//! ```
//! use knockon_import::{Input, Options, import};
//!
//! let compose = "services:\n  web: { image: shop/web, environment: { ORDERS: \"http://orders\" } }\n  \
//!                orders: { image: shop/orders }\n";
//! let imported = import(&[Input::new("compose.yaml", compose)], &Options::default());
//! let system = imported.system.unwrap();
//! let edge = system.dependencies()[0];
//! assert_eq!(system.service(edge.from).name, "web");
//! assert_eq!(system.service(edge.to).name, "orders");
//! let sources = &system.details(edge.key()).unwrap().known_from;
//! assert_eq!(sources[0].place.as_deref(), Some("compose.yaml:2 ORDERS"));
//! ```

mod addresses;
mod catalog;
pub mod codes;
mod collect;
mod compose;
mod difference;
mod document;
mod format;
mod gathered;
mod identifier;
mod kubernetes;
pub mod limits;
mod products;
mod quantity;
mod read;
mod rules;
mod rules_before_2;
mod traces;
mod unite;

use std::collections::BTreeMap;

use knockon_core::{Diagnostic, System};

pub use collect::{Collected, collect};
pub use difference::{Claims, Difference, Differing, EdgeClaim, ServiceClaim, difference};
pub use format::Format;

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name in diagnostics and in provenance; files beside it are found by it.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether somebody named this very file. One that was found in a folder and is of no kind that
    /// can be imported is passed over in silence.
    pub is_named: bool,
}

impl Input {
    /// A file that somebody named.
    pub fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into(), is_named: true }
    }

    /// A file that was found in a folder.
    pub fn found(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { is_named: false, ..Self::new(path, bytes) }
    }
}

/// How to import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The name of the system; else that of a catalogue or a compose file, else `imported`.
    pub name: Option<String>,
    /// Files of variables for all compose files, instead of the `.env` beside each.
    pub env: Vec<Input>,
}

/// What became of the files.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The system, as soon as any file shows a service. It may stand beside errors: what a broken file
    /// would have shown is not in it.
    pub system: Option<System>,
    /// All that is wrong or worth knowing, file by file, and then about all together.
    pub diagnostics: Vec<Diagnostic>,
    /// What each file turned out to hold, in the order of the inputs.
    pub formats: Vec<(String, Vec<Format>)>,
}

/// Makes one system of all that the files show.
pub fn import(inputs: &[Input], options: &Options) -> Imported {
    let (mut gathered, formats) = read::read_all(inputs, options);
    let numbers: BTreeMap<&str, usize> =
        inputs.iter().enumerate().map(|(number, input)| (input.path.as_str(), number)).collect();
    gathered.diagnostics.sort_by_key(|diagnostic| {
        let place = diagnostic.place.as_ref();
        place.map_or((usize::MAX, 0, 0), |it| {
            let number = numbers.get(it.file.as_str()).copied();
            (number.unwrap_or(usize::MAX), it.line, it.column)
        })
    });
    let (system, diagnostics) = unite::unite(gathered, options.name.as_deref());
    Imported { system, diagnostics, formats }
}
