//! How the names that telemetry uses find the services of a system.
//!
//! Every tool spells a service its own way: Kubernetes appends a pod hash, a stateful set an
//! ordinal, an exporter a port. The rules here undo what is mechanical; anything else is an alias
//! that the model states.

use std::collections::BTreeMap;

use crate::id::ServiceId;

/// What a name from telemetry turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// The service's own name or one of its aliases, to the letter.
    Exact(ServiceId),
    /// A service, after a mechanical suffix (pod hash, ordinal, port, DNS domain) was taken off.
    Instance(ServiceId),
}

impl Resolved {
    /// The service, however it was found.
    pub fn service(self) -> ServiceId {
        match self {
            Self::Exact(id) | Self::Instance(id) => id,
        }
    }
}

/// An index of every name and alias of a system's services.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Names {
    by_name: BTreeMap<String, ServiceId>,
}

impl Names {
    /// Adds a name; gives back the service that already has it, if one does.
    pub fn insert(&mut self, name: &str, id: ServiceId) -> Option<ServiceId> {
        let taken = self.get(name);
        if taken.is_none() {
            self.by_name.insert(name.to_owned(), id);
        }
        taken
    }

    /// The service of exactly this name or alias.
    pub fn get(&self, name: &str) -> Option<ServiceId> {
        self.by_name.get(name).copied()
    }

    /// The service that a name from telemetry means: the exact name first, then with one mechanical
    /// suffix after another taken off.
    ///
    /// ```
    /// # use knockon_core::{Names, ServiceId, Resolved};
    /// let mut names = Names::default();
    /// names.insert("carts", ServiceId::from_index(0));
    /// let carts = ServiceId::from_index(0);
    /// assert_eq!(names.resolve("carts"), Some(Resolved::Exact(carts)));
    /// assert_eq!(names.resolve("carts-0"), Some(Resolved::Instance(carts)));
    /// assert_eq!(names.resolve("carts-5d4f8c7b9d-x2x7z"), Some(Resolved::Instance(carts)));
    /// assert_eq!(names.resolve("carts.shop.svc.cluster.local:8080"), Some(Resolved::Instance(carts)));
    /// assert_eq!(names.resolve("carts-db"), None);
    /// ```
    pub fn resolve(&self, name: &str) -> Option<Resolved> {
        if let Some(id) = self.get(name) {
            return Some(Resolved::Exact(id));
        }
        let mut rest = name;
        while let Some(shorter) = without_suffix(rest) {
            if let Some(id) = self.get(shorter) {
                return Some(Resolved::Instance(id));
            }
            rest = shorter;
        }
        None
    }

    /// Splits `<service><separator><rest>` where the service is one of the known names, preferring
    /// an exact name to one with a suffix taken off, and of several the longest. `None` when no known
    /// name starts the text or nothing follows it.
    ///
    /// ```
    /// # use knockon_core::{Names, ServiceId};
    /// let mut names = Names::default();
    /// names.insert("carts", ServiceId::from_index(0));
    /// names.insert("carts_db", ServiceId::from_index(1));
    /// assert_eq!(names.split("carts_lat_50", '_'), Some((ServiceId::from_index(0), "lat_50")));
    /// assert_eq!(names.split("carts_db_cpu", '_'), Some((ServiceId::from_index(1), "cpu")));
    /// assert_eq!(names.split("carts", '_'), None);
    /// ```
    pub fn split<'a>(&self, text: &'a str, separator: char) -> Option<(ServiceId, &'a str)> {
        let parts = || {
            let cuts = text.rmatch_indices(separator);
            let parts = cuts.map(|(at, found)| (&text[..at], &text[at + found.len()..]));
            parts.filter(|(_, rest)| !rest.is_empty())
        };
        let exact = parts().find_map(|(name, rest)| Some((self.get(name)?, rest)));
        exact.or_else(|| {
            parts().find_map(|(name, rest)| Some((self.resolve(name)?.service(), rest)))
        })
    }

    /// Every name and alias, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ServiceId)> {
        self.by_name.iter().map(|(name, id)| (name.as_str(), *id))
    }
}

