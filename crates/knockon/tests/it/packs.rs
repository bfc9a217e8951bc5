//! The packs say everything that is known of their systems: the facts of each are listed in
//! `facts/`, one line each, and looked up in the system as it was read.
//!
//! A line is `path > to > key = value`, `path` alone for what has to be there, and `!path` for what
//! must not be: what nobody knows is not made up. Steps are found as `verb target` at any depth,
//! monitors by their id elsewhere or by their name.

use std::rc::Rc;

use knockon_core::{Monitor, System};
use knockon_format::{
    Content, Node, Pack, YamlFile,
    keys::{STEP_TABLES, TABLES},
    load_pack, print,
};

use knockon_report::{MapView, map_svg};

use crate::run::root;

const PACKS: [&str; 5] = ["connect", "pos", "checkout", "sock-shop", "order-orchestrator"];

fn pack(name: &str) -> Pack {
    load_pack(&root().join("packs").join(name))
}

#[test]
fn every_pack_is_read_without_a_complaint_with_all_its_variants() {
    for name in PACKS {
        let pack = pack(name);
        assert_eq!(pack.base.diagnostics, [], "{name}");
        assert_eq!(pack.base.system.as_ref().map(System::name), Some(name));
        for (variant, reading) in &pack.variants {
            assert_eq!(reading.diagnostics, [], "{name}, {}", variant.name);
            assert_ne!(reading.system, pack.base.system, "{name}, {}", variant.name);
        }
    }
}

#[test]
fn every_fact_is_in_its_pack() {
    let mut wrong = Vec::new();
    for name in PACKS {
        let pack = pack(name);
        let facts = std::fs::read_to_string(
            root().join(format!("crates/knockon/tests/it/facts/{name}.txt")),
        )
        .unwrap();
        let said = Said::of(&pack);
        let mut count = 0;
        for line in facts.lines().map(str::trim) {
            if line.is_empty() || line.starts_with("# ") {
                continue;
            }
            count += 1;
            wrong
                .extend(said.check(line).err().map(|found| format!("{name}: {line}\n    {found}")));
        }
        assert!(count >= 30, "{name} has only {count} facts");
    }
    assert!(wrong.is_empty(), "{} facts do not hold\n{}", wrong.len(), wrong.join("\n"));
}

/// The maps in the documents are what `knockon map` draws; `KNOCKON_UPDATE=1` draws them anew.
#[test]
fn the_maps_in_the_documents_are_true() {
    for name in PACKS {
        let pack = pack(name);
        let drawn = map_svg(&MapView::whole(&pack.base.system.unwrap()));
        let path = root().join(format!("docs/maps/{name}.svg"));
        if std::env::var_os("KNOCKON_UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &drawn).unwrap();
        }
        let shown = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(shown == drawn, "{} is old: run with KNOCKON_UPDATE=1", path.display());
    }
}

#[test]
fn a_fact_that_does_not_hold_is_noticed() {
    let pack = pack("connect");
    let said = Said::of(&pack);
    assert_eq!(said.check("services > byte-connect > tier = 2"), Ok(()));
    for wrong in [
        "services > byte-connect > tier = 3",
        "services > byte-connect > colour",
        "services > byte-connekt",
        "!services > byte-connect > tier",
        "monitors > 154947187 > severity = P3",
        "monitors > 1",
        "services > byte-connect > runs > replicas = 99",
    ] {
        assert!(said.check(wrong).is_err(), "{wrong}");
    }
}

/// A pack as trees that a path leads through.
struct Said<'a> {
    system: &'a System,
    tree: Rc<Node>,
    variants: Vec<(&'a str, Rc<Node>)>,
}

fn tree(system: &System) -> Rc<Node> {
    let text = &print(system)[0].text;
    let file = YamlFile::read("printed", text.as_bytes());
    assert_eq!(file.diagnostics, [], "{text}");
    Rc::clone(&file.documents[0])
}

