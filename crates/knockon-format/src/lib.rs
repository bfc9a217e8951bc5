//! Reads the model language into a [`System`], and says everything that is wrong with it at once.
//!
//! The language is YAML (`docs/reference/model.md`). A file is read in three steps, each of which
//! goes on after a mistake: bytes become text, text becomes a tree that knows its places, and the
//! tree becomes a system with the help of the tables in [`keys`]. Serde is not used, because it
//! stops at the first mistake and cannot say where a value was written.
//!
//! A file may come from anybody: whatever the bytes, reading ends within the [`limits`] and does
//! not panic.

mod closest;
mod codec;
pub mod codes;
mod context;
mod declared;
mod documents;
mod findings;
pub mod keys;
pub mod limits;
mod load;
mod lower;
mod model;
mod overlay;
mod pack;
mod page;
mod places;
mod print;
pub mod quantities;
mod reader;
mod record;
pub mod rules;
mod schema;
mod source;
mod watched;
mod wording;
mod write;
mod yaml;

use knockon_core::{Diagnostic, Place, System};

pub use closest::closest;
pub use documents::YamlFile;
pub use load::{load_pack, load_system};
pub use places::Places;
pub use print::{Printed, print};
pub use reader::is_no_letter;
pub use schema::{SchemaOf, schema};
pub use source::Span;
pub use yaml::{Content, Entry, Node};

/// What became of a model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The system; `None` exactly when one of the diagnostics is an error.
    pub system: Option<System>,
    /// All that is wrong or odd, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Where the parts of the system were written.
    pub places: Places,
    /// The figures that are marked as assumed.
    pub assumed: Vec<Place>,
}

/// A model with its variants.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pack {
    /// The system as it is.
    pub base: Reading,
    /// The system as it would be, in the order of the files; what is wrong with the base as well is
    /// not told again.
    pub variants: Vec<(Variant, Reading)>,
}

/// The same system with some things changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// What is different, in one sentence.
    pub summary: Option<String>,
    /// The file that describes it.
    pub path: String,
}

/// Reads a system from the bytes of a file.
///
/// `path_shown` is the file's name in diagnostics. `page_exists` is asked for each page that is a
/// path (relative to the file) whether it is there.
///
/// ```
/// let source = b"system: shop\nservices:\n  front-end: { calls: [orders] }\n  order: {}\n";
/// let reading = knockon_format::read_system("shop.yaml", source, &|_page| true);
/// assert!(reading.system.is_none());
/// assert_eq!(
///     reading.diagnostics[0].to_string(),
///     "shop.yaml:3:24: error[K0121]: unknown service `orders`"
/// );
/// assert_eq!(reading.diagnostics[0].help, ["did you mean `order`?"]);
/// ```
pub fn read_system(path_shown: &str, source: &[u8], page_exists: &dyn Fn(&str) -> bool) -> Reading {
    let mut files = pack::Files::default();
    files.system(path_shown, source);
    files.read(page_exists).base
}
