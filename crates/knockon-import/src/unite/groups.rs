//! Which services of different sources are one.
//!
//! Within a world (the cluster, the compose files, the catalogue, the traces) services that are named
//! apart are apart. Across worlds the same name is the same service; then the same alias; then the
//! same [key](super::sameness::key), if on both sides only one service has it and the world has
//! nothing that bears the other's own name. So `cart` in a policy is the workload `carts` unless there
//! is a workload `cart`, and two workloads never become one.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::Diagnostic;

use super::sameness::{fold, key};
use crate::codes;
use crate::gathered::{Seen, SeenId, World};

/// Sightings of one service, the most telling first.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) members: Vec<SeenId>,
    /// Its name in the system.
    pub(super) name: String,
    /// Its own names in the sources.
    own: BTreeSet<String>,
    /// All its names.
    all: BTreeSet<String>,
    worlds: BTreeSet<World>,
}

/// All services.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) list: Vec<Group>,
    of: Vec<usize>,
    by_name: BTreeMap<String, BTreeSet<usize>>,
    /// The groups by the keys of their own names.
    by_key: BTreeMap<String, BTreeSet<usize>>,
    names: BTreeSet<String>,
    /// The groups that answer together to a name.
    shared: BTreeMap<String, BTreeSet<usize>>,
}

const WORLDS: [World; 5] =
    [World::Kubernetes, World::Compose, World::Catalog, World::Traces, World::Mentioned];

impl Groups {
    /// Puts the sightings together.
    pub(super) fn of(seen: &[Seen], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut groups = Self { of: vec![0; seen.len()], ..Self::default() };
        for world in WORLDS {
            groups.add_world(world, seen, diagnostics);
        }
        groups.name_all(seen);
        groups
    }

    /// The group of a sighting.
    pub(super) fn group_of(&self, seen: SeenId) -> usize {
        self.of[seen]
    }

