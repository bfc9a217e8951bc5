//! `knockon map`: a system, or one of its journeys, to look at.

use std::path::Path;

use knockon_core::{Code, Diagnostic, Place, System};
use knockon_format::{Pack, closest};
use knockon_report::{MapView, map_dot, map_mermaid, map_svg, map_tree};

use crate::cli::{Format, MapArgs};
use crate::codes;
use crate::exit::{Failure, Outcome, Result};
use crate::output;

/// What a map is made as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Tree,
    Mermaid,
    Dot,
    Svg,
}

/// Draws a system and prints or writes the picture.
pub fn run(args: &MapArgs) -> Result<Outcome> {
    let pack = match args.variant {
        Some(_) => knockon_format::load_pack(&args.system),
        // What is wrong with a variant does not matter here.
        None => Pack { base: knockon_format::load_system(&args.system), variants: Vec::new() },
    };
    let system = chosen(pack, args)?;
    let journey = args.journey.as_deref().map(|name| journey(&system, name, args)).transpose()?;
    let view = MapView { system: &system, journey };
    let text = match form(args)? {
        Form::Tree => map_tree(&view),
        Form::Mermaid => map_mermaid(&view),
        Form::Dot => map_dot(&view),
        Form::Svg => map_svg(&view),
    };
    match &args.output {
        Some(path) => output::file(path, &text)?,
        None => output::report(&text)?,
    }
    Ok(Outcome::Held)
}

/// The system as it is, or as a variant changes it.
fn chosen(pack: Pack, args: &MapArgs) -> Result<System> {
    let refused = |diagnostics| Failure::Input { diagnostics, format: Format::Text };
    let Some(base) = pack.base.system else {
        return Err(refused(pack.base.diagnostics));
    };
    let Some(name) = &args.variant else {
        output::notes(&pack.base.diagnostics)?;
        return Ok(base);
    };
    let names: Vec<String> = pack.variants.iter().map(|(v, _)| v.name.clone()).collect();
    let Some((_, reading)) = pack.variants.into_iter().find(|(v, _)| v.name == *name) else {
        let names = names.iter().map(String::as_str);
        return Err(unknown(codes::NO_SUCH_VARIANT, "variant", name, names, &args.system));
    };
    reading.system.ok_or_else(|| refused(reading.diagnostics))
}

fn journey(system: &System, name: &str, args: &MapArgs) -> Result<usize> {
    let names = || system.journeys().iter().map(|journey| journey.name.as_str());
    names()
        .position(|known| known == name)
        .ok_or_else(|| unknown(codes::NO_SUCH_JOURNEY, "journey", name, names(), &args.system))
}

/// What is said of a name that the system does not have.
fn unknown<'n>(
    code: Code,
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'n str> + Clone,
    path: &Path,
) -> Failure {
    let diagnostic = Diagnostic::error(code, format!("there is no {what} `{name}`"))
        .at(Place::whole_file(path.display().to_string()));
    let listed: Vec<_> = names.clone().map(|name| format!("`{name}`")).collect();
    let help = match (closest(name, names), listed.is_empty()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, true) => format!("it has no {what} at all"),
        (None, false) => format!("it has {}", listed.join(", ")),
    };
    Failure::Input { diagnostics: vec![diagnostic.help(help)], format: Format::Text }
}

/// In which form the map is wanted: as a flag says, or else as the ending of the file does.
fn form(args: &MapArgs) -> Result<Form> {
    let asked = [(args.mermaid, Form::Mermaid), (args.dot, Form::Dot), (args.svg, Form::Svg)];
    if let Some((_, form)) = asked.into_iter().find(|(is_asked, _)| *is_asked) {
        return Ok(form);
    }
    let Some(path) = &args.output else {
        return Ok(Form::Tree);
    };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "svg" => Ok(Form::Svg),
        "dot" | "gv" => Ok(Form::Dot),
        "mmd" | "mermaid" => Ok(Form::Mermaid),
        "txt" | "" => Ok(Form::Tree),
        _ => {
            let message = format!("`.{ending}` is not a form of map");
            let diagnostic = Diagnostic::error(codes::UNKNOWN_MAP_FORM, message)
                .at(Place::whole_file(path.display().to_string()))
                .help("end the name in `.svg`, `.dot`, `.mmd` or `.txt`, or say `--svg`, `--dot` or `--mermaid`");
            Err(Failure::Input { diagnostics: vec![diagnostic], format: Format::Text })
        }
    }
}
