//! Prometheus rule files.

use std::rc::Rc;

use knockon_core::{Monitor, RecordingRule, System};

use crate::context::Context;
use crate::findings::Findings;
use crate::print::Printed;
use crate::yaml::Node;

/// A rule file that was read.
#[derive(Debug)]
pub(crate) struct RuleFile;

/// What rule files hold.
#[derive(Debug, Default)]
pub(crate) struct Monitors {
    pub(crate) alerts: Vec<Monitor>,
    pub(crate) recordings: Vec<RecordingRule>,
}

pub(crate) fn read(_: &str, _: &Rc<Node>, _: &mut Findings) -> RuleFile {
    RuleFile
}

pub(crate) fn monitors(_: &[RuleFile], _: &mut Context<'_>) -> Monitors {
    Monitors::default()
}

pub(crate) fn print(_: &System) -> Vec<Printed> {
    Vec::new()
}
