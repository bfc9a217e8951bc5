//! Containers: their variables, and the addresses in them.

use std::collections::BTreeMap;

use knockon_core::Place;

use crate::addresses::{Address, addresses, in_command};
use crate::document::Doc;
use crate::limits::MAX_VALUE_BYTES;

/// An address that a container is told.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) address: Address,
    /// The variable or flag.
    pub(super) by: String,
    pub(super) place: Place,
}

/// A variable with its value, as far as the manifests tell.
#[derive(Debug, Clone)]
pub(super) struct Variable<'a> {
    pub(super) name: String,
    pub(super) value: Option<String>,
    pub(super) doc: Doc<'a>,
}

/// A namespace, if it is written, and what an object in it holds.
type InNamespace<'a> = (Option<&'a str>, Doc<'a>);

/// What `ConfigMap`s and `Secret`s hold, by their names.
#[derive(Debug, Default)]
pub(super) struct Values<'a> {
    maps: BTreeMap<(&'a str, &'a str), Vec<InNamespace<'a>>>,
}

impl<'a> Values<'a> {
    /// Those among the objects.
    pub(super) fn of(objects: &[Doc<'a>]) -> Self {
        let mut values = Self::default();
        for object in objects {
            // What a Secret keeps under `data` is encoded, and is nobody's address.
            let key = match super::kind(*object) {
                "ConfigMap" => "data",
                "Secret" => "stringData",
                _ => continue,
            };
            if let (Some(name), Some(data)) = (super::name(*object), object.get(key)) {
                let maps = values.maps.entry((super::kind(*object), name)).or_default();
                maps.push((super::namespace(*object), data));
            }
        }
        values
    }

    /// The map of that name in the same namespace, or else the only one.
    fn map(&self, kind: &str, name: &str, namespace: Option<&str>) -> Option<Doc<'a>> {
        let maps = self.maps.get(&(kind, name))?;
        let same = maps.iter().find(|(space, _)| *space == namespace);
        let only = || maps.first().filter(|_| maps.len() == 1);
        same.or_else(only).map(|(_, doc)| *doc)
    }
}

/// What the variables of a container may refer to.
pub(super) struct Surroundings<'s, 'a> {
    pub(super) values: &'s Values<'a>,
    pub(super) namespace: Option<&'a str>,
    pub(super) workload: &'s str,
    pub(super) labels: &'s BTreeMap<&'a str, &'a str>,
}

/// The variables of a container, in the order in which they are set.
pub(super) fn variables<'a>(
    container: Doc<'a>,
    around: &Surroundings<'_, 'a>,
) -> Vec<Variable<'a>> {
    let mut variables: Vec<Variable<'a>> = Vec::new();
    for from in container.items_of("envFrom") {
        let prefix = from.text_of("prefix").unwrap_or_default();
        for (key, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            let name = from.text_at(&[key, "name"]);
            let map = name.and_then(|name| around.values.map(kind, name, around.namespace));
            for (name, _, doc) in map.into_iter().flat_map(Doc::entries) {
                let value = doc.text().map(str::to_owned);
                variables.push(Variable { name: format!("{prefix}{name}"), value, doc });
            }
        }
    }
    for env in container.items_of("env") {
        let Some(name) = env.text_of("name") else { continue };
        let (value, doc) = match env.get("value") {
            Some(value) => (value.text().map(|text| expanded(text, &variables)), value),
            None => from_elsewhere(env, around),
        };
        variables.retain(|it| it.name != name);
        variables.push(Variable { name: name.to_owned(), value, doc });
    }
    variables
}

/// What `valueFrom` leads to.
fn from_elsewhere<'a>(env: Doc<'a>, around: &Surroundings<'_, 'a>) -> (Option<String>, Doc<'a>) {
    for (key, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
        let Some(reference) = env.at(&["valueFrom", key]) else { continue };
        let map = reference
            .text_of("name")
            .and_then(|name| around.values.map(kind, name, around.namespace));
        let value = reference.text_of("key").and_then(|key| map?.get(key));
        if let Some(value) = value {
            return (value.text().map(str::to_owned), value);
        }
    }
    let field = env.text_at(&["valueFrom", "fieldRef", "fieldPath"]).unwrap_or_default();
    let label = field
        .strip_prefix("metadata.labels['")
        .and_then(|rest| rest.strip_suffix("']"))
        .and_then(|label| around.labels.get(label));
    let value = match field {
        "metadata.namespace" => around.namespace,
        "metadata.name" => Some(around.workload),
        _ => label.copied(),
    };
    (value.map(str::to_owned), env)
}

/// The value with `$(NAME)` replaced by variables that were set before, as the kubelet does.
fn expanded(text: &str, before: &[Variable<'_>]) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("$(") {
        result.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let reference = after.split_once(')');
        let value = reference.and_then(|(name, tail)| {
            let variable = before.iter().find(|it| it.name == name)?;
            Some((variable.value.as_deref().unwrap_or_default(), tail))
        });
        match value {
            // Values grow by reference; no address is that long.
            Some((value, tail)) if result.len() + value.len() <= MAX_VALUE_BYTES => {
                result.push_str(value);
                rest = tail;
            }
            _ => {
                result.push_str("$(");
                rest = after;
            }
        }
    }
    result.push_str(rest);
    result
}

/// The addresses in the variables and the command line of a container.
pub(super) fn mentions(container: Doc<'_>, variables: &[Variable<'_>]) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for variable in variables {
        let Some(value) = variable.value.as_deref().filter(|it| it.len() <= MAX_VALUE_BYTES) else {
            continue;
        };
        for address in addresses(&variable.name, value) {
            let by = variable.name.clone();
            mentions.push(Mention { address, by, place: variable.doc.place() });
        }
    }
    for key in ["command", "args"] {
        let Some(doc) = container.get(key) else { continue };
        let line: Vec<String> = doc.texts().iter().map(|text| expanded(text, variables)).collect();
        if line.iter().map(String::len).sum::<usize>() > MAX_VALUE_BYTES {
            continue;
        }
        for (_, address) in in_command(&line) {
            mentions.push(Mention { address, by: key.to_owned(), place: doc.place() });
        }
    }
    mentions
}