impl<'a> Said<'a> {
    fn of(pack: &'a Pack) -> Self {
        let system = pack.base.system.as_ref().unwrap();
        let variants = pack.variants.iter();
        Self {
            system,
            tree: tree(system),
            variants: variants
                .map(|(variant, reading)| {
                    (variant.name.as_str(), tree(reading.system.as_ref().unwrap()))
                })
                .collect(),
        }
    }

    fn check(&self, line: &str) -> Result<(), String> {
        let (path, value) = match line.split_once(" = ") {
            Some((path, value)) => (path, Some(value.trim())),
            None => (line, None),
        };
        let (path, absent) = match path.strip_prefix('!') {
            Some(path) => (path, true),
            None => (path, false),
        };
        let path: Vec<&str> = path.split(" > ").map(str::trim).collect();
        let found = self.find(&path);
        match (found, value, absent) {
            (None, _, true) | (Some(_), None, false) => Ok(()),
            (Some(found), Some(value), false) if same(&found, value) => Ok(()),
            (None, Some(value), false) if is_default(&path, value) => Ok(()),
            (found, ..) => Err(format!("found {found:?}")),
        }
    }

    fn find(&self, path: &[&str]) -> Option<String> {
        match path {
            ["monitors", key, rest @ ..] => {
                let monitors = &self.system.practice().monitors;
                let of_id = |m: &&Monitor| m.id.as_deref() == Some(*key) || m.name == *key;
                self.of_monitor(monitors.iter().find(of_id)?, rest)
            }
            ["runbooks", name, rest @ ..] => {
                let runbook = self.system.runbooks().iter().find(|r| r.name == *name)?;
                match rest {
                    [] => Some(runbook.name.clone()),
                    ["title"] => runbook.title.clone(),
                    _ => None,
                }
            }
            ["variants", name] => self
                .variants
                .iter()
                .find(|(known, _)| known == name)
                .map(|(name, _)| (*name).into()),
            ["variants", name, rest @ ..] => {
                let (_, tree) = self.variants.iter().find(|(known, _)| known == name)?;
                walk(tree, rest).map(|node| shown(&node))
            }
            ["journeys", name, "completes"] => {
                let journey = self.system.journeys().iter().find(|j| j.name == *name)?;
                let id = journey.completes?;
                let service = &self.system.service(id.service).name;
                Some(format!("{service} / {}", self.system.operation(id).name))
            }
            ["services", from, "calls", to, "criticality"] => {
                let id = |name| self.system.names().get(name);
                let (from, to) = (id(from)?, id(to)?);
                let mut dependencies = self.system.dependencies().iter();
                let found = dependencies.find(|d| d.from == from && d.to == to)?;
                Some(found.criticality.to_string())
            }
            _ => walk(&self.tree, path).map(|node| shown(&node)),
        }
    }

    fn of_monitor(&self, monitor: &Monitor, path: &[&str]) -> Option<String> {
        let system = self.system;
        let own = monitor.team.map(|team| system.teams()[team.index()].name.clone());
        let owner = monitor.service.and_then(|id| system.owner(id)).map(|team| team.name.clone());
        match path {
            [] => Some(monitor.name.clone()),
            ["title"] => monitor.title.clone(),
            ["service"] => monitor.service.map(|id| system.service(id).name.clone()),
            ["team"] => own.or(owner),
            ["runbook"] => monitor.runbook.map(|id| system.runbooks()[id.index()].name.clone()),
            ["severity"] => monitor.severity.map(|severity| severity.to_string()),
            ["expr"] => Some(monitor.expr.trim().to_owned()),
            ["for"] => {
                Some(monitor.hold.as_secs() / 60).filter(|m| *m > 0).map(|m| format!("{m}m"))
            }
            [key] => monitor.annotations.get(*key).or(monitor.labels.get(*key)).cloned(),
            _ => None,
        }
    }
}

