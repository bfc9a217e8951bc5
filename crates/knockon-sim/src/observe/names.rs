//! The names that things have outside: of pods, namespaces, jobs.

use std::sync::Arc;

use crate::program::{NONE, Operation, Program};
use crate::random;

/// The letters of Kubernetes' random names, which spell no words
/// (<https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go>).
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// What a service is called outside.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// Its name in the model; that of their database for read replicas.
    pub(super) service: Arc<str>,
    /// Its name as a job: the same, unless the model says another.
    pub(super) job: Arc<str>,
    /// Its name as a Kubernetes object.
    pub(super) object: Arc<str>,
    pub(super) namespace: Arc<str>,
}

/// The names of all services.
pub(super) fn of_services(program: &Program) -> Vec<Names> {
    let mut names = Vec::new();
    for service in &program.services {
        let of = program.system.service(service.id);
        let team = program.system.owner(service.id).map(|team| team.name.as_str());
        let namespace = team.filter(|name| is_object_name(name));
        let namespace = namespace.map_or_else(|| object_name(program.system.name()), str::to_owned);
        // Read replicas are a workload of their own, and scraped as their database is.
        let object = of.job.as_ref().filter(|_| service.copy_of.is_none());
        names.push(Names {
            service: of.name.as_str().into(),
            job: of.job.as_ref().unwrap_or(&of.name).as_str().into(),
            object: object_name(object.unwrap_or(&service.name)).into(),
            namespace: namespace.into(),
        });
    }
    names
}

/// Whether Kubernetes takes it as a name
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>).
fn is_object_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The nearest name that Kubernetes takes.
fn object_name(name: &str) -> String {
    let letters = name.chars().map(|it| it.to_ascii_lowercase());
    let plain = |it: char| if it.is_ascii_alphanumeric() { it } else { '-' };
    let name: String = letters.map(plain).collect();
    name.trim_matches('-').to_owned()
}

fn letters(mut bits: u64, count: usize) -> String {
    let mut text = String::new();
    for _ in 0..count {
        let at = usize::try_from(bits % LETTERS.len() as u64).unwrap_or(0);
        text.push(char::from(LETTERS[at]));
        bits /= LETTERS.len() as u64;
    }
    text
}

/// `orders-6d8f9bcc7-x2x7k`: the workload, the hash of its version, and luck.
pub(super) fn pod(object: &str, version: u32, seed: u64, replica: u32) -> Arc<str> {
    let template = random::hash(&[crate::program::salt(object, 0), u64::from(version)]);
    let own = random::hash(&[seed, u64::from(replica), 0x90d]);
    format!("{object}-{}-{}", letters(template, 9), letters(own, 5)).into()
}

/// An address in the network of pods.
pub(super) fn instance(replica: u32, port: u16) -> Arc<str> {
    let (high, low) = (replica / 250 % 250, replica % 250 + 2);
    format!("10.244.{high}.{low}:{port}").into()
}

/// The method and the path of an operation: as its route says, or its name.
pub(super) fn route(operation: &Operation) -> (&str, &str) {
    let route = operation.route.as_deref().and_then(|route| route.split_once(' '));
    // `_OTHER` is what OpenTelemetry's conventions have for a method that is not known.
    route.unwrap_or(("_OTHER", operation.route.as_deref().unwrap_or(&operation.name)))
}

/// What a step asks, in words: `payment / authorise`.
pub(super) fn target(program: &Program, site: u32) -> String {
    let site = &program.sites[site as usize];
    let to = program.service_name(site.to);
    match part_of(program, &site.target) {
        "" => to.to_owned(),
        part => format!("{to} / {part}"),
    }
}

/// The part of a service that is asked: an operation, an entry, a queue.
pub(super) fn part_of<'a>(program: &'a Program, target: &crate::program::Target) -> &'a str {
    use crate::program::Target;
    match target {
        Target::Operation(operation) => &program.operations[*operation as usize].name,
        Target::Entry(entry) => &program.entries[*entry as usize].name,
        Target::Channel { queues, .. } => match queues.first() {
            Some(queue) if *queue != NONE => &program.queues[*queue as usize].name,
            _ => "",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_named_as_kubernetes_names_them() {
        let name = pod("front-end", 0, 1, 3);
        let mut parts = name.rsplitn(3, '-');
        let lengths = [parts.next(), parts.next()].map(|part| part.map(str::len));
        assert_eq!((lengths, parts.next()), ([Some(5), Some(9)], Some("front-end")));
        assert_eq!(name, pod("front-end", 0, 1, 3));
        assert_ne!(name, pod("front-end", 0, 1, 4));
        assert_ne!(name, pod("front-end", 1, 1, 3));
    }

    #[test]
    fn names_that_kubernetes_refuses_are_made_fit() {
        assert_eq!(
            object_name("switchboard listeners/consumers"),
            "switchboard-listeners-consumers"
        );
        assert!(is_object_name("pos") && !is_object_name("MRG Platform Team"));
    }
}
