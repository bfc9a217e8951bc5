//! One service of a compose file.

use knockon_core::{Criticality, Place, Provenance, RestartPolicy};
use knockon_format::Span;

use super::{Project, Variables, env_file, health, not_followed};
use crate::addresses::{addresses, in_command};
use crate::document::Doc;
use crate::gathered::{Edge, End, Gathered, RunsSeen, Seen, SeenId, World};
use crate::kubernetes::OWN_NAMES;
use crate::limits::MAX_VALUE_BYTES;
use crate::products::{self, Container};
use crate::quantity::{compose_memory, cpu};

/// Reads what a service is, without what it needs.
pub(super) fn declare(
    project: &mut Project<'_>,
    name: &str,
    span: Span,
    body: Doc<'_>,
    gathered: &mut Gathered,
) -> SeenId {
    let mut seen = Seen::new(World::Compose, name, body.place_of(span));
    for key in ["container_name", "hostname"] {
        seen.aliases.extend(body.get(key).and_then(|value| project.text(value, gathered)));
    }
    for (.., network) in body.entries_of("networks") {
        seen.aliases.extend(network.get("aliases").map(Doc::texts).unwrap_or_default());
    }
    for (key, message) in [("extends", "`extends` is not followed")] {
        if let Some(doc) = body.get(key) {
            not_followed(doc, message, gathered);
        }
    }
    let image = body.get("image").and_then(|value| project.text(value, gathered));
    let ports = ports(project, body, gathered);
    for variable in variables(project, body, gathered) {
        if OWN_NAMES.contains(&variable.name.as_str()) && !variable.value.is_empty() {
            seen.aliases.push(variable.value);
        }
        seen.variables.push(variable.name);
    }
    let names: Vec<&str> = seen.variables.iter().map(String::as_str).collect();
    let image = image.as_deref();
    let container = Container { name, image, ports: &ports, variables: &names };
    seen.product = products::product(&container);
    seen.version = image.and_then(products::version).map(str::to_owned);
    seen.runs = runs(project, body, gathered);
    seen.probes = health::read(project, body, gathered);
    gathered.service(seen)
}

/// The ports inside of the container, those that it only exposes first.
fn ports(project: &mut Project<'_>, body: Doc<'_>, gathered: &mut Gathered) -> Vec<u16> {
    let mut ports = Vec::new();
    for key in ["expose", "ports"] {
        for item in body.items_of(key) {
            let text = match item.get("target") {
                Some(target) => project.text(target, gathered),
                None => project.text(item, gathered),
            };
            let text = text.unwrap_or_default();
            let inside = text.rsplit(':').next().unwrap_or_default();
            ports.extend(inside.split('/').next().and_then(|port| port.parse::<u16>().ok()));
        }
    }
    ports
}

fn runs(project: &mut Project<'_>, body: Doc<'_>, gathered: &mut Gathered) -> RunsSeen {
    let mut text = |path: &[&str]| body.at(path).and_then(|doc| project.text(doc, gathered));
    let limit = ["deploy", "resources", "limits"];
    let reserved = ["deploy", "resources", "reservations"];
    let mut either = |path: [&str; 3], key: &str, old: &str| {
        text(&[path[0], path[1], path[2], key]).or_else(|| text(&[old]))
    };
    let cpu_limit = either(limit, "cpus", "cpus").and_then(|it| cpu(&it));
    let memory_limit = either(limit, "memory", "mem_limit").and_then(|it| compose_memory(&it));
    let cpu_request = either(reserved, "cpus", "").and_then(|it| cpu(&it));
    let memory_request =
        either(reserved, "memory", "mem_reservation").and_then(|it| compose_memory(&it));
    let replicas = text(&["deploy", "replicas"]).or_else(|| text(&["scale"]));
    let restart = text(&["restart"]).or_else(|| text(&["deploy", "restart_policy", "condition"]));
    let restart = restart.as_deref().and_then(|policy| match policy {
        "no" | "none" | "false" => Some(RestartPolicy::Never),
        "always" | "unless-stopped" | "any" => Some(RestartPolicy::Always),
        other => other.starts_with("on-failure").then_some(RestartPolicy::OnFailure),
    });
    RunsSeen {
        replicas: replicas.and_then(|it| it.parse().ok()),
        cpu_limit,
        cpu_request,
        memory_limit,
        memory_request,
        restart,
        rollout: None,
    }
}

/// A variable of a service, and where it is set.
struct Variable {
    name: String,
    value: String,
    place: Place,
}

