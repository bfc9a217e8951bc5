//! `knockon scenarios`: the incidents that packs have.

use std::path::{Path, PathBuf};

use knockon_core::Diagnostic;
use knockon_report::Page;
use knockon_report::paint::{HEADLINE, QUIET, paint};
use knockon_scenario::codes;
use knockon_scenario::load::{FOLDER, Listed, list};
use serde_json::json;

use crate::cli::{Format, ScenariosArgs};
use crate::exit::{Failure, Outcome, Result};
use crate::output;

/// Lists the scenarios of packs.
pub fn run(args: &ScenariosArgs) -> Result<Outcome> {
    let format = if args.json { Format::Json } else { Format::Text };
    let packs = if args.packs.is_empty() { usual() } else { args.packs.clone() };
    let missing: Vec<Diagnostic> =
        args.packs.iter().filter(|pack| !pack.exists()).map(|pack| missing(pack)).collect();
    if !missing.is_empty() {
        return Err(Failure::Input { diagnostics: missing, format });
    }
    let listed: Vec<(PathBuf, Vec<Listed>)> = packs
        .into_iter()
        .map(|pack| {
            let listed = list(&pack);
            (pack, listed)
        })
        .collect();
    let none = listed.iter().all(|(_, listed)| listed.is_empty());
    if none {
        let message = "there is no scenario in any of these directories";
        let help = "name the directories of packs, as in `knockon scenarios packs/*`";
        let diagnostic = Diagnostic::error(codes::NO_SUCH_SCENARIO, message).help(help);
        return Err(Failure::Input { diagnostics: vec![diagnostic], format });
    }
    if args.json {
        output::report(&document(&listed))?;
    } else {
        output::report(&text(&listed))?;
    }
    Ok(Outcome::Held)
}

fn missing(pack: &Path) -> Diagnostic {
    let message = format!("there is no `{}`", pack.display());
    Diagnostic::error(codes::NO_SUCH_SCENARIO, message).help("name the directory of a pack")
}

/// The packs in `packs`, or where one is.
fn usual() -> Vec<PathBuf> {
    let has_scenarios = |path: &PathBuf| path.join(FOLDER).is_dir();
    let entries = std::fs::read_dir("packs").into_iter().flatten();
    let mut packs: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(has_scenarios).collect();
    packs.sort();
    if packs.is_empty() { vec![Path::new(".").to_owned()] } else { packs }
}

fn text(packs: &[(PathBuf, Vec<Listed>)]) -> String {
    let mut page = Page::default();
    let mut is_first = true;
    for (pack, listed) in packs.iter().filter(|(_, listed)| !listed.is_empty()) {
        if !is_first {
            page.gap();
        }
        is_first = false;
        page.line(&paint(HEADLINE, pack.display()));
        let width = listed.iter().map(|it| it.name.chars().count()).max().unwrap_or(0);
        for scenario in listed {
            let title = scenario.head.title.as_deref().unwrap_or("(no title)");
            let variant = scenario.head.variant.as_ref();
            let variant = variant.map(|(name, _)| paint(QUIET, format!(" ({name})")));
            page.line(&format!(
                "  {:<width$}  {title}{}",
                scenario.name,
                variant.unwrap_or_default()
            ));
        }
    }
    page.finish()
}

fn document(packs: &[(PathBuf, Vec<Listed>)]) -> String {
    let all = packs.iter().flat_map(|(pack, listed)| {
        listed.iter().map(move |it| {
            json!({
                "pack": pack.display().to_string(),
                "scenario": it.name,
                "file": it.path.display().to_string(),
                "title": it.head.title,
                "summary": it.head.summary,
                "variant": it.head.variant.as_ref().map(|(name, _)| name),
            })
        })
    });
    let document =
        json!({ "schema": "knockon.scenarios/v1", "scenarios": all.collect::<Vec<_>>() });
    format!("{document:#}\n")
}
