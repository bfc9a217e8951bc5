//! Backstage's `catalog-info.yaml`: components, resources, the APIs between them, and who owns them.

use knockon_core::{Criticality, DependencyKind, Provenance, ServiceKind};

use crate::codes;
use crate::document::Doc;
use crate::gathered::{Edge, End, Gathered, Seen, World};
use crate::identifier::words;
use crate::products;

/// Whether a document is an entity of a catalogue.
pub(crate) fn recognises(doc: Doc<'_>) -> bool {
    doc.text_of("apiVersion").is_some_and(|version| version.starts_with("backstage.io/"))
}

/// Reads one entity.
pub(crate) fn read(doc: Doc<'_>, gathered: &mut Gathered) {
    let Some(name) = doc.text_at(&["metadata", "name"]) else { return };
    match doc.text_of("kind") {
        Some("Component" | "Resource") => service(doc, name, gathered),
        Some("System") => {
            let summary = doc.text_at(&["metadata", "description"]);
            gathered.systems.push((name.to_owned(), summary.map(one_line)));
        }
        Some("Group") => {
            let team = gathered.teams.entry(name.to_owned()).or_default();
            let mail = doc.text_at(&["spec", "profile", "email"]).map(str::to_owned);
            team.contact = slack(doc).or(mail).or(team.contact.take());
            let summary = doc.text_at(&["metadata", "description"]).map(one_line);
            team.summary = summary.or(team.summary.take());
        }
        Some("Location") => {
            let message = "the files that this names are not followed";
            gathered.note(codes::NOT_FOLLOWED, doc.place(), message);
        }
        _ => {}
    }
}

fn service(doc: Doc<'_>, name: &str, gathered: &mut Gathered) {
    let mut seen = Seen::new(World::Catalog, name, doc.place());
    let spec = doc.get("spec");
    let of_spec = |key: &str| spec.and_then(|spec| spec.text_of(key));
    seen.kind = kind(doc.text_of("kind") == Some("Resource"), of_spec("type").unwrap_or_default());
    seen.product = products::named(name);
    seen.summary = doc.text_at(&["metadata", "description"]).map(one_line);
    seen.repository = repository(doc);
    seen.owner = of_spec("owner").map(|owner| bare(owner).to_owned());
    if let Some(owner) = &seen.owner {
        let team = gathered.teams.entry(owner.clone()).or_default();
        if let Some(id) = annotation(doc, "pagerduty.com/service-id") {
            team.escalation.get_or_insert_with(|| format!("pagerduty/{id}"));
        }
        if let Some(channel) = slack(doc) {
            team.contact.get_or_insert(channel);
        }
    }
    let id = gathered.service(seen);
    let Some(spec) = spec else { return };
    for item in spec.items_of("dependsOn") {
        let Some(reference) = item.text() else { continue };
        let to = bare(reference);
        let is_api = sort(reference) == "api";
        let to = if is_api { End::Api(to.to_owned()) } else { End::named(to) };
        gathered.edges.push(edge(End::Seen(id), to, None, item));
    }
    for item in spec.items_of("dependencyOf") {
        let Some(reference) = item.text() else { continue };
        gathered.edges.push(edge(End::named(bare(reference)), End::Seen(id), None, item));
    }
    for item in spec.items_of("consumesApis") {
        let Some(api) = item.text().map(bare) else { continue };
        let to = End::Api(api.to_owned());
        gathered.edges.push(edge(End::Seen(id), to, Some(DependencyKind::Call), item));
    }
    for item in spec.items_of("providesApis") {
        let Some(api) = item.text().map(bare) else { continue };
        gathered.apis.entry(api.to_owned()).or_default().push(id);
    }
}

fn edge(from: End, to: End, kind: Option<DependencyKind>, doc: Doc<'_>) -> Edge {
    Edge {
        from,
        to,
        kind,
        criticality: Criticality::Critical,
        provenance: Provenance::Catalog,
        known_from: doc.known_from(),
        place: doc.place(),
        by: String::new(),
        evident: true,
    }
}

fn kind(is_resource: bool, word: &str) -> Option<ServiceKind> {
    let words = words(word);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&["database", "db", "bucket", "storage", "s3", "datastore"]) {
        Some(ServiceKind::Database)
    } else if has(&["cache", "redis", "memcached"]) {
        Some(ServiceKind::Cache)
    } else if has(&["queue", "topic", "broker", "stream", "kafka", "rabbitmq", "messaging"]) {
        Some(ServiceKind::Broker)
    } else if has(&["external", "saas", "vendor"]) {
        Some(ServiceKind::External)
    } else if is_resource && has(&["cluster", "network", "dns", "node"]) {
        Some(ServiceKind::Platform)
    } else {
        None
    }
}

/// The name in `group:default/checkout`.
fn bare(reference: &str) -> &str {
    let name = reference.rsplit_once(':').map_or(reference, |(_, name)| name);
    name.rsplit_once('/').map_or(name, |(_, name)| name)
}

/// The sort in `group:default/checkout`, in lower case.
fn sort(reference: &str) -> String {
    reference.split_once(':').map(|(sort, _)| sort.to_ascii_lowercase()).unwrap_or_default()
}

fn annotation<'a>(doc: Doc<'a>, key: &str) -> Option<&'a str> {
    doc.text_at(&["metadata", "annotations", key]).filter(|value| !value.trim().is_empty())
}

/// The channel that any tool's annotation names.
fn slack(doc: Doc<'_>) -> Option<String> {
    let annotations = doc.at(&["metadata", "annotations"])?;
    let mut entries = annotations.entries();
    let (_, _, value) =
        entries.find(|(key, ..)| key.contains("slack") && key.contains("channel"))?;
    value.text().map(str::to_owned)
}

fn repository(doc: Doc<'_>) -> Option<String> {
    let location = annotation(doc, "backstage.io/source-location");
    let location = location.map(|url| url.strip_prefix("url:").unwrap_or(url).to_owned());
    let slug =
        |key: &str, host: &str| annotation(doc, key).map(|slug| format!("https://{host}/{slug}"));
    location
        .or_else(|| slug("github.com/project-slug", "github.com"))
        .or_else(|| slug("gitlab.com/project-slug", "gitlab.com"))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