/// The variables of a service: those of its files first, then its own.
fn variables(project: &mut Project<'_>, body: Doc<'_>, gathered: &mut Gathered) -> Vec<Variable> {
    let mut found = Vec::new();
    let files: Vec<Doc<'_>> = match body.get("env_file") {
        Some(doc) if doc.text().is_some() => vec![doc],
        Some(doc) => doc.items().collect(),
        None => Vec::new(),
    };
    for file in files {
        let doc = file.get("path").unwrap_or(file);
        let Some(path) = project.text(doc, gathered) else { continue };
        let Some(input) = project.file(&path) else {
            if file.text_of("required") != Some("false") {
                let message = format!("the file of variables `{path}` was not given");
                not_followed(doc, &message, gathered);
            }
            continue;
        };
        let mut read = Variables::new();
        env_file::read(&input.bytes, &mut read);
        let of_file = read.into_iter();
        found.extend(of_file.map(|(name, value)| Variable { name, value, place: doc.place() }));
    }
    let Some(environment) = body.get("environment") else { return found };
    let mut own: Vec<(String, Option<String>, Doc<'_>)> = Vec::new();
    for item in environment.items() {
        let Some(text) = item.text() else { continue };
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(project.filled(value, item, gathered))),
            None => (text, None),
        };
        own.push((name.to_owned(), value, item));
    }
    for (name, _, value) in environment.entries() {
        own.push((name.to_owned(), project.text(value, gathered), value));
    }
    for (name, value, doc) in own {
        // Without a value a variable is handed on from outside.
        let value = value.or_else(|| project.variables.get(&name).cloned());
        found.retain(|it| it.name != name);
        found.push(Variable { name, value: value.unwrap_or_default(), place: doc.place() });
    }
    found
}

/// Reads what a service needs.
pub(super) fn edges(project: &mut Project<'_>, body: Doc<'_>, id: SeenId, gathered: &mut Gathered) {
    // Whatever is wrong with the variables was said when the service was declared.
    let mut said = Gathered::default();
    let mut links = Vec::new();
    for item in body.items_of("links") {
        let Some(text) = project.text(item, &mut said) else { continue };
        let (service, alias) = text.split_once(':').unwrap_or((&text, &text));
        links.push((alias.to_owned(), service.to_owned()));
        gathered.edges.push(edge(id, service, "links", item.place(), true));
    }
    let real = |host: &str| {
        let link = links.iter().find(|(alias, _)| alias == host);
        link.map_or_else(|| host.to_owned(), |(_, service)| service.clone())
    };
    for variable in variables(project, body, &mut said) {
        if variable.value.len() > MAX_VALUE_BYTES {
            continue;
        }
        for address in addresses(&variable.name, &variable.value) {
            let host = real(&address.host);
            let place = variable.place.clone();
            gathered.edges.push(edge(id, &host, &variable.name, place, address.evident));
        }
    }
    for key in ["command", "entrypoint"] {
        let Some(doc) = body.get(key) else { continue };
        let line: Vec<String> = match doc.text() {
            Some(_) => project.text(doc, gathered).into_iter().collect(),
            None => doc.items().filter_map(|item| project.text(item, gathered)).collect(),
        };
        if line.iter().map(String::len).sum::<usize>() > MAX_VALUE_BYTES {
            continue;
        }
        for (_, address) in in_command(&line) {
            let host = real(&address.host);
            gathered.edges.push(edge(id, &host, key, doc.place(), address.evident));
        }
    }
    depends_on(body, id, gathered);
}

fn depends_on(body: Doc<'_>, id: SeenId, gathered: &mut Gathered) {
    let Some(doc) = body.get("depends_on") else { return };
    for item in doc.items() {
        if let Some(service) = item.text() {
            gathered.edges.push(edge(id, service, "depends_on", item.place(), true));
        }
    }
    for (service, span, value) in doc.entries() {
        let mut edge = edge(id, service, "depends_on", doc.place_of(span), true);
        // What has ended before the service starts is nothing that a running one needs.
        let has_ended = value.text_of("condition") == Some("service_completed_successfully");
        if has_ended || value.text_of("required") == Some("false") {
            edge.criticality = Criticality::Optional;
        }
        gathered.edges.push(edge);
    }
}

fn edge(from: SeenId, host: &str, by: &str, place: Place, evident: bool) -> Edge {
    Edge {
        from: End::Seen(from),
        to: End::Named { name: host.to_owned(), namespace: None, for_sure: false },
        kind: None,
        criticality: Criticality::Critical,
        provenance: Provenance::Manifest,
        known_from: format!("{}:{} {by}", place.file, place.line),
        place,
        by: by.to_owned(),
        evident,
    }
}