    /// The groups that have exactly this name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = usize> {
        self.by_name.get(name).into_iter().flatten().copied()
    }

    /// Whether a source of that world shows the group.
    pub(super) fn is_in(&self, group: usize, world: World) -> bool {
        self.list[group].worlds.contains(&world)
    }

    fn add_world(&mut self, world: World, seen: &[Seen], diagnostics: &mut Vec<Diagnostic>) {
        // What is named alike within the world is one thing, written twice.
        let mut things: Vec<(&Seen, Vec<SeenId>)> = Vec::new();
        let mut numbers: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
        for (id, it) in seen.iter().enumerate().filter(|(_, it)| it.world == world) {
            let number =
                *numbers.entry((it.name.as_str(), it.namespace.as_deref())).or_insert_with(|| {
                    things.push((it, Vec::new()));
                    things.len() - 1
                });
            things[number].1.push(id);
        }
        let mut claimed = BTreeSet::new();
        let mut rest = Vec::new();
        for (it, ids) in things {
            let exact = self.exact(it).filter(|_| world != World::Kubernetes);
            match exact {
                Some(group) => {
                    claimed.insert(group);
                    self.join(group, &ids, seen);
                }
                None => rest.push((it, ids)),
            }
        }
        let mut keys: BTreeMap<String, usize> = BTreeMap::new();
        for key in rest.iter().filter_map(|(it, _)| key(&it.name)) {
            *keys.entry(key).or_default() += 1;
        }
        let before = self.list.len();
        for (it, ids) in rest {
            let same = (world != World::Kubernetes).then(|| {
                self.by_alias(it, world, &claimed, before)
                    .or_else(|| self.alike(it, world, &keys, &claimed, before, diagnostics))
            });
            let group = same.flatten().unwrap_or_else(|| {
                self.list.push(Group::default());
                self.list.len() - 1
            });
            claimed.insert(group);
            self.join(group, &ids, seen);
        }
    }

    fn join(&mut self, group: usize, ids: &[SeenId], seen: &[Seen]) {
        for id in ids {
            let it = &seen[*id];
            self.of[*id] = group;
            let target = &mut self.list[group];
            target.members.push(*id);
            target.worlds.insert(it.world);
            target.own.insert(it.name.clone());
            if let Some(key) = key(&it.name) {
                self.by_key.entry(key).or_default().insert(group);
            }
            for name in &it.shared {
                self.shared.entry(name.clone()).or_default().insert(group);
            }
            for name in std::iter::once(&it.name).chain(&it.aliases) {
                target.all.insert(name.clone());
                self.by_name.entry(name.clone()).or_default().insert(group);
            }
        }
    }

    /// The group with that very name of its own.
    fn exact(&self, it: &Seen) -> Option<usize> {
        self.named(&it.name).find(|group| self.list[*group].own.contains(&it.name))
    }

    /// The only group of the other worlds that shares a name in any way, unless this world has it
    /// already.
    fn by_alias(
        &self,
        it: &Seen,
        world: World,
        claimed: &BTreeSet<usize>,
        before: usize,
    ) -> Option<usize> {
        let names = std::iter::once(&it.name).chain(&it.aliases);
        let found: BTreeSet<usize> = names.flat_map(|name| self.named(name)).collect();
        // One service may be mentioned under several names.
        let is_free = |it: &usize| world == World::Mentioned || !claimed.contains(it);
        let free = found.into_iter().filter(|it| *it < before && is_free(it));
        only(free)
    }

    /// The only group whose name has the same key.
    fn alike(
        &self,
        it: &Seen,
        world: World,
        keys: &BTreeMap<String, usize>,
        claimed: &BTreeSet<usize>,
        before: usize,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<usize> {
        if let Some(sharing) = self.shared.get(&it.name) {
            diagnostics.push(self.ambiguous(it, sharing.iter().copied()));
            return None;
        }
        let own_key = key(&it.name)?;
        let with_key = self.by_key.get(&own_key).into_iter().flatten().copied();
        let found: Vec<usize> = with_key.filter(|group| *group < before).collect();
        // Another spelling of the very same word before a plural or a suffix.
        let folded = fold(&it.name);
        let is_folded = |group: &usize| self.list[*group].own.iter().any(|own| fold(own) == folded);
        let folded = only(found.iter().copied().filter(is_folded));
        let group = match (folded, found.as_slice()) {
            (Some(group), _) => group,
            (None, [group]) => *group,
            (None, []) => return None,
            (None, several) => {
                diagnostics.push(self.ambiguous(it, several.iter().copied()));
                return None;
            }
        };
        // What is only mentioned proves no service of its own.
        let is_alone = world == World::Mentioned
            || (keys.get(&own_key) == Some(&1) && !claimed.contains(&group));
        is_alone.then_some(group)
    }

    fn ambiguous(&self, it: &Seen, groups: impl Iterator<Item = usize>) -> Diagnostic {
        let names = groups.filter_map(|group| self.list[group].own.first());
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        let message = format!("`{}` could be {}; it stays apart", it.name, names.join(" or "));
        Diagnostic::note(codes::AMBIGUOUS, message).at(it.place.clone())
    }

    /// Gives each group a name of its own: that of its first sighting, with the namespace where two
    /// workloads share one.
    fn name_all(&mut self, seen: &[Seen]) {
        let mut taken = BTreeSet::new();
        for group in &mut self.list {
            let Some(first) = group.members.first().map(|id| &seen[*id]) else { continue };
            let mut name = first.name.clone();
            if let (true, Some(namespace)) = (taken.contains(&name), &first.namespace) {
                name = format!("{namespace}/{name}");
            }
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{}-{number}", first.name);
                number += 1;
            }
            group.name = name;
        }
        self.names = taken;
    }

    /// The names of a group that nothing else bears.
    pub(super) fn aliases(&self, group: usize) -> Vec<String> {
        let is_free = |name: &&String| {
            !self.names.contains(*name)
                && self.by_name.get(*name).is_some_and(|groups| groups.len() == 1)
        };
        self.list[group].all.iter().filter(is_free).cloned().collect()
    }
}

/// The one that there is, if there is one.
pub(super) fn only(mut items: impl Iterator<Item = usize>) -> Option<usize> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}
