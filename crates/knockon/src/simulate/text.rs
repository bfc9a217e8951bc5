//! A simulation on one screen: what was played, what the users of each journey felt, why, and which
//! parts of the system are worth a word.

use std::fmt::Write as _;

use knockon_core::Journey;
use knockon_format::quantities::{show_duration, show_number, show_share};
use knockon_report::Page;
use knockon_report::paint::{BAD, CARE, HEADLINE, paint};
use knockon_sim::plan::Demand;
use knockon_sim::sealed::{Node, PartKind};
use knockon_sim::summary::JourneyFigures;
use knockon_sim::timeline::{Happening, What};
use knockon_sim::trouble::Harm;
use knockon_sim::truth::Effect;

use super::Simulation;
use super::figures::{Figure, Told, amount, number, percent, span, took};
use super::promises::{Promise, is_kept};

/// The simulation as text with ANSI styles.
pub(super) fn text(simulation: &Simulation<'_>) -> String {
    let mut page = Page::default();
    played(&mut page, simulation);
    for (at, journey) in simulation.system.journeys().iter().enumerate() {
        page.gap();
        of_journey(&mut page, simulation, at, journey);
    }
    page.section("Alerts", simulation.alerts());
    page.section("Why", simulation.stories().iter().map(|told| why(simulation, told)).collect());
    page.section("Services", simulation.services());
    page.section("Queues", simulation.queues());
    page.section("Caches", simulation.caches());
    page.section("Sagas", simulation.sagas());
    page.section("States", simulation.stuck());
    page.finish()
}

fn played(page: &mut Page, simulation: &Simulation<'_>) {
    let args = simulation.args;
    let mut line = paint(HEADLINE, simulation.system.name());
    if let Some(variant) = &args.variant {
        let _ = write!(line, ", variant {variant}");
    }
    let _ = write!(
        line,
        ": {} of virtual time, seed {}",
        show_duration(simulation.asked.lasts),
        args.seed
    );
    if args.replications > 1 {
        let _ = write!(line, ", {} replications (mean ± 95 % interval)", args.replications);
    }
    page.line(&line);
    #[expect(clippy::float_cmp, reason = "1 is what stands for no factor")]
    if simulation.asked.demand_factor != 1.0 {
        let factor = show_number(simulation.asked.demand_factor);
        page.field("demand", [format!("{factor} times what the model says")]);
    }
    for (at, happening) in simulation.asked.plan.timeline.iter().enumerate() {
        page.field(&format!("fault {}", at + 1), [fault(simulation, happening)]);
    }
}

fn fault(simulation: &Simulation<'_>, happening: &Happening) -> String {
    let What::Fault(fault) = &happening.what else { return String::new() };
    let from = show_duration(happening.at);
    let when = match fault.shape.lasts {
        Some(lasts) => format!("{from} to {}", show_duration(happening.at + lasts)),
        None => format!("from {from}"),
    };
    let what = fault.kind.describe(simulation.system);
    format!("{}, {when}: {what}", fault.kind.word())
}

fn of_journey(page: &mut Page, simulation: &Simulation<'_>, at: usize, journey: &Journey) {
    let name = paint(HEADLINE, &journey.name);
    let lines = Lines { simulation, at, journey };
    if lines.count(|of| of.ends.started).mean() == 0.0 {
        page.line(&name);
        page.field("users", [lines.nobody()]);
        return;
    }
    page.line(&format!("{name}  {}", lines.verdict()));
    page.field("users", [lines.users()]);
    page.field("answers", lines.answers());
    page.field("completed", lines.completed());
    page.field("harm", lines.harm());
    page.field("money", lines.money());
}

/// A count of what became of the users of a journey.
type CountOf = fn(&JourneyFigures) -> u64;

/// The lines of one journey.
struct Lines<'a> {
    simulation: &'a Simulation<'a>,
    at: usize,
    journey: &'a Journey,
}

