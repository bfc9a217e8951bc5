//! The system that a command is about: a model as it is, or as one of its variants changes it.

use std::path::Path;

use knockon_core::{Code, Diagnostic, Place, System};
use knockon_format::{Pack, Places, closest};

use crate::codes;

/// A model that was read without an error.
#[derive(Debug)]
pub struct Chosen {
    /// The system.
    pub system: System,
    /// Where its parts are written.
    pub places: Places,
    /// What is odd about it.
    pub notes: Vec<Diagnostic>,
}

/// Reads the model at a path as it is, or as a variant changes it.
pub fn choose(path: &Path, variant: Option<&str>) -> Result<Chosen, Vec<Diagnostic>> {
    let pack = match variant {
        Some(_) => knockon_format::load_pack(path),
        // What is wrong with a variant does not matter here.
        None => Pack { base: knockon_format::load_system(path), variants: Vec::new() },
    };
    let Some(base) = pack.base.system else {
        return Err(pack.base.diagnostics);
    };
    let Some(name) = variant else {
        return Ok(Chosen { system: base, places: pack.base.places, notes: pack.base.diagnostics });
    };
    let names: Vec<String> = pack.variants.iter().map(|(v, _)| v.name.clone()).collect();
    let Some((_, reading)) = pack.variants.into_iter().find(|(v, _)| v.name == name) else {
        let names = names.iter().map(String::as_str);
        return Err(vec![unknown(codes::NO_SUCH_VARIANT, "variant", name, names, path)]);
    };
    match reading.system {
        // The notes on the base are the base's affair, as those on the variant are its reader's.
        Some(system) => Ok(Chosen { system, places: reading.places, notes: Vec::new() }),
        None => Err(reading.diagnostics),
    }
}

/// What is said of a name that the model does not have.
pub fn unknown<'n>(
    code: Code,
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'n str> + Clone,
    path: &Path,
) -> Diagnostic {
    Diagnostic::error(code, format!("there is no {what} `{name}`"))
        .at(Place::whole_file(path.display().to_string()))
        .help(known_names(what, name, names))
}

/// The name that was meant, or else all there are.
pub fn known_names<'n>(
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> String {
    let listed: Vec<_> = names.clone().map(|name| format!("`{name}`")).collect();
    match (closest(name, names), listed.is_empty()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, true) => format!("it has no {what} at all"),
        (None, false) => format!("it has {}", listed.join(", ")),
    }
}
