//! Where the parts of a model were written.

use std::collections::HashMap;
use std::sync::Arc;

use knockon_core::{Element, Place};

use crate::source::{Sources, Span};

/// Where the parts of a model were written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Places {
    pub(crate) spans: HashMap<Element, Span>,
    /// Shared by a system and its variants, which are written in the same files.
    pub(crate) sources: Arc<Sources>,
}

impl Places {
    /// Where an element was written; for one that has no place of its own, its service's.
    pub fn of(&self, element: Element) -> Option<Place> {
        let span = self.spans.get(&element).or_else(|| self.spans.get(&whole(element)?));
        span.map(|span| self.sources.place(*span))
    }
}

/// What an element is part of.
fn whole(element: Element) -> Option<Element> {
    Some(Element::Service(match element {
        Element::Key(service, _) => service,
        Element::Operation(id) => id.service,
        Element::Query(id) => id.service,
        Element::CacheEntry(id) => id.service,
        Element::Queue(id) => id.service,
        Element::Topic(id) => id.service,
        Element::Dependency((from, ..)) => from,
        _ => return None,
    }))
}