impl Lines<'_> {
    fn count(&self, of: impl Fn(&JourneyFigures) -> u64) -> Figure {
        self.simulation
            .figure(|run| run.summary.journeys.get(self.at).map_or(0.0, |it| of(it) as f64))
    }

    /// The counts that are not zero, each with its word.
    fn counts(&self, of: &[(CountOf, &str)]) -> Vec<String> {
        let figures = of.iter().map(|(of, word)| (self.count(of), word));
        let figures = figures.filter(|(figure, _)| figure.mean() > 0.0);
        figures.map(|(figure, word)| format!("{} {word}", number(figure))).collect()
    }

    /// A measured value, and what was promised of it.
    fn against(&self, promise: Promise, value: &str) -> String {
        let slo = self.journey.slo.as_ref();
        let Some(bound) = slo.and_then(|slo| promise.bound(slo)) else { return value.to_owned() };
        let bound = match (promise, slo.and_then(|slo| slo.success)) {
            (Promise::Success, Some(share)) => show_share(share),
            _ => span(bound),
        };
        let kept = is_kept(self.simulation, self.at, self.journey, promise);
        let text = format!("{value} ({bound} promised)");
        if kept == Some(false) { paint(BAD, text) } else { text }
    }

    fn verdict(&self) -> String {
        let is_kept = |promise| is_kept(self.simulation, self.at, self.journey, promise);
        let broken = Promise::ALL.into_iter().filter(|promise| is_kept(*promise) == Some(false));
        let broken: Vec<_> = broken.map(Promise::word).collect();
        if !broken.is_empty() {
            return paint(BAD, format!("breaks its promise: {}", broken.join(", ")));
        }
        let is_promised = Promise::ALL.into_iter().any(|promise| is_kept(promise).is_some());
        let text = if is_promised { "keeps what it promises" } else { "promises nothing" };
        text.to_owned()
    }

    fn nobody(&self) -> String {
        let demand = self.simulation.asked.plan.demand.get(self.at);
        if matches!(demand, Some(Some(Demand::Closed { .. }))) || self.journey.demand.is_some() {
            return "nobody came in that time".to_owned();
        }
        let advice =
            format!("give it a `demand`, or play `--users \"{}=10:5s\"`", self.journey.name);
        format!("nobody comes: it has no demand; {advice}")
    }

    fn users(&self) -> String {
        let mut words = vec![format!("{} started", number(self.count(|of| of.ends.started)))];
        let success = self.simulation.of_journey(self.at, |of| of.success);
        let served = number(self.count(|of| of.ends.served));
        words.push(match success {
            Some(success) => {
                let share = self.against(Promise::Success, &percent(success));
                format!("{served} succeeded: {share}")
            }
            None => format!("{served} succeeded"),
        });
        let failed = self.count(|of| of.ends.failed);
        if failed.mean() > 0.0 {
            words.push(paint(CARE, format!("{} failed", number(failed))));
        }
        words.extend(self.counts(&[
            (|of| of.ends.slow, "slow"),
            (|of| of.ends.started - of.ends.served - of.ends.failed, "not done yet"),
        ]));
        words.join(", ")
    }

    fn answers(&self) -> Option<String> {
        let quantiles =
            [Promise::P50, Promise::P95, Promise::P99].into_iter().filter_map(|promise| {
                let figure = self
                    .simulation
                    .of_journey(self.at, |of| promise.quantile(of.answers.as_ref()?))?;
                let value = self.against(promise, &took(figure));
                Some(format!("{} {value}", promise.word()))
            });
        let quantiles: Vec<_> = quantiles.collect();
        (!quantiles.is_empty()).then(|| quantiles.join(", "))
    }

    fn completed(&self) -> Option<String> {
        self.journey.completes?;
        let mut text = number(self.count(|of| of.ends.completed));
        let quantiles =
            [Promise::P50, Promise::P95, Promise::P99].into_iter().filter_map(|promise| {
                let of = |of: &JourneyFigures| promise.quantile(of.completion.as_ref()?);
                let figure = self.simulation.of_journey(self.at, of)?;
                Some(format!("{} {}", promise.word(), took(figure)))
            });
        let quantiles: Vec<_> = quantiles.collect();
        if !quantiles.is_empty() {
            let _ = write!(text, " after {}", quantiles.join(", "));
        }
        let promised = self.journey.slo.as_ref().and_then(|slo| slo.within);
        if let Some(within) = promised {
            let text_of =
                format!("within {} promised", span(knockon_sim::clock::nanos(within) as f64));
            let kept = is_kept(self.simulation, self.at, self.journey, Promise::Within);
            let told = if kept == Some(false) { paint(BAD, text_of) } else { text_of };
            let _ = write!(text, " ({told})");
        }
        let way = self.counts(&[(|of| of.ends.under_way, "under way")]);
        Some([text].into_iter().chain(way).collect::<Vec<_>>().join(", "))
    }

    fn harm(&self) -> Option<String> {
        let counts = self.counts(&[
            (|of| of.ends.late, "late"),
            (|of| of.ends.lost, "lost"),
            (|of| of.ends.stuck, "stuck"),
            (|of| of.ends.with_people, "left to people"),
            (|of| of.ends.doubled, "done twice"),
            (|of| of.ends.double_charged, "charged twice"),
            (|of| of.ends.charged_unfulfilled, "charged and not fulfilled"),
        ]);
        (!counts.is_empty()).then(|| paint(CARE, counts.join(", ")))
    }

    fn money(&self) -> Option<String> {
        let currency = self.journey.value?.currency;
        let earned = self.simulation.of_journey(self.at, |of| Some(of.value))?;
        let missed = self.simulation.of_journey(self.at, |of| Some(of.value_missed))?;
        let mut text = format!("{} {currency} earned", amount(earned));
        if missed.mean() > 0.0 {
            let _ = write!(text, ", {} {currency} missed", amount(missed));
        }
        Some(text)
    }
}

