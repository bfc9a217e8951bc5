//! `knockon new scenario`: a scenario to begin with, which plays.

use std::fmt::Write as _;
use std::path::Path;

use knockon_core::{Diagnostic, Place, ServiceId, ServiceKind, System};
use knockon_scenario::codes::NOT_IN_PACK;
use knockon_scenario::load::FOLDER;

use crate::cli::{Format, NewScenarioArgs};
use crate::codes;
use crate::exit::{Failure, Outcome, Result};
use crate::output;
use crate::variant::known_names;

/// Writes a scenario of a pack.
pub fn scenario(args: &NewScenarioArgs) -> Result<Outcome> {
    let fail = |diagnostic| Failure::Input { diagnostics: vec![diagnostic], format: Format::Text };
    let pack = args.scenario.parent().filter(|pack| !pack.as_os_str().is_empty());
    let pack = pack.unwrap_or(Path::new("."));
    let name = args.scenario.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.strip_suffix(".yaml").unwrap_or(&name).to_owned();
    let reading = knockon_format::load_system(pack);
    let Some(system) = reading.system else {
        return Err(Failure::Input { diagnostics: reading.diagnostics, format: Format::Text });
    };
    let cause = cause(&system, args.cause.as_deref()).map_err(|it| fail(*it))?;
    let path = pack.join(FOLDER).join(format!("{name}.yaml"));
    if path.exists() {
        let diagnostic = Diagnostic::error(codes::WOULD_OVERWRITE, "the scenario is there already");
        let diagnostic = diagnostic.at(Place::whole_file(path.display().to_string()));
        return Err(fail(diagnostic.help("give it another name, or remove the file")));
    }
    output::directory(&pack.join(FOLDER))?;
    output::file(&path, &text(&system, &name, cause))?;
    let run = pack.join(&name);
    output::report(&format!(
        "{} is there; play it with\n  knockon run {}\nWhat can be written in it: docs/reference/scenarios.md\n",
        path.display(),
        run.display()
    ))?;
    Ok(Outcome::Held)
}

/// The service to blame: the one named, or the first that a journey crosses behind its entry.
fn cause(system: &System, named: Option<&str>) -> std::result::Result<ServiceId, Box<Diagnostic>> {
    if let Some(name) = named {
        return system.names().get(name).ok_or_else(|| {
            let known = system.services().iter().map(|service| service.name.as_str());
            let message = format!("`--cause {name}`: there is no service `{name}`");
            let help = known_names("service", name, known);
            Diagnostic::error(NOT_IN_PACK, message).help(help).into()
        });
    }
    let crossed = system.journeys().iter().flat_map(|journey| journey.through.iter().skip(1));
    let all = crossed.copied().chain(system.service_ids());
    let mut all = all.filter(|id| system.service(*id).kind == ServiceKind::Service);
    all.next().ok_or_else(|| {
        let message = "the pack has no service that could crash";
        let diagnostic = Diagnostic::error(NOT_IN_PACK, message);
        diagnostic.help("name what is to blame with `--cause`").into()
    })
}

fn text(system: &System, name: &str, cause: ServiceId) -> String {
    let service = &system.service(cause).name;
    let mut text = format!(
        "# What each key means: docs/reference/scenarios.md\n\
         scenario: {}\n\
         summary: \"{service} is gone for five minutes.\"   # what it shows, in one sentence\n\
         lasts: 15min\n\
         timeline:\n  \
           - {{ at: 5min, crash: {service}, for: 5min }}\n\
         cause: [{service}]\n\
         expect:\n  \
           - {{ service: {service}, at: T+2min, ready: 0 }}\n",
        name.replace(['-', '_'], " ")
    );
    let journey = system.journeys().iter().find(|journey| journey.through.contains(&cause));
    if let Some(journey) = journey {
        let _ = writeln!(
            text,
            "  - {{ journey: {}, from: T, to: T+5min, failing: above 50% }}",
            journey.name
        );
    }
    let monitors = &system.practice().monitors;
    if let Some(monitor) = monitors.iter().find(|monitor| monitor.service == Some(cause)) {
        let _ = writeln!(text, "  # - {{ alert: {}, by: T+5min }}", monitor.name);
    }
    let _ = write!(
        text,
        "fixes:\n  restart it:\n    at: T+2min\n    do:\n      - {{ lift: cause }}\n      - {{ restart: {service} }}\n"
    );
    text
}