/// The node that a path leads to.
fn walk(node: &Rc<Node>, path: &[&str]) -> Option<Rc<Node>> {
    let Some((key, rest)) = path.split_first() else {
        return Some(Rc::clone(node));
    };
    match &node.content {
        Content::Mapping(_) => walk(&node.entry(key)?.value, rest),
        Content::List(_) if is_short(key) => walk(node, rest),
        Content::List(_) => walk(&item(node, key)?, rest),
        _ if is_short(key) => walk(node, rest),
        _ => None,
    }
}

/// Whether a value may stand for a body with this key alone.
fn is_short(key: &str) -> bool {
    TABLES.iter().any(|table| table.short == Some(key))
}

/// The item of a list that is named: a name, a name with a value, or a step at any depth.
fn item(list: &Node, name: &str) -> Option<Rc<Node>> {
    for item in list.items() {
        let is_text = item.text() == Some(name);
        let first = item.entries().first();
        let is_step = first.is_some_and(|entry| {
            entry.value.text().is_some_and(|text| format!("{} {text}", entry.key) == name)
        });
        if is_text || is_step {
            return Some(Rc::clone(item));
        }
        match (first, item.entries().len()) {
            (Some(entry), 1) if &*entry.key == name => return Some(Rc::clone(&entry.value)),
            _ => {}
        }
    }
    list.items().iter().find_map(|node| inside(node, name))
}

fn inside(node: &Node, name: &str) -> Option<Rc<Node>> {
    node.entries().iter().find_map(|entry| match &entry.value.content {
        Content::List(_) => item(&entry.value, name),
        Content::Mapping(_) => inside(&entry.value, name),
        _ => None,
    })
}

/// A value as a fact writes it: lists with commas, of items that are more than a name the name.
fn shown(node: &Node) -> String {
    match &node.content {
        Content::Text { text, .. } => text.trim().to_owned(),
        Content::List(items) => {
            let name = |item: &Rc<Node>| match item.entries().first() {
                Some(entry) => entry.key.to_string(),
                None => shown(item),
            };
            items.iter().map(name).collect::<Vec<_>>().join(", ")
        }
        Content::Mapping(entries) => {
            // The first key is what a short form would have said.
            entries.first().map_or(String::new(), |entry| shown(&entry.value))
        }
        _ => String::new(),
    }
}

/// Whether two texts say the same: to the letter, or the same amount in other units.
fn same(found: &str, fact: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain(found) == plain(fact) || amount(found).is_some_and(|found| amount(fact) == Some(found))
}

/// An amount in the smallest unit of its sort.
fn amount(text: &str) -> Option<(&'static str, f64)> {
    let text = text.strip_prefix('~').unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let units: [(&str, &str, f64); 18] = [
        ("", "cpu", 1000.0),
        ("ms", "time", 1.0),
        ("s", "time", 1e3),
        ("min", "time", 6e4),
        ("h", "time", 3.6e6),
        ("d", "time", 8.64e7),
        ("Ki", "memory", 1024.0),
        ("Mi", "memory", 1_048_576.0),
        ("Gi", "memory", 1_073_741_824.0),
        ("m", "cpu", 1.0),
        ("/s", "rate", 3600.0),
        ("/min", "rate", 60.0),
        ("/h", "rate", 1.0),
        ("%", "share", 1.0),
        (" USD", "money", 1.0),
        (".00 USD", "money", 1.0),
        (" USD/h", "money per time", 1.0),
        ("k", "memory", 1000.0),
    ];
    let (_, sort, factor) = units.iter().find(|(unit, ..)| *unit == &text[end..])?;
    Some((sort, number * factor))
}

/// Whether a key that is not written stands for a value all the same.
fn is_default(path: &[&str], value: &str) -> bool {
    use knockon_format::keys::Need;
    let Some(key) = path.last() else {
        return false;
    };
    let tables = TABLES.iter().chain(STEP_TABLES.iter().map(|(_, table)| table));
    let mut keys = tables.flat_map(|table| table.keys);
    keys.any(|known| {
        known.name == *key && matches!(known.need, Need::Default(default) if same(default, value))
    })
}