/// Harm with its chain of reasons: `buy a sock: 212 failed ← orders timed out ← …`.
fn why(simulation: &Simulation<'_>, told: &Told) -> String {
    let whose = told.whose.as_ref().map_or("work in the background", |place| place.name.as_str());
    let mut text = format!("{whose}: {} {}", number(told.count), word(told.harm));
    if told.first.is_empty() {
        text.push_str(" by chance alone");
    }
    for link in &told.first {
        let _ = write!(text, " ← {}", node(simulation, link));
    }
    if !told.last.is_empty() {
        text.push_str(" ← …");
    }
    for link in &told.last {
        let _ = write!(text, " ← {}", node(simulation, link));
    }
    text
}

fn word(harm: Harm) -> &'static str {
    match harm {
        Harm::Failed | Harm::Background => "failed",
        Harm::Slow => "slow answers",
        Harm::Late => "late",
        Harm::Lost => "lost",
        Harm::Stuck => "stuck",
        Harm::MessageLost => "messages lost",
    }
}

fn node(simulation: &Simulation<'_>, node: &Node) -> String {
    let name = &node.place.name;
    match (node.effect, node.origin) {
        (Effect::Origin, Some(origin)) => {
            let at = (origin as usize).saturating_sub(1);
            let what = simulation.asked.plan.timeline.get(at).map(|happening| &happening.what);
            let kind = match what {
                Some(What::Fault(fault)) => format!(": {} of {name}", fault.kind.word()),
                _ => String::new(),
            };
            paint(BAD, format!("fault {origin}{kind}"))
        }
        _ if node.place.kind == PartKind::Journey => {
            format!("demand of {name} {}", node.effect.as_str())
        }
        _ => format!("{name} {}", node.effect.as_str()),
    }
}
