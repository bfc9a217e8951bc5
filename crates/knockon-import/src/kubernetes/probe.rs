//! Probes, with Kubernetes' own defaults.

use std::time::Duration;

use knockon_core::{Probe, Probes};

use crate::document::Doc;
use crate::gathered::Gathered;

/// The probes of a container.
pub(super) fn read(container: Doc<'_>, gathered: &mut Gathered) -> Probes {
    let mut probe = |key: &str| container.get(key).and_then(|doc| one(container, doc, gathered));
    Probes {
        liveness: probe("livenessProbe"),
        readiness: probe("readinessProbe"),
        startup: probe("startupProbe"),
    }
}

fn one(container: Doc<'_>, doc: Doc<'_>, gathered: &mut Gathered) -> Option<Probe> {
    // Older objects wrap the question in `handler`.
    let question = doc.get("handler").unwrap_or(doc);
    let port = |key: &str| question.at(&[key, "port"]).and_then(|it| port(container, it.text()?));
    let get = question.get("httpGet").map(|http| http.text_of("path").unwrap_or("/").to_owned());
    let exec = question
        .at(&["exec", "command"])
        .map(|command| command.texts().join(" ").trim().to_owned());
    let (tcp, grpc) = (port("tcpSocket"), port("grpc"));
    if get.is_none() && exec.is_none() && tcp.is_none() && grpc.is_none() {
        return None;
    }
    let mut number = |key: &str, otherwise: u32| doc.number(key, gathered).unwrap_or(otherwise);
    let mut seconds = |key: &str, otherwise| Duration::from_secs(number(key, otherwise).into());
    let delay = seconds("initialDelaySeconds", 0);
    let every = seconds("periodSeconds", 10);
    let timeout = seconds("timeoutSeconds", 1);
    Some(Probe {
        get,
        tcp,
        exec,
        grpc,
        port: port("httpGet"),
        delay,
        every,
        timeout,
        failures: number("failureThreshold", 3),
        successes: number("successThreshold", 1),
        checks: Vec::new(),
    })
}

/// A port by its number, or by the name that the container gives it.
fn port(container: Doc<'_>, text: &str) -> Option<u16> {
    text.parse().ok().or_else(|| {
        let mut ports = container.items_of("ports");
        let named = ports.find(|port| port.text_of("name") == Some(text))?;
        named.text_of("containerPort")?.parse().ok()
    })
}
