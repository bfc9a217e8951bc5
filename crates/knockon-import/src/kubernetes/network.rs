//! Names in the cluster's network: which workloads answer to which.

use std::collections::BTreeMap;

use super::workload::Workload;
use super::{external, kind, map_of, name, namespace};
use crate::document::Doc;
use crate::gathered::{Gathered, SeenId};

/// A namespace, if it is written, and the workloads that answer to a name in it.
type InNamespace<'a> = (Option<&'a str>, Vec<SeenId>);

/// The names of Services and workloads.
pub(super) struct Network<'a> {
    by_name: BTreeMap<&'a str, Vec<InNamespace<'a>>>,
}

impl<'a> Network<'a> {
    /// Reads the Services; each name that leads to one workload becomes an alias of it.
    pub(super) fn of(
        objects: &[Doc<'a>],
        workloads: &[Workload<'a>],
        gathered: &mut Gathered,
    ) -> Self {
        let mut network = Self { by_name: BTreeMap::new() };
        let by_label = by_label(workloads);
        for object in objects.iter().filter(|it| kind(**it) == "Service") {
            let Some(name) = name(*object) else { continue };
            let Some(spec) = object.get("spec") else { continue };
            let outside = spec.text_of("externalName");
            let targets = match outside {
                Some(outside) if spec.text_of("type") == Some("ExternalName") => {
                    network.external(*object, name, outside, gathered)
                }
                _ => selected(*object, spec, &by_label),
            };
            if let [only] = targets.as_slice() {
                let seen = &mut gathered.services[*only];
                if seen.name != name {
                    seen.aliases.push(name.to_owned());
                }
            } else {
                for target in &targets {
                    gathered.services[*target].shared.push(name.to_owned());
                }
            }
            network.add(name, namespace(*object), targets);
        }
        for workload in workloads.iter().filter(|it| !it.is_renamed) {
            let is_taken = network.lookup(workload.name, workload.namespace).is_some();
            if !is_taken {
                network.add(workload.name, workload.namespace, vec![workload.seen]);
            }
        }
        network
    }

    fn add(&mut self, name: &'a str, namespace: Option<&'a str>, targets: Vec<SeenId>) {
        if !targets.is_empty() {
            self.by_name.entry(name).or_default().push((namespace, targets));
        }
    }

    /// `orders.shop.svc.cluster.local` is another name for a Service of this cluster.
    fn external(
        &self,
        object: Doc<'a>,
        name: &str,
        outside: &str,
        gathered: &mut Gathered,
    ) -> Vec<SeenId> {
        let inside = self.resolve(outside, namespace(object));
        if inside.is_empty() { vec![external(object, name, outside, gathered)] } else { inside }
    }

    /// The workloads that a host means to a pod in that namespace.
    pub(super) fn resolve(&self, host: &str, namespace: Option<&str>) -> Vec<SeenId> {
        let host = host.trim_end_matches('.');
        let labels: Vec<&str> = host.split('.').collect();
        let is_pod = |label: &str| {
            label.rsplit_once('-').is_some_and(|(_, number)| number.parse::<u16>().is_ok())
        };
        let found = match labels.as_slice() {
            [name] => self.lookup(name, namespace),
            [name, space, "svc", ..] => self.lookup(name, Some(space)),
            [pod, name, space, "svc", ..] if is_pod(pod) => self.lookup(name, Some(space)),
            [name, space] => self
                .exactly(name, Some(space))
                .or_else(|| self.lookup(space, namespace).filter(|_| is_pod(name))),
            [pod, name, space] if is_pod(pod) => self.exactly(name, Some(space)),
            _ => None,
        };
        found.map(<[SeenId]>::to_vec).unwrap_or_default()
    }

    fn exactly(&self, name: &str, namespace: Option<&str>) -> Option<&[SeenId]> {
        let entries = self.by_name.get(name)?;
        entries.iter().find(|(space, _)| *space == namespace).map(|(_, ids)| ids.as_slice())
    }

    /// The same namespace first; then one that nobody wrote down, or the only one there is.
    fn lookup(&self, name: &str, namespace: Option<&str>) -> Option<&[SeenId]> {
        let unwritten = |space| space == namespace.or(space) || namespace.is_none();
        self.exactly(name, namespace).or_else(|| self.exactly(name, None)).or_else(|| {
            match self.by_name.get(name)?.as_slice() {
                [(space, ids)] if unwritten(*space) => Some(ids.as_slice()),
                _ => None,
            }
        })
    }
}

/// The workloads by each label of their pods.
type ByLabel<'w, 'a> = BTreeMap<(&'a str, &'a str), Vec<&'w Workload<'a>>>;

fn by_label<'w, 'a>(workloads: &'w [Workload<'a>]) -> ByLabel<'w, 'a> {
    let mut by_label = ByLabel::new();
    for workload in workloads {
        for (key, value) in &workload.labels {
            by_label.entry((*key, *value)).or_default().push(workload);
        }
    }
    by_label
}

/// The workloads whose pods a Service selects.
fn selected<'a>(object: Doc<'a>, spec: Doc<'a>, by_label: &ByLabel<'_, 'a>) -> Vec<SeenId> {
    let asked = map_of(spec.get("selector"));
    // The rarest label leaves least to look at.
    let having = asked
        .iter()
        .map(|(key, value)| by_label.get(&(*key, *value)).map(Vec::as_slice).unwrap_or_default());
    let candidates = having.min_by_key(|workloads| workloads.len()).unwrap_or_default();
    let is_selected = |it: &&&Workload<'_>| {
        let same_space = it.namespace == namespace(object)
            || it.namespace.is_none()
            || namespace(object).is_none();
        same_space && asked.iter().all(|(key, value)| it.labels.get(key) == Some(value))
    };
    candidates.iter().filter(is_selected).map(|it| it.seen).collect()
}