/// The name without its last mechanical suffix: `:port`, `.domain`, a pod hash, an ordinal, or the
/// role of the copies of a database that operators name their addresses by.
fn without_suffix(name: &str) -> Option<&str> {
    if let Some((host, port)) = name.rsplit_once(':') {
        let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        return is_port.then_some(host);
    }
    if let Some((host, _domain)) = name.split_once('.') {
        return (!host.is_empty()).then_some(host);
    }
    let (stem, last) = name.rsplit_once(['-', ' '])?;
    let is_suffix = is_ordinal(last) || is_pod_hash(last) || COPIES.contains(&last);
    (is_suffix && !stem.is_empty()).then_some(stem)
}

/// What the addresses of a database's copies end in: `CloudNativePG` has `-ro` and `-rw`, the operator of
/// Zalando `-repl`, hosted databases `-replica`.
const COPIES: &[&str] = &["replica", "replicas", "repl", "ro", "rw"];

fn is_ordinal(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// A part of the name Kubernetes gives a pod: a replica set's template hash (8 to 10 characters) or
/// the five characters after it, drawn from an alphabet without vowels and without 0, 1 and 3, so
/// that no word looks like one (`k8s.io/apimachinery/pkg/util/rand`). A template hash may also be
/// all letters; the vowels tell it from a word.
fn is_pod_hash(text: &str) -> bool {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    (text.len() == 5 || (8..=10).contains(&text.len()))
        && text.bytes().all(|b| ALPHABET.contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Names {
        let mut names = Names::default();
        for (index, name) in list.iter().enumerate() {
            names.insert(name, ServiceId::from_index(index));
        }
        names
    }

    #[test]
    fn suffixes_that_tools_append_are_taken_off_and_words_are_not() {
        let names = names(&["front-end", "orders", "orders-db", "10.0.0.7"]);
        let check = |name: &str, expected: Option<usize>| {
            let found = names.resolve(name).map(|r| r.service().index());
            assert_eq!(found, expected, "{name}");
        };
        check("front-end", Some(0));
        check("front-end-1", Some(0));
        check("front-end-6649c54d45-9dm2z", Some(0));
        check("orders-db-0", Some(2));
        check("orders:9090", Some(1));
        check("10.0.0.7:9090", Some(3));
        check("orders.svc-shop.local", Some(1));
        check("orders-db-ro", Some(2));
        check("orders-db replica", Some(2));
        check("orders-db-rw:5432", Some(2));
        check("orders-cache", None);
        check("orders-queue", None);
        check("front", None);
        check("", None);
        check("-", None);
        check("-0", None);
        check(":1", None);
        check(".x", None);
    }

    #[test]
    fn the_first_to_take_a_name_keeps_it() {
        let mut names = names(&["orders"]);
        assert_eq!(
            names.insert("orders", ServiceId::from_index(5)),
            Some(ServiceId::from_index(0))
        );
        assert_eq!(names.get("orders"), Some(ServiceId::from_index(0)));
    }

    #[test]
    fn a_dot_inside_a_name_does_not_end_it() {
        let names = names(&["amazon", "amazon.com_remote"]);
        let found = names.split("amazon.com_remote_latency_Average", '_');
        assert_eq!(found, Some((ServiceId::from_index(1), "latency_Average")));
    }

    #[test]
    fn a_column_splits_at_the_longest_service_name() {
        let names = names(&["carts", "carts-db", "queue_master"]);
        let check = |text: &str, expected: Option<(usize, &str)>| {
            let found = names.split(text, '_').map(|(id, rest)| (id.index(), rest));
            assert_eq!(found, expected, "{text}");
        };
        check("carts_cpu", Some((0, "cpu")));
        check("carts-db_cpu", Some((1, "cpu")));
        check("carts_lat_50", Some((0, "lat_50")));
        check("queue_master_mem", Some((2, "mem")));
        check("queue_mem", None);
        check("carts-0_cpu", Some((0, "cpu")));
        check("carts_", None);
        check("_cpu", None);
        check("ünï_cödé", None);
    }
}
