//! The map of a system: who needs whom, as a tree for the terminal, as Mermaid and DOT for documents
//! that other programs draw, and as an SVG that is drawn already.
//!
//! All four show one [`picture`] of the system. In it a line points where the work
//! goes: from a caller to what it calls, from a producer to the broker and from the broker to the
//! consumer, although it is the consumer that depends on the broker. The same system gives the same
//! bytes.

mod dot;
mod layout;
mod mermaid;
mod picture;
mod svg;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;

use knockon_core::System;

use self::picture::Picture;
pub(crate) use self::svg::Drawing;
use crate::state::State;

/// What of a system a map shows.
#[derive(Debug, Clone, Copy)]
pub struct MapView<'a> {
    /// The system.
    pub system: &'a System,
    /// Which of [`System::journeys`] to follow. Then the map shows the services that the journey
    /// crosses, numbered, and in grey whatever they need; nothing else. An index without a journey
    /// shows the whole system.
    pub journey: Option<usize>,
}

impl<'a> MapView<'a> {
    /// The whole of a system.
    pub fn whole(system: &'a System) -> Self {
        Self { system, journey: None }
    }

    /// What one journey of a system crosses and needs.
    pub fn along(system: &'a System, journey: usize) -> Self {
        Self { system, journey: Some(journey) }
    }
}

/// What a page that includes a map knows of services by name: which of its own rows a service is, and
/// how it is to be shown.
pub(crate) type States<'a> = BTreeMap<&'a str, (usize, State)>;

/// The map as a tree for the terminal, with ANSI styles. Every service has its own place once, below
/// the first that leads to it by the fewest steps; every other line that names it says where that
/// is. So a tree is as long as the system has dependencies, whatever cycles are in it, and chains
/// of many services are cut into pieces that still fit the screen.
pub fn map_tree(view: &MapView<'_>) -> String {
    tree::render(&Picture::new(view))
}

/// The map as a Mermaid flowchart, for Markdown. Mermaid itself refuses more than 500 lines unless
/// its `maxEdges` is raised where the page is made.
pub fn map_mermaid(view: &MapView<'_>) -> String {
    mermaid::render(&Picture::new(view))
}

/// The map in the DOT language, for Graphviz.
pub fn map_dot(view: &MapView<'_>) -> String {
    dot::render(&Picture::new(view))
}

/// The map as a drawing: an SVG document without scripts and without anything to fetch, readable on
/// light and on dark, with the details of every service and every line in a tooltip.
pub fn map_svg(view: &MapView<'_>) -> String {
    svg::render(&Picture::new(view), None).text
}

/// The map as a part of a page: without a title of its own, on no sheet, and with the state of each
/// service as a sign at its box and as `data-state` beside its `data-row`, where a script can change
/// it. The signs are `#knockon-sign-` and the word of the state.
pub(crate) fn map_in_page(view: &MapView<'_>, states: &States<'_>) -> Drawing {
    svg::render(&Picture::new(view), Some(states))
}
