//! The fixes of a scenario.

use std::time::Duration;

use knockon_format::quantities::show_moment;
use knockon_format::{Content, Entry, Node, Span};

use super::body::Reader;
use super::timeline::has_verb;
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
            self.in_time(entry.key_span, responds)?;
            return Some(fix(responds, self.actions(&entry.value, responds)));
        }
        let body = self.body(&entry.value, "a fix", KEYS)?;
        let at = body.get("at").map_or(Some(responds), |node| self.moment(node));
        let actions =
            self.required(&body, "do").map(|node| self.actions(node, at.unwrap_or(responds)));
        let works = body.get("works").map_or(Some(true), |node| self.yes(node));
        let text = |reader: &mut Self, key: &str| {
            body.get(key).and_then(|node| reader.text(node)).map(str::to_owned)
        };
        let (summary, risk) = (text(self, "summary"), text(self, "risk"));
        let at = at?;
        self.in_time(entry.key_span, at)?;
        Some(Fix { summary, risk, works: works?, ..fix(at, actions?) })
    }

    /// A fix is carried out when there is something to fix, and before the run ends.
    fn in_time(&mut self, span: Span, at: Duration) -> Option<()> {
        let begins = self.begins.unwrap_or_default();
        let (moment, limit) = if at < begins {
            ("before the cause sets in", begins)
        } else if at > self.lasts {
            ("after the end of the run", self.lasts)
        } else {
            return Some(());
        };
        let (at, limit) = (show_moment(at), show_moment(limit));
        let message = format!("it is carried out at {at}, {moment} at {limit}");
        let help = "say `at` of the fix, or `responds` of all of them, as in `T+5min`";
        self.refuse(codes::NEVER, span, message, help);
        None
    }

    fn actions(&mut self, node: &Node, begins: Duration) -> Vec<(Duration, FixAction)> {
        let items: Vec<&Node> = match &node.content {
            Content::List(items) => items.iter().map(|item| &**item).collect(),
            _ => vec![node],
        };
        if items.is_empty() {
            let help = "write what is done, as in `[{ restart: orders }]`";
            self.refuse(codes::KEY, node.span, "nothing is done", help);
        }
        items.into_iter().filter_map(|item| self.action(item, begins)).collect()
    }

    /// An action and its moment: when the fix begins, or a later one that it says itself.
    fn action(&mut self, node: &Node, begins: Duration) -> Option<(Duration, FixAction)> {
        if let Some(entry) = node.entry("lift") {
            let body = self.body(node, "an action", &["lift", "at"])?;
            let at = self.later(body.get("at").map(|node| &**node), begins)?;
            return self
                .one_of(&entry.value, &[("cause", ())])
                .map(|()| (at, FixAction::LiftCause));
        }
        if !has_verb(node, ACTIONS) {
            self.no_verb(node, &[], true);
            return None;
        }
        let (action, body, _) = self.verb(node, ACTIONS, &["at"])?;
        let at = self.later(body.get("at").map(|node| &**node), begins)?;
        action.map(|action| (at, FixAction::Do(action)))
    }

    /// The moment that an action of a fix says, which is none before the fix begins.
    fn later(&mut self, node: Option<&Node>, begins: Duration) -> Option<Duration> {
        let Some(node) = node else { return Some(begins) };
        let at = self.moment(node)?;
        self.in_time(node.span, at)?;
        if at < begins {
            let (at, begins) = (show_moment(at), show_moment(begins));
            let message = format!("it is carried out at {at}, before its fix begins at {begins}");
            self.refuse(codes::NEVER, node.span, message, "give the fix an earlier `at`");
            return None;
        }
        Some(at)
    }
}
