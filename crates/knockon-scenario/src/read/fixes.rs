//! The fixes of a scenario.

use std::time::Duration;

use knockon_format::{Content, Entry, Node};

use super::body::Reader;
use super::verbs::ACTIONS;
use crate::codes;
use crate::scenario::{Fix, FixAction};

const KEYS: &[&str] = &["do", "at", "summary", "risk", "works"];

impl Reader<'_> {
    pub(super) fn fixes(&mut self, node: &Node, responds: Duration) -> Vec<Fix> {
        if !matches!(node.content, Content::Mapping(_)) {
            let help = "write a name for each, as in `restart it: [{ restart: orders }]`";
            self.refuse(codes::VALUE, node.span, "the fixes are a mapping of names", help);
        }
        node.entries().iter().filter_map(|entry| self.fix(entry, responds)).collect()
    }

    fn fix(&mut self, entry: &Entry, responds: Duration) -> Option<Fix> {
        let name = entry.key.trim().to_owned();
        let place = self.place(entry.key_span);
        let fix =
            |at, actions| Fix { name, summary: None, risk: None, at, actions, works: true, place };
        if let Content::List(_) = entry.value.content {
            return Some(fix(responds, self.actions(&entry.value)));
        }
        let body = self.body(&entry.value, "a fix", KEYS)?;
        let actions = self.required(&body, "do").map(|node| self.actions(node));
        let at = body.get("at").map_or(Some(responds), |node| self.moment(node));
        let works = body.get("works").map_or(Some(true), |node| self.yes(node));
        let text = |reader: &mut Self, key: &str| {
            body.get(key).and_then(|node| reader.text(node)).map(str::to_owned)
        };
        let (summary, risk) = (text(self, "summary"), text(self, "risk"));
        Some(Fix { summary, risk, works: works?, ..fix(at?, actions?) })
    }

    fn actions(&mut self, node: &Node) -> Vec<FixAction> {
        let items: Vec<&Node> = match &node.content {
            Content::List(items) => items.iter().map(|item| &**item).collect(),
            _ => vec![node],
        };
        items.into_iter().filter_map(|item| self.action(item)).collect()
    }

    fn action(&mut self, node: &Node) -> Option<FixAction> {
        if let Some(entry) = node.entry("lift") {
            self.body(node, "an action", &["lift"])?;
            return self.one_of(&entry.value, &[("cause", ())]).map(|()| FixAction::LiftCause);
        }
        let (action, _, _) = self.verb(node, ACTIONS, &[])?;
        action.map(FixAction::Do)
    }
}
