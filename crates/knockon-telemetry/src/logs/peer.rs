//! The other service that a line names.
//!
//! Names of services are common words (`orders`, `user`, `search`), so that not every word which is one
//! means one: it counts after a word that leads to whom is spoken with, before a colon, as the host of
//! an address, or when no ordinary word looks like it.

use knockon_core::{Names, Resolved, ServiceId, System};

use crate::placement;
use crate::series::Labels;

/// Labels of a line that name the other end, beside those of alerts.
const LABELS: &[&str] =
    &["server.address", "server_address", "net.peer.name", "upstream_host", "upstream_cluster"];

/// Whether a label may name the other end.
pub(super) fn tells(label: &str) -> bool {
    LABELS.contains(&label)
}

/// Words after which the other end is named.
const LEADS: &[&str] = &[
    "calling",
    "call",
    "to",
    "from",
    "upstream",
    "host",
    "lookup",
    "server",
    "service",
    "connect",
    "connecting",
    "contacting",
    "peer",
    "against",
    "with",
    "at",
    "by",
    "resolve",
    "reach",
    "tcp",
    "cluster",
    "backend",
    "broker",
    "database",
];

/// The service that the labels of a line or its words name, if it is another than the one that wrote it.
pub(super) fn peer(
    system: &System,
    service: ServiceId,
    labels: &Labels,
    message: &str,
) -> Option<ServiceId> {
    let names = system.names();
    let by_label = || {
        let values = LABELS.iter().filter_map(|label| labels.get(*label));
        values.filter_map(|value| resolve(names, value)).find(|peer| *peer != service)
    };
    placement::peer(system, labels, service).or_else(by_label).or_else(|| {
        let mut before = "";
        let parts = message.split(|c: char| c.is_whitespace() || "\"'`()[]{}<>,;=|".contains(c));
        for word in parts.filter(|word| !word.is_empty()) {
            let lead = std::mem::replace(&mut before, word);
            let found = named(names, word, lead).filter(|peer| *peer != service);
            if found.is_some() {
                return found;
            }
        }
        None
    })
}

fn named(names: &Names, word: &str, lead: &str) -> Option<ServiceId> {
    if let Some((_scheme, rest)) = word.split_once("://") {
        let host = rest.split(['/', '?', '#']).next()?;
        return resolve(names, host.rsplit('@').next()?);
    }
    let host = word.split('/').next()?;
    let plain = host.trim_end_matches(['.', ':', '!', '?']);
    if plain.is_empty() {
        return None;
    }
    let lead = lead.trim_end_matches(':');
    let is_led = || LEADS.iter().any(|it| it.eq_ignore_ascii_case(lead));
    let is_odd = plain.contains(['-', '_', '.', ':']) || plain.bytes().any(|b| b.is_ascii_digit());
    if is_odd || host.ends_with(':') || is_led() { resolve(names, plain) } else { None }
}

fn resolve(names: &Names, name: &str) -> Option<ServiceId> {
    names.resolve(name).map(Resolved::service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use knockon_core::{Service, ServiceKind, SystemBuilder};

    #[test]
    fn a_name_counts_where_somebody_is_spoken_with() {
        let mut builder = SystemBuilder::new("shop");
        for name in ["front-end", "orders", "orders-db", "payment"] {
            builder.service(Service::new(name, ServiceKind::Service)).unwrap();
        }
        let system = builder.build();
        let check = |message: &str, expected: Option<&str>| {
            let found = peer(&system, ServiceId::from_index(0), &Labels::new(), message);
            let name = found.map(|id| system.service(id).name.as_str());
            assert_eq!(name, expected, "{message}");
        };
        check("connection refused calling orders / place", Some("orders"));
        check("Get \"http://payment:8080/pay?x=1\": EOF", Some("payment"));
        check("dial tcp: lookup orders-db.shop.svc.cluster.local: no such host", Some("orders-db"));
        check("orders-db: too many connections", Some("orders-db"));
        check("payment: timed out", Some("payment"));
        check("postgres://app:secret@orders-db:5432/x: refused", Some("orders-db"));
        check("could not list orders", None);
        check("front-end: started", None);
        check("the payment of 3 orders failed", None);
        check("", None);
        let labels = Labels::from([("peer.service".to_owned(), "payment".to_owned())]);
        let found = peer(&system, ServiceId::from_index(0), &labels, "failed");
        assert_eq!(found, system.names().get("payment"));
    }
}
