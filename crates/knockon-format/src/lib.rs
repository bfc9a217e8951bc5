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
pub mod codes;
mod declared;
mod documents;
mod findings;
pub mod keys;
pub mod limits;
mod load;
mod lower;
mod quantities;
mod reader;
mod source;
mod wording;
mod yaml;

use knockon_core::{Diagnostic, Place, System};

pub use closest::closest;
pub use documents::YamlFile;
pub use load::load_system;
pub use source::Span;
pub use yaml::{Content, Entry, Node};

use findings::Findings;
use source::Sources;

/// What became of a system file.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The system; `None` exactly when one of the diagnostics is an error.
    pub system: Option<System>,
    /// All that is wrong or odd, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Reading {
    fn refused(diagnostic: Diagnostic) -> Self {
        Self { system: None, diagnostics: vec![diagnostic] }
    }
}

/// Reads a system from the bytes of a file.
///
/// `path_shown` is the file's name in diagnostics. `page_exists` is asked for each runbook page that
/// is a path (relative to the file) whether it is there.
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
    let text = match source::decode(path_shown, source) {
        Ok(text) => text,
        Err(diagnostic) => return Reading::refused(*diagnostic),
    };
    let mut sources = Sources::default();
    let base = sources.add(path_shown, text);
    let mut findings = Findings::default();
    let stream = yaml::read(text, base, yaml::Documents::One, &mut findings);
    let system = match (stream.documents.first(), stream.cut) {
        (Some(root), None) => lower::system(root, page_exists, &mut findings),
        (Some(root), Some(cut)) => {
            let mut before = Findings::default();
            lower::system(root, page_exists, &mut before);
            findings.append_before(before, cut);
            None
        }
        (None, None) if !findings.has_errors() => return Reading::refused(empty(path_shown)),
        (None, _) => None,
    };
    Reading { system, diagnostics: findings.into_diagnostics(&sources) }
}

fn empty(path_shown: &str) -> Diagnostic {
    Diagnostic::error(codes::EMPTY_FILE, "the file is empty")
        .at(Place::whole_file(path_shown))
        .help("begin with `system: name`, then `services:` and a line for each")
}
