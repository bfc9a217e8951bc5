//! `knockon map`: a system, or one of its journeys, to look at.

use knockon_core::{Diagnostic, Place, System};
use knockon_report::{MapView, map_dot, map_mermaid, map_svg, map_tree};

use crate::cli::{Format, MapArgs};
use crate::codes;
use crate::exit::{Failure, Outcome, Result};
use crate::output;
use crate::variant;

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
    let refused = |diagnostics| Failure::Input { diagnostics, format: Format::Text };
    let chosen = variant::choose(&args.system, args.variant.as_deref()).map_err(refused)?;
    output::notes(&chosen.notes)?;
    let system = chosen.system;
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

fn journey(system: &System, name: &str, args: &MapArgs) -> Result<usize> {
    let names = || system.journeys().iter().map(|journey| journey.name.as_str());
    names().position(|known| known == name).ok_or_else(|| {
        let code = codes::NO_SUCH_JOURNEY;
        let unknown = variant::unknown(code, "journey", name, names(), &args.system);
        Failure::Input { diagnostics: vec![unknown], format: Format::Text }
    })
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
