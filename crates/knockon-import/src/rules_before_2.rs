//! Alerting rules as Prometheus wrote them before version 2:
//!
//! ```text
//! ALERT HighErrorRate
//!   IF rate(errors[1m]) > 1
//!   FOR 5m
//!   LABELS { severity = "page" }
//!   ANNOTATIONS { summary = "Many errors" }
//! ```

use std::collections::BTreeMap;

use knockon_core::{Diagnostic, Place, RuleIndex};
use knockon_format::rules::{AlertingRule, duration};

use crate::gathered::{Gathered, MonitorSeen};
use crate::{Input, codes};

/// The words that begin a part of a rule, in their order.
const PARTS: &[&str] = &["ALERT", "IF", "FOR", "LABELS", "ANNOTATIONS"];

/// Reads the alerting rules; recording rules were one expression a line, and are passed over.
pub(crate) fn read(input: &Input, gathered: &mut Gathered) {
    let place = |line: usize, text: &str| Place::new(&input.path, line, 1, text.len(), text);
    let Ok(text) = std::str::from_utf8(&input.bytes) else {
        let place = Place::whole_file(&input.path);
        gathered.error(codes::OLD_RULES, place, "the file is not UTF-8 text");
        return;
    };
    let mut rules: Vec<(usize, BTreeMap<&str, String>)> = Vec::new();
    let mut part = "";
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.trim_start_matches('\u{feff}').trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let (word, rest) = content.split_once(char::is_whitespace).unwrap_or((content, ""));
        let begins = PARTS.iter().find(|it| **it == word);
        if word == "ALERT" {
            rules.push((line, BTreeMap::new()));
            gathered.diagnostics.extend((rules.len() == 1).then(|| {
                Diagnostic::warning(codes::OLD_RULES, "this is how Prometheus 1 wrote rules")
                    .at(place(line, content))
                    .help("`promtool update rules`, of Prometheus 2.0 to 2.4, writes them anew")
            }));
        }
        if let Some(begins) = begins {
            part = begins;
        }
        let Some((_, rule)) = rules.last_mut() else { continue };
        let value = rule.entry(part).or_default();
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(if begins.is_some() { rest.trim() } else { content });
    }
    for (line, mut parts) in rules {
        let mut take = |part: &str| parts.remove(part).unwrap_or_default();
        let (name, expr, hold) = (take("ALERT"), take("IF"), take("FOR"));
        if name.is_empty() || expr.is_empty() {
            gathered.warning(codes::BAD_RULE, place(line, &name), "an alert without `IF`");
            continue;
        }
        let length = duration(&hold);
        if length.is_none() && !hold.is_empty() {
            let message = format!("`FOR` is `{hold}`, which is no length of time");
            gathered.warning(codes::BAD_RULE, place(line, &name), message);
        }
        let rule = AlertingRule {
            name,
            expr,
            hold: length.unwrap_or_default(),
            labels: pairs(&take("LABELS")),
            annotations: pairs(&take("ANNOTATIONS")),
            ..AlertingRule::default()
        };
        let file = input.path.clone();
        let index = RuleIndex::Alerting(gathered.monitors.len());
        gathered.rule_group(&file, "").rules.push(index);
        gathered.monitors.push(MonitorSeen { file, group: String::new(), rule });
    }
}

/// `{ severity = "page", team = "a" }`.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    let mut rest = text.trim().trim_start_matches('{');
    while let Some((name, after)) = rest.split_once('=') {
        let Some(after) = after.trim_start().strip_prefix('"') else { break };
        let Some((value, tail)) = after.split_once('"') else { break };
        pairs.insert(name.trim_matches([',', ' ']).to_owned(), value.to_owned());
        rest = tail;
    }
    pairs
}
