//! The commits of the repositories that a model names by a path, as `git log` tells them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use knockon_core::{Diagnostic, DurationMs, System, Timestamp};
use knockon_telemetry::Evidence;

use crate::codes;

/// How far back before the evidence commits are asked for: as far as changes are suspected.
const LOOK_BACK: DurationMs = DurationMs::from_minutes(4 * 60);

/// Documents change nothing that runs.
const NO_DOCUMENTS: &str = ":(exclude,glob)**/*.md";

/// Adds the commits of every service whose `repository` is a directory, from four hours before the
/// evidence begins up to the moment of the triage. Gives what could not be read.
pub fn add_commits(
    evidence: &mut Evidence,
    system: &System,
    model: &Path,
    at: Option<Timestamp>,
) -> Vec<Diagnostic> {
    let base = if model.is_dir() { model } else { model.parent().unwrap_or(Path::new("")) };
    let mut services: BTreeMap<PathBuf, Vec<&str>> = BTreeMap::new();
    for service in system.services() {
        if let Some(path) = service.repository.as_deref().and_then(local) {
            services.entry(base.join(path)).or_default().push(&service.name);
        }
    }
    if services.is_empty() {
        let help = "write `repository: ../orders` for one whose code is in that directory";
        let message = "`--git`: no service has a directory as its `repository`";
        return vec![Diagnostic::warning(codes::NO_GIT_LOG, message).help(help)];
    }
    let Some(until) = at else { return Vec::new() };
    let from = evidence.first_moment().map_or(until, |first| first.min(until)) - LOOK_BACK;
    let mut diagnostics = Vec::new();
    for (directory, names) in services {
        match log(&directory, from, until) {
            Ok(log) => {
                let shown = format!("git log of {}", directory.display());
                for name in names {
                    let log = log.as_bytes();
                    diagnostics.extend(knockon_telemetry::add_commits(
                        evidence, system, name, &shown, log,
                    ));
                }
            }
            Err(why) => {
                let message = format!("the log of `{}` cannot be read: {why}", directory.display());
                let help = format!("it is the `repository` of {}", names.join(", "));
                diagnostics.push(Diagnostic::error(codes::NO_GIT_LOG, message).help(help));
            }
        }
    }
    diagnostics
}

/// The path that a repository is, if it is none of another machine.
fn local(repository: &str) -> Option<&str> {
    if let Some(path) = repository.strip_prefix("file://") {
        return Some(path);
    }
    // `git@host:owner/name` has a colon before any slash.
    let is_remote = repository.split('/').next().is_some_and(|first| first.contains(':'));
    let is_path = repository.starts_with(['.', '/']);
    (is_path && !is_remote).then_some(repository)
}

/// What was committed to a directory: the branch as it stands, merges as what they brought.
fn log(directory: &Path, from: Timestamp, until: Timestamp) -> Result<String, String> {
    let moment =
        |key: &str, time: Timestamp| format!("--{key}=@{}", time.unix_ms.div_euclid(1_000));
    let output = Command::new("git")
        .arg("-C")
        .arg(directory)
        // Whatever else the repository is set to, its log is only read.
        .args(["--no-pager", "--no-optional-locks", "-c", "log.showSignature=false"])
        .args(["log", "--first-parent", "--no-patch", "--no-color", "--no-decorate", "--no-notes"])
        .args(["--format=fuller", "--date=unix", "--encoding=UTF-8"])
        .args([moment("since", from), moment("until", until)])
        .args(["--", ".", NO_DOCUMENTS])
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("git does not start: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("git failed and did not say why").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_local_if_it_is_a_path() {
        let check = |text: &str, expected| assert_eq!(local(text), expected, "{text}");
        check("../orders", Some("../orders"));
        check("./services/orders", Some("./services/orders"));
        check(".", Some("."));
        check("/srv/git/orders", Some("/srv/git/orders"));
        check("file:///srv/git/orders", Some("/srv/git/orders"));
        check("https://github.com/shop/orders", None);
        check("git@github.com:shop/orders.git", None);
        check("shop/orders", None);
    }
}
