//! Packs for tests: written to a directory, read and loaded.

use std::fmt::Write;
use std::path::Path;

use knockon_core::{Diagnostic, System};
use knockon_scenario::alerts::{Groups, of_system};
use knockon_scenario::judge::judge;
use knockon_scenario::load::{Loaded, load};
use knockon_scenario::play::{Course, Played, play};
use knockon_scenario::prove::{healthy, quiet};
use knockon_scenario::read::{self, Reading};
use knockon_scenario::story::{Story, tell};
use tempfile::TempDir;

/// A shop with one of everything that a scenario can name.
pub(crate) const SHOP: &str = "
system: shop
teams: { tills: {} }
cohorts: { region: { members: { north: 60%, south: 40% } } }
services:
  web:
    team: tills
    version: v1
    runs: { replicas: 2, workers: 8 }
    operations: { buy: [{ call: orders / place, timeout: 2s }] }
  orders:
    states: { order: { moves: { NEW: [PAID] }, stuck: { NEW: 1min } } }
    operations:
      place:
        steps:
          - move: order to NEW
          - query: orders-db / insert
          - saga: pay
            steps: [{ do: bank / charge, undo: bank / refund }]
          - move: order to PAID
          - publish: rabbitmq / placed
  packer: { operations: { pack: { consumes: rabbitmq / placed, steps: [{ wait: 20ms }] } } }
  bank: { kind: external, operations: { charge: [{ wait: 10ms }], refund: [{ wait: 10ms }] } }
  orders-db: { kind: database, queries: { insert: { cpu: 1ms, does: write } } }
  redis: { kind: cache, entries: { prices: 5min } }
  rabbitmq: { kind: broker, engine: rabbitmq, queues: { placed: {} } }
  rack: { kind: platform }
journeys:
  buy: { stages: [placed: web / buy, packed: packer / pack], demand: 10/s, value: 20.00 EUR, by: [region] }
  look: { stages: [looked: web / buy] }
";

/// Rules of the shop: two that alert and one that records.
pub(crate) const RULES: &str = "
groups:
  - name: shop
    rules:
      - record: shop:errors:rate1m
        expr: sum(rate(http_server_request_duration_seconds_count{http_response_status_code=~\"5..\"}[1m]))
      - { alert: OrdersDown, expr: 'up{job=\"orders\"} == 0', labels: { severity: P1, service: orders } }
      - { alert: QueueLong, expr: 'rabbitmq_queue_messages > 50', labels: { severity: P2, service: rabbitmq } }
";

/// What the applications of the shop count themselves.
pub(crate) const METRICS: &str = "
groups:
  - name: counters
    rules:
      - { record: shop_orders_total, expr: 'http_server_request_duration_seconds_count{job=\"orders\"}' }
";

/// A pack in a directory of its own.
pub(crate) struct Pack(TempDir);

impl Pack {
    /// A pack of some files, each with its path.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let directory = TempDir::new().unwrap();
        for (path, text) in files {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(directory)
    }

    /// The pack of [`SHOP`].
    pub(crate) fn shop() -> Self {
        let system = ("system.yaml", SHOP);
        Self::of(&[system, ("monitors/rules.yaml", RULES), ("metrics/counters.yaml", METRICS)])
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Its system.
    #[track_caller]
    pub(crate) fn system(&self) -> System {
        let reading = knockon_format::load_system(self.path());
        reading.system.unwrap_or_else(|| panic!("{}", lines(&reading.diagnostics)))
    }

    /// A scenario of it, with the rules of its system.
    #[track_caller]
    pub(crate) fn load(&self, scenario: &str) -> (Loaded, Groups) {
        let loaded = load(&self.path().join(scenario));
        let loaded = loaded.unwrap_or_else(|wrong| panic!("{}", lines(&wrong)));
        let rules = of_system(&loaded.system, &loaded.places);
        assert!(rules.diagnostics.is_empty(), "{}", lines(&rules.diagnostics));
        (loaded, rules)
    }
}

/// A scenario that was played, as it was and without its cause.
pub(crate) struct Ran {
    pub(crate) loaded: Loaded,
    pub(crate) rules: Groups,
    pub(crate) played: Played,
    pub(crate) healthy: Course,
}

impl Ran {
    /// Each expectation as `held EXPECTATION: OBSERVED` or `not …`.
    pub(crate) fn judged(&self) -> Vec<String> {
        let scenario = &self.loaded.scenario;
        let judged = judge(scenario, &self.played, &self.healthy);
        let all = scenario.expect.iter().zip(judged);
        let show = |held: bool| if held { "held" } else { "not" };
        all.map(|(it, judged)| format!("{} {}: {}", show(judged.held), it.text, judged.observed))
            .collect()
    }

    /// The story of it.
    pub(crate) fn story(&self) -> Story {
        let Self { loaded, rules, played, healthy } = self;
        let quiet = || quiet(loaded, rules, 1);
        tell(&loaded.system, &loaded.scenario, 1, played, healthy, quiet)
    }

    /// Every expectation holds.
    #[track_caller]
    pub(crate) fn holds(&self) {
        let judged = self.judged();
        assert!(judged.iter().all(|line| line.starts_with("held ")), "{}", judged.join("\n"));
    }
}

/// Plays the one scenario of a system with some rules.
#[track_caller]
pub(crate) fn run(system: &str, rules: &str, scenario: &str) -> Ran {
    let files =
        [("system.yaml", system), ("monitors/rules.yaml", rules), ("scenarios/s.yaml", scenario)];
    let (loaded, rules) = Pack::of(&files).load("s");
    let played = play(&loaded.system, &loaded.scenario, &rules, 1, |_| ()).unwrap();
    let healthy = healthy(&loaded, 1).unwrap();
    Ran { loaded, rules, played, healthy }
}

/// A scenario read on a system.
pub(crate) fn read(system: &System, text: &str) -> Reading {
    read::scenario("s", "s.yaml", text.as_bytes(), system)
}

/// Diagnostics with what helps, as text.
pub(crate) fn lines(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        write!(text, "\n{diagnostic}").unwrap();
        for help in &diagnostic.help {
            write!(text, "\n  help: {help}").unwrap();
        }
    }
    text
}
